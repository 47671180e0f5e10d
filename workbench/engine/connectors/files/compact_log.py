"""A log of batches that folds itself together every few entries (Spark: CompactibleFileStreamLog)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from workbench.base.errors import IllegalState
from workbench.base.failpoints import failpoint
from workbench.engine.connectors.files import durable, manifest
from workbench.engine.connectors.options import setting
from workbench.engine.connectors.values.spans import milliseconds

VERSION = "v1"


@dataclass(frozen=True, slots=True)
class LogRules:
    """When a log is folded and when its old files go.

    Attributes
    ----------
    interval : int
        Every ``interval``-th batch holds all batches before it.
    deletes : bool
        Whether folded files are ever removed.
    delay_ms : int
        How long a folded file stays, for readers that still look at it.
    keeps : int
        How many of the newest batches stay readable.
    """

    interval: int
    deletes: bool
    delay_ms: int
    keeps: int

    @classmethod
    def of(cls, conf: Callable[[str], str], prefix: str) -> LogRules:
        """Return the rules of ``<prefix>.compactInterval`` and its like."""
        return cls(
            int(setting(conf, f"{prefix}.compactInterval", "10")),
            setting(conf, f"{prefix}.deletion", "true") == "true",
            milliseconds(setting(conf, f"{prefix}.cleanupDelay", "10m")),
            int(setting(conf, "spark.sql.streaming.minBatchesToRetain", "100")),
        )


class CompactLog:
    """The batches of a file source or sink, one file each, in Spark's bytes.

    ::

        N            v1
                     {"path":…}         a line an entry of batch N
        N.compact    v1
                     {"path":…}         the entries of all batches up to N

    No newline ends the file. A batch is there whole or not at all. Used by one thread.

    Parameters
    ----------
    folder : Path
        Where the files are; made at the first write.
    rules : LogRules
        When to fold and to remove.
    name : str
        What crash points are called after: ``<name>.log.written``, ``<name>.log.durable``.
    now_ms : Callable
        The clock.
    keep : Callable, optional
        ``keep(entry, now_ms)``: whether an entry is still there after folding.
    """

    def __init__(
        self,
        folder: Path,
        rules: LogRules,
        name: str,
        now_ms: Callable[[], int],
        keep: Callable[[Mapping[str, Any], int], bool] = lambda _entry, _now: True,
    ) -> None:
        self.folder = folder
        self.name = name
        self.now_ms = now_ms
        self.keep = keep
        found = manifest.batches(str(folder))
        self.rules = rules
        self.interval = _interval(rules.interval, found)
        self.latest = max(found, default=None)
        # By batch, the oldest first.
        self._files = dict(sorted(found.items()))
        self._newest: tuple[int, Sequence[Mapping[str, Any]]] = (-1, ())

    def add(self, batch: int, entries: Sequence[Mapping[str, Any]]) -> bool:
        """Make a batch durable; False when it is there already, which leaves it as it is."""
        if batch in self._files:
            return False
        folds = self.folds_at(batch)
        kept = [*self._folded(batch), *entries] if folds else list(entries)
        name = f"{batch}.compact" if folds else str(batch)
        lines = [
            VERSION,
            *(json.dumps(entry, separators=(",", ":"), ensure_ascii=False) for entry in kept),
        ]
        written = durable.write_new(
            self.folder / name,
            "\n".join(lines).encode(),
            lambda: failpoint(f"{self.name}.log.written"),
        )
        if not written:
            raise IllegalState("CONCURRENT_STREAM_LOG_UPDATE", batchId=batch)
        failpoint(f"{self.name}.log.durable")
        self._files[batch] = name
        self._newest = batch, entries
        self.latest = batch if self.latest is None else max(self.latest, batch)
        self._remove_expired(batch)
        return True

    def folds_at(self, batch: int) -> bool:
        """Tell whether a batch's file holds all before it."""
        return (batch + 1) % self.interval == 0

    def get(self, batch: int) -> list[dict[str, Any]]:
        """Return a batch's own entries, or for a folded one all up to it.

        Raises
        ------
        IllegalState
            ``MALFORMED_LOG_FILE`` when the file is not what a log's file is.
        """
        return self._read(self._files[batch]) if batch in self._files else []

    def between(self, first: int, last: int) -> list[Mapping[str, Any]]:
        """Return the entries of batches ``first`` to ``last``; each entry must say its batch as ``batchId``."""
        wanted = range(first, last + 1)
        missing = [batch for batch in wanted if batch not in self._files]
        if missing:
            # Their own files may be gone; a later folded file has their entries.
            return [entry for entry in self.all() if first <= entry["batchId"] <= last]
        return [entry for batch in wanted for entry in self._own(batch)]

    def _own(self, batch: int) -> Sequence[Mapping[str, Any]]:
        """Return the entries of one batch alone; those just written need not be read."""
        number, entries = self._newest
        if batch == number:
            return entries
        return [entry for entry in self.get(batch) if entry["batchId"] == batch]

    def all(self) -> list[dict[str, Any]]:
        """Return every entry that is still there."""
        names = (self._files[batch] for batch in manifest.needed(self._files))
        return [entry for name in names for entry in self._read(name)]

    def _folded(self, batch: int) -> list[dict[str, Any]]:
        now = self.now_ms()
        return [entry for entry in self.all() if self.keep(entry, now)] if batch else []

    def _read(self, name: str) -> list[dict[str, Any]]:
        path = self.folder / name
        text = path.read_text("utf-8")
        version, _, rest = text.partition("\n")
        if version != VERSION:
            raise IllegalState("MALFORMED_LOG_FILE", path=path, text=version[:40])
        try:
            return [json.loads(line) for line in rest.splitlines()]
        except ValueError as cause:
            raise IllegalState("MALFORMED_LOG_FILE", path=path, text=rest[-40:]) from cause

    def _remove_expired(self, batch: int) -> None:
        """Remove files that a folded file old enough replaces."""
        if not self.rules.deletes:
            return
        oldest = batch + 1 - self.rules.keeps
        if oldest < self.interval:
            return
        folded = oldest - oldest % self.interval - 1
        limit = self.now_ms() - self.rules.delay_ms
        # Whatever comes after a file that is too young is younger still.
        for known in list(
            takewhile(lambda one: one < folded and self._is_by(one, limit), self._files)
        ):
            name = self._files.pop(known)
            (self.folder / name).unlink(missing_ok=True)
            (self.folder / f".{name}.crc").unlink(missing_ok=True)

    def _is_by(self, batch: int, limit_ms: int) -> bool:
        """Whether a batch's file was written by a moment, or is gone."""
        try:
            written_ns = (self.folder / self._files[batch]).stat().st_mtime_ns
        except FileNotFoundError:
            return True
        return written_ns // 1_000_000 <= limit_ms


def _interval(wanted: int, found: dict[int, str]) -> int:
    """Return the interval to fold at: one that the folded files already there agree with."""
    folded = [batch for batch, name in found.items() if name.endswith(".compact")]
    latest = max(folded, default=None)
    if latest is None or (latest + 1) % wanted == 0:
        return wanted
    if latest + 1 <= wanted or wanted >= (latest + 1) // 2:
        return latest + 1
    divisors = (divisor for divisor in range(wanted, latest + 2) if (latest + 1) % divisor == 0)
    return next(divisors)
