"""A table as a stream: sorted once by when its rows arrive, then sliced by row number."""

from __future__ import annotations

import json
from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.base.arrow_types import arrow_schema, spark_schema
from workbench.base.errors import AnalysisError, IllegalArgument, IllegalState
from workbench.base.replay_clock import ReplayClock, microseconds


class ReplayTable:
    """The rows of a table in the order they arrive, each slice without a copy.

    A position is the number of rows before it, so positions mean the same in every run over the same table. Rows with no
    arrival time never arrive; :attr:`skipped` counts them. Rows that arrive at the same time keep the table's order.

    Parameters
    ----------
    table : pyarrow.Table
        The rows.
    time : str
        The column that says when each row arrives: a timestamp.
    start, end : datetime, date or ISO text, optional
        Replay rows that arrive at or after ``start`` and before ``end``; UTC unless they say otherwise.
    """

    def __init__(
        self,
        table: pa.Table,
        time: str,
        start: datetime | date | str | None = None,
        end: datetime | date | str | None = None,
    ) -> None:
        arrival = arrival_times(table, time)
        # Spark's timestamps end at microseconds; casting once here spares every batch.
        table = table.cast(arrow_schema(spark_schema(table.schema)), safe=False)
        known = pc.is_valid(arrival)
        low, high = moment(start, "start"), moment(end, "end")
        if low is not None and high is not None and low >= high:
            raise IllegalArgument("WORKBENCH_REPLAY.EMPTY_SPAN", start=start, end=end)
        if low is not None:
            known = pc.and_kleene(known, pc.greater_equal(arrival, low))
        if high is not None:
            known = pc.and_kleene(known, pc.less(arrival, high))
        chosen = np.flatnonzero(known.to_numpy(zero_copy_only=False))
        times = arrival.fill_null(0).to_numpy()
        order = chosen[np.argsort(times[chosen], kind="stable")]
        self.table = table.take(pa.array(order)).combine_chunks()
        self.arrival = times[order]
        self.skipped = arrival.null_count
        self.start = low if low is not None else int(self.arrival[0]) if len(order) else 0

    @property
    def schema(self) -> pa.Schema:
        """The columns of every slice."""
        return self.table.schema

    def __len__(self) -> int:
        return len(self.arrival)

    def position(self, now: int) -> int:
        """Return how many rows have arrived at the data's time ``now``, in microseconds since 1970."""
        return int(np.searchsorted(self.arrival, now, side="right"))

    def arrived_at(self, position: int) -> int:
        """Return when the last row before ``position`` arrived; the start of the replay when there is none."""
        return (
            int(self.arrival[min(position, len(self)) - 1])
            if position and len(self)
            else self.start
        )

    def rows(self, start: int, end: int) -> pa.Table:
        """Return the rows from position ``start`` up to ``end``, without a copy."""
        return self.table.slice(start, end - start)


def arrival_times(table: pa.Table, time: str) -> pa.Array:
    """Return the arrival column as int64 microseconds, or raise a named error."""
    if time not in table.column_names:
        proposal = ", ".join(f"`{name}`" for name in table.column_names[:5])
        raise AnalysisError(
            "UNRESOLVED_COLUMN.WITH_SUGGESTION", objectName=f"`{time}`", proposal=proposal
        )
    column = table.column(time)
    if not pa.types.is_timestamp(column.type):
        raise IllegalArgument("WORKBENCH_REPLAY.NOT_A_TIMESTAMP", column=time, type=column.type)
    whole = column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(pa.int64())
    return whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole


def moment(when: datetime | date | str | None, name: str) -> int | None:
    """Return a bound of a replay as microseconds since 1970, or raise a named error."""
    if when is None:
        return None
    found = _parsed(when) if isinstance(when, str) else when
    if not isinstance(found, date):
        raise IllegalArgument("WORKBENCH_REPLAY.NOT_A_MOMENT", name=name, value=when)
    if not isinstance(found, datetime):
        found = datetime(found.year, found.month, found.day)
    return microseconds(found)


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def to_offset(position: int) -> str:
    """Return a position as the JSON that goes into the offset log."""
    return json.dumps({"row": position}, separators=(",", ":"))


def from_offset(offset: str) -> int:
    """Return the position an offset of the log stands for, or raise a named error."""
    try:
        position = json.loads(offset)["row"]
    except (ValueError, TypeError, KeyError):
        position = None
    if not isinstance(position, int) or position < 0:
        raise IllegalState("WORKBENCH_REPLAY.BAD_OFFSET", offset=offset)
    return position


class Replays:
    """The replays this process knows, by the name that travels as the source's ``replay`` option.

    Tables stay where they are: a plan carries the name only. Asking for the same replay of the same table again gives the
    same name, so running a notebook cell twice neither sorts nor keeps a table twice.
    """

    def __init__(self) -> None:
        self.names: dict[tuple[object, ...], str] = {}
        self.known: dict[str, tuple[ReplayTable, ReplayClock, pa.Table]] = {}

    def add(
        self,
        table: pa.Table,
        time: str,
        start: datetime | date | str | None,
        end: datetime | date | str | None,
        clock: ReplayClock,
    ) -> str:
        """Return the name of the replay with these parts, making it when it is new."""
        # The table is kept beside its replay, so its id stays its own.
        parts = (id(table), time, moment(start, "start"), moment(end, "end"), id(clock))
        if parts not in self.names:
            name = f"replay-{len(self.names) + 1}"
            self.known[name] = (ReplayTable(table, time, start, end), clock, table)
            self.names[parts] = name
        return self.names[parts]

    def find(self, name: str | None) -> tuple[ReplayTable, ReplayClock]:
        """Return the table and the clock of a replay, or raise a named error."""
        if name not in self.known:
            raise IllegalArgument("WORKBENCH_REPLAY.UNKNOWN", name=name)
        table, clock, _ = self.known[name]
        return table, clock


REPLAYS = Replays()
"""Every replay of this process."""
