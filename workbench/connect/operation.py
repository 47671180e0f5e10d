"""One ``ExecutePlan`` and the thread that works on it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from pyspark.sql.connect.proto import base_pb2

from workbench.connect.errors import Cancelled
from workbench.connect.responses import Responses

State = base_pb2.GetStatusResponse.OperationStatus


class Operation:
    """The execution of one plan or command: its answers, its tags, and how to cancel it.

    The work runs on a thread of its own, so that a client that loses its connection can come back for the answers.

    Attributes
    ----------
    cancel : threading.Event
        Set when the user interrupts; long work looks at it and stops.
    responses : Responses
        The answers.
    """

    def __init__(self, request: base_pb2.ExecutePlanRequest, server_session_id: str) -> None:
        self.id = request.operation_id
        self.request = request
        self.tags = frozenset(request.tags)
        self.is_reattachable = any(
            option.reattach_options.reattachable for option in request.request_options
        )
        self.cancel = threading.Event()
        self.responses = Responses(self.id)
        self._head = base_pb2.ExecutePlanResponse(
            session_id=request.session_id,
            server_side_session_id=server_session_id,
            operation_id=self.id,
        ).SerializeToString()

    def start(self, work: Callable[[Operation], None]) -> None:
        """Run ``work`` on a new thread; it answers with :meth:`answer`."""
        name = f"workbench-operation-{self.id[:8]}"
        threading.Thread(target=self._run, args=(work,), name=name, daemon=True).start()

    def _run(self, work: Callable[[Operation], None]) -> None:
        try:
            work(self)
            complete = base_pb2.ExecutePlanResponse.ResultComplete()
            self.answer(base_pb2.ExecutePlanResponse(result_complete=complete))
            self.responses.finish()
        except BaseException as error:  # noqa: BLE001 - the top of the operation's thread: the reader raises it.
            self.responses.finish(error)

    def answer(self, body: base_pb2.ExecutePlanResponse) -> None:
        """Add one answer."""
        self.answer_parts([body.SerializeToString()])

    def answer_parts(self, body: Iterable[bytes | memoryview]) -> None:
        """Add one answer given as pieces of a serialized message: protobuf messages may be joined end to end."""
        tail = base_pb2.ExecutePlanResponse(
            response_id=self.responses.next_id()
        ).SerializeToString()
        self.responses.write(b"".join([self._head, tail, *body]))

    def interrupt(self) -> bool:
        """Cancel; the client gets ``OPERATION_CANCELED`` at once. Return whether there was something to cancel."""
        self.cancel.set()
        return self.responses.finish(Cancelled("OPERATION_CANCELED"))

    @property
    def state(self) -> State.OperationState.ValueType:
        """The state ``GetStatus`` tells."""
        if not self.responses.is_done:
            return State.OPERATION_STATE_RUNNING
        if self.cancel.is_set():
            return State.OPERATION_STATE_CANCELLED
        failed = self.responses.error is not None
        return State.OPERATION_STATE_FAILED if failed else State.OPERATION_STATE_SUCCEEDED
