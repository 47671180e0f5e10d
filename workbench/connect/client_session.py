"""What the server keeps for one client session."""

from __future__ import annotations

import threading
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyspark.sql.connect.proto import base_pb2

from workbench.base.errors import AnalysisError, Unsupported
from workbench.connect.artifacts import Artifacts
from workbench.connect.convert.context import Context
from workbench.connect.errors import InvalidHandle
from workbench.connect.operation import Operation

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.connect.engine import EngineSession
    from workbench.connect.extension_pb2 import QueryPeek

_REMEMBERED_ERRORS = 100
_REMEMBERED_STARTS = 16
ABANDONED_AFTER_SECONDS = 300.0


class ClientSession:
    """An engine session, its operations, artifacts and latest errors. Thread-safe.

    Attributes
    ----------
    server_id : str
        Changes when the server forgets the session; the client notices by it.
    listener_buses : list
        Operations that carry listener events.
    starts : deque
        The ids of the latest operations that start a query; a client may not have taken their answers yet.
    on_close : list
        Called when the session closes, after its queries have stopped.
    """

    def __init__(self, user_id: str, session_id: str, engine: EngineSession) -> None:
        self.user_id, self.id, self.engine = user_id, session_id, engine
        self.server_id = str(uuid.uuid4())
        self.artifacts = Artifacts()
        self.listener_buses: list[Operation] = []
        self.starts: deque[str] = deque(maxlen=_REMEMBERED_STARTS)
        self._lock = threading.Lock()
        self._operations: dict[str, Operation] = {}
        self._errors: OrderedDict[str, BaseException] = OrderedDict()
        self.used_at = time.monotonic()
        self.on_close: list[Callable[[], None]] = []

    @property
    def context(self) -> Context:
        """What conversions ask of this session."""
        return Context(parse_ddl=self.engine.parse_ddl, blob=self._blob, peek=self._peek)

    def _blob(self, name: str) -> bytes:
        found = self.artifacts.blob(f"cache/{name}")
        if found is None:
            raise AnalysisError("CONNECT_INVALID_PLAN.NO_ARTIFACT", name=name)
        return found

    def _peek(self, message: QueryPeek) -> pa.Table:
        query = self.query(message.query_id, message.run_id)
        return query_method(query, "peek")(message.node, message.rows or 20)

    def query(self, query_id: str, run_id: str) -> Any:
        """Return the run of a streaming query ("" for the newest); the same query started again is another run."""
        query = self.engine.streams.get(query_id)
        if query is None or (run_id and query.run_id != run_id):
            raise AnalysisError("STREAMING_QUERY_NOT_FOUND", id=query_id, runId=run_id)
        return query

    def begin(self, request: base_pb2.ExecutePlanRequest) -> tuple[Operation, bool]:
        """Return the operation of a request and whether it is new: a client that lost its connection asks twice."""
        if not request.operation_id:
            request.operation_id = str(uuid.uuid4())
        with self._lock:
            known = self._operations.get(request.operation_id)
            if known is None:
                operation = Operation(request, self.server_id)
                self._operations[operation.id] = operation
                return operation, True
        if known.request.plan != request.plan:
            raise InvalidHandle("INVALID_HANDLE.OPERATION_ALREADY_EXISTS", handle=known.id)
        return known, False

    def find_operation(self, operation_id: str) -> Operation | None:
        """Return an operation, None when the client has released it."""
        with self._lock:
            return self._operations.get(operation_id)

    def operation(self, operation_id: str) -> Operation:
        """Return an operation the client has not released."""
        found = self.find_operation(operation_id)
        if found is None:
            raise InvalidHandle("INVALID_HANDLE.OPERATION_NOT_FOUND", handle=operation_id)
        return found

    def operations(self) -> list[Operation]:
        """Every operation not released."""
        with self._lock:
            return list(self._operations.values())

    def release(self, operation_id: str) -> Operation | None:
        """Forget an operation, cancelling it when it still runs."""
        with self._lock:
            found = self._operations.pop(operation_id, None)
        if found is not None and not found.responses.is_done:
            found.interrupt()
        return found

    def forget_abandoned(self, now: float) -> None:
        """Release operations no client has listened to for a while."""
        for operation in self.operations():
            silent = now - operation.responses.left_at
            if not operation.responses.has_reader and silent > ABANDONED_AFTER_SECONDS:
                self.release(operation.id)

    def remember(self, error: BaseException) -> str:
        """Keep an error for ``FetchErrorDetails`` and return its id."""
        error_id = str(uuid.uuid4())
        with self._lock:
            self._errors[error_id] = error
            while len(self._errors) > _REMEMBERED_ERRORS:
                self._errors.popitem(last=False)
        return error_id

    def recall(self, error_id: str) -> BaseException | None:
        """Return a remembered error."""
        with self._lock:
            return self._errors.get(error_id)

    def end_listener_buses(self) -> None:
        """Let every listener stream come to its end, so that the client's threads reading them end too."""
        for operation in self.listener_buses:
            operation.cancel.set()

    def close(self) -> None:
        """Cancel every operation and close the engine session."""
        self.end_listener_buses()
        for operation in self.operations():
            if operation not in self.listener_buses:
                self.release(operation.id)
        self.engine.close()
        for call in self.on_close:
            call()
        self.artifacts.close()


def query_method(query: Any, name: str) -> Callable[..., Any]:
    """Return a query's method, refusing by name where this query has none."""
    found: Callable[..., Any] | None = getattr(query, name, None)
    if found is None:
        raise Unsupported("UNSUPPORTED_FEATURE.QUERY_CONTROL", action=name, id=query.id)
    return found
