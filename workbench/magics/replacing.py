"""A query started in place of the one of its name: what goes on, what does not, and nothing lost when it fails."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from pyspark.errors import PySparkException

from workbench.magics.errors import UsageError, in_short

SINGLE = "single"
FIRST_BATCH_S = 5.0
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "min": "minutes", "h": "hours"}
_TAKEN = "query with that name is already active"


@dataclass(frozen=True, slots=True)
class Started:
    """What a cell started, so that it can be started again."""

    frame: Any
    given: Any

    def start(self) -> Any:
        """Start it."""
        given = self.given
        mode = "append" if given.mode == SINGLE else given.mode
        writer = self.frame.writeStream.format("memory").queryName(given.name).outputMode(mode)
        if given.checkpoint:
            # Only this engine reads the second option. Spark lets a table in memory go on in complete mode alone.
            writer = writer.option("checkpointLocation", given.checkpoint).option("recover", "true")
        if given.mode == SINGLE:
            writer = writer.trigger(availableNow=True)
        elif given.trigger:
            writer = writer.trigger(processingTime=spelled(given.trigger))
        return writer.start()


def replaced(spark: Any, started: dict[str, Started], name: str, new: Started) -> tuple[Any, str]:
    """Start a query, in place of an active one of its name; return it, and what was kept.

    What cannot start, or cannot go on from the checkpoint of the one before, leaves that one running.
    """
    active = {str(query.id): query for query in spark.streams.active}
    old = next((query for query in active.values() if query.name == name), None)
    try:
        query = new.start()
    except PySparkException as error:
        # Everything else is checked before the name is: a query that could not start stops none.
        if old is None or _TAKEN not in str(error):
            raise
        query = _instead(old, started.get(name), new)
    started[name] = new
    if old is not None:
        return query, what_was_kept(name, new.given.checkpoint, new.given.mode, query.id == old.id)
    other = active.get(str(query.id))
    return query, f"{other.name}: stopped. {name} goes on from its checkpoint." if other else ""


def _instead(old: Any, before: Started | None, new: Started) -> Any:
    old.stop()
    try:
        query = new.start()
        if new.given.checkpoint:
            _first_batch(query)
    except PySparkException as error:
        if before is None:
            raise
        before.start()
        how = "" if before.given.checkpoint else " from the beginning"
        raise UsageError(
            f"{in_short(error)} The query as it was runs again{how}; to start this one from the beginning, give it another --checkpoint."
        ) from error
    return query


def _first_batch(query: Any) -> None:
    """Wait a little for a first batch, where state that does not fit shows; raise what the query failed of."""
    end = time.monotonic() + FIRST_BATCH_S
    while query.isActive and query.lastProgress is None and time.monotonic() < end:
        time.sleep(0.02)
    if (error := query.exception()) is not None:
        raise error


def spelled(length: str) -> str:
    """Return a short length of time as Spark writes it.

    >>> spelled("250ms"), spelled("2 minutes")
    ('250 milliseconds', '2 minutes')

    Raises
    ------
    UsageError
        It is no length of time.
    """
    digits = length.strip().rstrip("abcdefghijklmnopqrstuvwxyz").strip()
    unit = length.strip().removeprefix(digits).strip()
    if not digits.isdigit() or not (unit in _UNITS or unit.rstrip("s") in _WORDS):
        raise UsageError(
            f"--trigger: {length!r} is no length of time. Write 500ms, 1s, 5m or '2 minutes'."
        )
    return f"{digits} {_UNITS.get(unit, unit)}"


_WORDS = ("millisecond", "second", "minute", "hour", "day")


def what_was_kept(name: str, checkpoint: str, mode: str, goes_on: bool) -> str:
    """Return the sentence that says what a replaced query kept."""
    if not checkpoint:
        return f"{name}: replaced. Nothing was kept: without --checkpoint the query starts from the beginning of its sources."
    if not goes_on:
        return f"{name}: replaced. Nothing was kept: {checkpoint} is not the checkpoint the query before had."
    if mode == "complete":
        return f"{name}: replaced. It goes on from {checkpoint}: offsets and state were kept, the table is rebuilt."
    return f"{name}: replaced. Offsets and state in {checkpoint} were kept; the rows in the table {name} were not."
