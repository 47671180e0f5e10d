"""A way beside the socket for large answers, where client and server share a process.

Through the socket a gigabyte is copied six times, by four threads that share the interpreter's lock. Here the server hands the
serialized answer itself over, in order, and only a mark travels: gRPC still orders, ends and cancels the call. A client in
another process names no lane the server knows, and gets everything through the socket.
"""

from __future__ import annotations

import secrets
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import grpc
from google.protobuf import any_pb2
from pyspark.sql.connect.proto import base_pb2

HEADER = "workbench-lane"
# A small answer costs less through the socket than a mark and a lock beside it.
SMALL_BYTES = 256 << 10
# The writer waits when the client is this far behind.
MAX_WAITING_BYTES = 32 << 20

_MARK_URL = "workbench/lane"
_MARK = base_pb2.ExecutePlanResponse(extension=any_pb2.Any(type_url=_MARK_URL)).SerializeToString()


class Lane:
    """Answers on their way from the server's thread to the client's; first in, first out."""

    def __init__(self) -> None:
        self.id = secrets.token_hex(16)
        self._changed = threading.Condition()
        self._answers: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._is_closed = False

    def put(self, answer: bytes) -> None:
        """Hand an answer over, waiting while the client is far behind; dropped when it is gone."""
        with self._changed:
            while self._waiting_bytes > MAX_WAITING_BYTES and not self._is_closed:
                self._changed.wait()
            if not self._is_closed:
                self._answers.append(answer)
                self._waiting_bytes += len(answer)

    def take(self) -> bytes:
        """Return the next answer; its mark has arrived, so it is there."""
        with self._changed:
            answer = self._answers.popleft()
            self._waiting_bytes -= len(answer)
            self._changed.notify_all()
            return answer

    def close(self) -> None:
        """Let the writer wait no longer: the call is over. What the client has not taken yet stays."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()


LANES: weakref.WeakValueDictionary[str, Lane] = weakref.WeakValueDictionary()


class LaneInterceptor(grpc.UnaryStreamClientInterceptor):  # type: ignore[misc]
    """The client's end: offers a lane with every call, and puts what came over it in the place of its mark."""

    def intercept_unary_stream(
        self, continuation: Callable[..., Any], call: grpc.ClientCallDetails, request: Any
    ) -> _Received:
        """Start the call and return its answers."""
        lane = Lane()
        LANES[lane.id] = lane
        details = call._replace(metadata=[*(call.metadata or ()), (HEADER, lane.id)])
        return _Received(continuation(details, request), lane)


class _Received:
    """A call whose answers are whole; in everything else the call itself."""

    def __init__(self, call: Any, lane: Lane) -> None:
        self._call, self._lane = call, lane

    def __iter__(self) -> _Received:
        return self

    def __next__(self) -> base_pb2.ExecutePlanResponse:
        answer = next(self._call)
        if answer.extension.type_url == _MARK_URL:
            return base_pb2.ExecutePlanResponse.FromString(self._lane.take())
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)


def sent(answers: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
    """Yield a call's answers for the socket: itself, or its mark when the client's lane took it."""
    lane = LANES.get(dict(context.invocation_metadata()).get(HEADER, ""))
    if lane is None:
        yield from answers
        return
    context.add_callback(lane.close)
    for answer in answers:
        if len(answer) < SMALL_BYTES:
            yield answer
        else:
            lane.put(answer)
            yield _MARK
