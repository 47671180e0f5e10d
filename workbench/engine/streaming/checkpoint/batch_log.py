"""A log of one small file per batch: the form ``offsets`` and ``commits`` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from workbench.base.errors import ExecutionError, IllegalState
from workbench.engine.streaming.checkpoint.durable import write_once

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Entry = TypeVar("Entry")

VERSION = "v1"
MAX_VERSION = 2


class BatchLog(Generic[Entry]):
    """Files ``0, 1, 2, …`` in one directory, each written once.

    Used by one thread at a time, except :meth:`purge`, which may run beside it.

    Parameters
    ----------
    path : Path
        The directory; made when missing.
    to_text, from_text : callable
        An entry as the file's whole text, and back from the lines after the version.
    """

    def __init__(
        self,
        path: Path,
        to_text: Callable[[Entry], str],
        from_text: Callable[[list[str], Path], Entry],
    ) -> None:
        self.path = path
        self._to_text = to_text
        self._from_text = from_text
        self._known: set[int] | None = None
        path.mkdir(parents=True, exist_ok=True)

    @property
    def ids(self) -> list[int]:
        """The batch ids that have a file, in order."""
        if self._known is None:
            names = (entry.name for entry in self.path.iterdir())
            self._known = {int(name) for name in names if name.isdigit()}
        return sorted(self._known)

    @property
    def latest_id(self) -> int | None:
        """The last batch id, None for an empty log."""
        ids = self.ids
        return ids[-1] if ids else None

    def add(self, batch_id: int, entry: Entry) -> None:
        """Write the entry of a batch; durable when this returns.

        Raises
        ------
        IllegalState
            ``CONCURRENT_STREAM_LOG_UPDATE``: the file is there, so another query writes here too.
        """
        try:
            write_once(self.path / str(batch_id), self._to_text(entry))
        except FileExistsError as error:
            raise IllegalState("CONCURRENT_STREAM_LOG_UPDATE", batchId=batch_id) from error
        if self._known is not None:
            self._known.add(batch_id)

    def get(self, batch_id: int) -> Entry | None:
        """Return the entry of a batch, None when it has no file.

        Raises
        ------
        ExecutionError
            A file that is cut short, of a newer version, or no log file at all; the message names it.
        """
        path = self.path / str(batch_id)
        try:
            lines = path.read_text("utf-8").split("\n")
        except FileNotFoundError:
            return None
        check_version(lines[0], path)
        return self._from_text(lines[1:], path)

    def purge(self, before: int) -> None:
        """Remove the files of all batches below ``before``."""
        for batch_id in [known for known in self.ids if known < before]:
            for name in (str(batch_id), f".{batch_id}.crc"):
                (self.path / name).unlink(missing_ok=True)
            if self._known is not None:
                self._known.discard(batch_id)


def check_version(line: str, path: Path) -> None:
    """Raise unless a file's first line is a version this engine reads."""
    if not line:
        raise incomplete(path)
    if line[0] != "v" or not line[1:].isdigit():
        raise ExecutionError("MALFORMED_LOG_FILE", text=line, path=path)
    if int(line[1:]) > MAX_VERSION:
        raise ExecutionError(
            "INVALID_LOG_VERSION.MAX_SUPPORTED_VERSION",
            maxSupported=f"v{MAX_VERSION}",
            version=line,
            path=path,
        )


def incomplete(path: Path) -> ExecutionError:
    """Return the error for a log file that ends too early."""
    return ExecutionError("STREAMING_CHECKPOINT_INCOMPLETE_LOG_FILE", path=path)
