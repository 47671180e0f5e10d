"""What user code prints in a worker, sent to the engine's process, which prints it where the user looks."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout


class Forwarded(io.TextIOBase):
    """A text stream whose lines go to a function; what is left goes when it is flushed."""

    def __init__(self, send: Callable[[str], None]) -> None:
        self._send = send
        self._waiting = ""

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Take some text."""
        self._waiting += text
        whole, newline, rest = self._waiting.rpartition("\n")
        if newline:
            self._waiting = rest
            self._send(whole + newline)
        return len(text)

    def flush(self) -> None:
        """Send what has no newline yet."""
        waiting, self._waiting = self._waiting, ""
        if waiting:
            self._send(waiting)


@contextmanager
def print_through(send: Callable[[str, str], None]) -> Iterator[None]:
    """Send what is printed inside, as ``send("stdout" or "stderr", text)``."""
    out = Forwarded(lambda text: send("stdout", text))
    err = Forwarded(lambda text: send("stderr", text))
    with redirect_stdout(out), redirect_stderr(err):
        try:
            yield
        finally:
            out.flush()
            err.flush()


def show(stream: str, text: str) -> None:
    """Print, in the engine's process, what a worker's user code printed."""
    target = getattr(sys, stream)
    target.write(text)
    target.flush()
