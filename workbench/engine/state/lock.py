"""One process at a time on a checkpoint."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from workbench.base.errors import ExecutionError, IllegalState

if TYPE_CHECKING:
    from collections.abc import Iterator


class CheckpointLock:
    r"""Refuse a second user of a checkpoint, naming the first.

    The lock is the operating system's (``flock``), so a killed process never leaves it behind. Its file ``.lock`` says
    who holds it, for the message: ``v1\n`` and ``{"pid": …, "host": …, "since": …}``.

    Parameters
    ----------
    checkpoint : Path
        The checkpoint location; created when it is not there.
    """

    def __init__(self, checkpoint: Path) -> None:
        self.path = Path(checkpoint).resolve() / ".lock"
        self.file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock, or raise ``IllegalState("CHECKPOINT_IN_USE")`` or what :func:`named_place` raises."""
        with named_place(self.path.parent):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = self.path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = _owner(file)
            file.close()
            raise IllegalState("CHECKPOINT_IN_USE", path=self.path.parent, **owner) from None
        about = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        file.truncate(0)
        file.write("v1\n" + json.dumps(about) + "\n")
        file.flush()
        self.file = file

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self.file is not None:
            self.file.truncate(0)
            self.file.close()
            self.file = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


@contextmanager
def named_place(checkpoint: str | Path) -> Iterator[None]:
    """Turn what the system says of a checkpoint's place into ``ExecutionError("CHECKPOINT_NOT_WRITABLE")``."""
    try:
        yield
    except OSError as cause:
        raise ExecutionError(
            "CHECKPOINT_NOT_WRITABLE", path=checkpoint, reason=cause.strerror or cause
        ) from cause


def _owner(file: IO[str]) -> dict[str, object]:
    file.seek(0)
    lines = file.read().splitlines()
    return json.loads(lines[1]) if len(lines) > 1 else {"pid": "?", "host": "?", "since": "?"}
