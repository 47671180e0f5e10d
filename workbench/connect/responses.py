"""The answers of one operation, kept until the client lets go of them."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator

from workbench.connect.errors import InvalidHandle

# A writer this far ahead of the reader waits: a slow client must not fill the memory.
MAX_UNSENT_BYTES = 64 << 20
# Answers sent but not let go of, kept for a client that comes back. The client lets go within milliseconds.
MAX_SENT_BYTES = 32 << 20


class Responses:
    """Serialized answers with ids, in order; one writer, one reader at a time, which a newer reader replaces.

    The writer is the operation's thread, the reader a gRPC thread; every method may be called from any thread.
    """

    def __init__(self, operation_id: str) -> None:
        self._operation_id = operation_id
        self._changed = threading.Condition()
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._written = 0
        self._sent = 0
        self._unsent_bytes = 0
        self._sent_bytes = 0
        self._error: BaseException | None = None
        self._is_done = False
        self._reader: object | None = None
        self.left_at = time.monotonic()

    @property
    def is_done(self) -> bool:
        """Whether the writer has finished or failed."""
        return self._is_done

    @property
    def error(self) -> BaseException | None:
        """What the writer failed with."""
        return self._error

    @property
    def has_reader(self) -> bool:
        """Whether someone is listening now; :attr:`left_at` says since when nobody is."""
        return self._reader is not None

    def next_id(self) -> str:
        """The id the next answer will have; for the writer."""
        return str(self._written + 1)

    def write(self, response: bytes) -> None:
        """Add an answer, waiting while the reader is far behind; dropped once the operation is over."""
        with self._changed:
            while self._unsent_bytes > MAX_UNSENT_BYTES and not self._is_done:
                self._changed.wait()
            if self._is_done:
                return
            self._written += 1
            self._kept[self._written] = response
            self._unsent_bytes += len(response)
            self._changed.notify_all()

    def finish(self, error: BaseException | None = None) -> bool:
        """No more answers, and why; only the first call counts. Return whether this was it."""
        with self._changed:
            if self._is_done:
                return False
            self._error, self._is_done = error, True
            self._changed.notify_all()
            return True

    def read(self, after: str, reader: object) -> Iterator[bytes]:
        """Yield the answers after ``after`` ("" for all) as they come, then raise the operation's error if it failed.

        Raises
        ------
        InvalidHandle
            ``INVALID_CURSOR.…`` for an answer not kept, or when a newer reader came.
        """
        position = self._position(after)
        with self._changed:
            self._reader = reader
            self._changed.notify_all()
        try:
            while True:
                response = self._next(position, reader)
                if response is None:
                    return
                position += 1
                yield response
        finally:
            self.leave(reader)

    def leave(self, reader: object) -> None:
        """The reader is gone; wakes it when it waits."""
        with self._changed:
            if self._reader is reader:
                self._reader = None
                self.left_at = time.monotonic()
            self._changed.notify_all()

    def _position(self, after: str) -> int:
        position = int(after) if after.isdecimal() else 0
        if after and not 0 < position <= self._written:
            raise InvalidHandle("INVALID_CURSOR.POSITION_NOT_FOUND", responseId=after)
        return position

    def _next(self, position: int, reader: object) -> bytes | None:
        with self._changed:
            while self._written <= position and not self._is_done and self._reader is reader:
                self._changed.wait()
            if self._reader is not reader:
                raise InvalidHandle("INVALID_CURSOR.DISCONNECTED")
            if self._written <= position:
                if self._error is not None:
                    raise self._error
                return None
            return self._take(position + 1)

    def _take(self, number: int) -> bytes:
        response = self._kept.get(number)
        if response is None:
            raise InvalidHandle("INVALID_CURSOR.POSITION_NOT_AVAILABLE", responseId=number)
        if number > self._sent:
            self._sent = number
            self._unsent_bytes -= len(response)
            self._sent_bytes += len(response)
            self._forget_oldest()
            self._changed.notify_all()
        return response

    def _forget_oldest(self) -> None:
        """Keep at least the newest sent answer, which the client may ask for again."""
        while self._sent_bytes > MAX_SENT_BYTES:
            oldest = next(iter(self._kept))
            if oldest >= self._sent:
                return
            self._sent_bytes -= len(self._kept.pop(oldest))

    def release_until(self, response_id: str) -> None:
        """Let go of everything up to and including an answer."""
        last = int(response_id) if response_id.isdecimal() else 0
        with self._changed:
            while self._kept and (oldest := next(iter(self._kept))) <= min(last, self._sent):
                self._sent_bytes -= len(self._kept.pop(oldest))
