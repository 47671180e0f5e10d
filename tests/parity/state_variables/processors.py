"""Processors whose variables and timers are read back; what they do follows from the rows alone."""

# ruff: noqa: N802, RUF100 - a processor's methods have Spark's names

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pyspark.sql import Row
from pyspark.sql.streaming import StatefulProcessor

OUT = "k STRING, n BIGINT"
DAY = 86_400_000
BRIEF = 1
"""A time to live, in milliseconds, that is over before the next batch."""
BEGINS = 1_704_067_200_000
"""2024-01-01 UTC."""
MINUTE = 60_000


class Processor(StatefulProcessor):
    """Rows in, one Row out a call; the pandas form wraps it."""

    def init(self, handle: Any) -> None:
        self.handle = handle

    def row(self, row: Row) -> None:
        """Take one row."""
        raise NotImplementedError

    def handleInputRows(self, key: tuple, rows: Iterator[Any], timerValues: Any) -> Iterator[Any]:
        ordered = sorted(rows, key=lambda row: row.x)
        for row in ordered:
            self.row(row)
        yield Row(k=str(key[0]), n=len(ordered))

    def handleExpiredTimer(self, key: tuple, timerValues: Any, expiredTimerInfo: Any) -> Iterator:
        yield Row(k=str(key[0]), n=-1)

    def close(self) -> None: ...


class Plain(Processor):
    """A value, a list and a map; ``ttl``: how long they live."""

    ttl: int | None = None

    def init(self, handle: Any) -> None:
        super().init(handle)
        self.total = handle.getValueState("total", "n BIGINT, s DOUBLE", self.ttl)
        self.seen = handle.getListState("seen", "x BIGINT", self.ttl)
        self.times = handle.getMapState("times", "u STRING, odd BOOLEAN", "n INT", self.ttl)

    def row(self, row: Row) -> None:
        n, s = self.total.get() or (0, 0.0)
        self.total.update((n + 1, s + row.v))
        self.seen.appendValue((row.x,))
        entry = (f"u{row.x % 3}", row.x % 2 == 1)
        before = self.times.getValue(entry)
        self.times.updateValue(entry, ((before[0] if before else 0) + 1,))
        if row.x == 9:
            self.total.clear()
            self.seen.clear()
            self.times.removeKey(("u2", True))


class Living(Plain):
    """The same for a day, with a variable that stays and timers that do not ring."""

    ttl = DAY

    def init(self, handle: Any) -> None:
        super().init(handle)
        self.stays = handle.getValueState("stays", "x BIGINT")

    def row(self, row: Row) -> None:
        super().row(row)
        self.stays.update((row.x,))
        self.handle.registerTimer(4 * 10**12 + row.x)


class Fleeting(Plain):
    """The same for a moment: in the next batch all but what came with it is over."""

    ttl = BRIEF


class Brief(Processor):
    """What it keeps is over before the next batch: a value, three elements, two entries; a timer is due by then."""

    ttl = BRIEF

    def init(self, handle: Any) -> None:
        super().init(handle)
        self.last = handle.getValueState("last", "x BIGINT", self.ttl)
        self.three = handle.getListState("three", "x BIGINT", self.ttl)
        self.two = handle.getMapState("two", "u STRING", "x BIGINT", self.ttl)

    def row(self, row: Row) -> None:
        self.last.update((row.x,))
        self.three.put([(row.x,), (row.x + 1,), (row.x + 2,)])
        self.two.updateValue(("a",), (row.x,))
        self.two.updateValue((f"b{row.x}",), (row.x,))


class Timed(Processor):
    """Event-time timers: some ring, one is deleted, one waits for ever; a variable there never was is given up."""

    def init(self, handle: Any) -> None:
        super().init(handle)
        self.last = handle.getValueState("last", "x BIGINT")
        handle.deleteIfExists("gone")

    def row(self, row: Row) -> None:
        self.last.update((row.x,))
        for minutes in (row.x, 2 * row.x + 10, 60 * 24 * 365):
            self.handle.registerTimer(BEGINS + minutes * MINUTE)
        if row.x == 5:
            self.handle.deleteTimer(BEGINS + 12 * MINUTE)


class Ringing(Processor):
    """A processing-time timer that rings in the next batch and one that does not."""

    def init(self, handle: Any) -> None:
        super().init(handle)
        self.last = handle.getValueState("last", "x BIGINT")

    def row(self, row: Row) -> None:
        self.last.update((row.x,))
        self.handle.registerTimer(1_700_000_000_000 + row.x)
        self.handle.registerTimer(4 * 10**12)


DEEP = (
    "at TIMESTAMP, day DATE, price DECIMAL(10,2), raw BINARY, tags ARRAY<STRING>,"
    " inner STRUCT<a: INT, b: STRING>, counts MAP<STRING, INT>, f FLOAT, nothing INT"
)


class Deep(Processor):
    """Values, elements and entries of every type."""

    def init(self, handle: Any) -> None:
        super().init(handle)
        self.one = handle.getValueState("one", DEEP)
        self.many = handle.getListState("many", "at TIMESTAMP, inner STRUCT<a: INT, b: STRING>")
        self.named = handle.getMapState("named", "at TIMESTAMP, x BIGINT", "price DECIMAL(10,2)")

    def row(self, row: Row) -> None:
        at, price = datetime(2024, 1, 1 + row.x), Decimal(row.x) / 4
        inner = (row.x, "b")
        deep = (at, date(2024, 1, 1), price, b"\x01", ["t", None], inner, {"c": row.x}, 0.5, None)
        self.one.update(deep)
        self.many.appendValue((at, inner))
        self.named.updateValue((at, row.x), (price,))


class Begun(Plain):
    """With a state to begin with."""

    def handleInitialState(self, key: tuple, initialState: Any, timerValues: Any) -> None:
        n = initialState["n"].iloc[0] if hasattr(initialState, "iloc") else initialState.n
        self.total.update((int(n), 0.0))
        self.seen.appendValue((-1,))


class Before(Plain):
    """With a variable that :class:`After` gives up."""

    def init(self, handle: Any) -> None:
        super().init(handle)
        self.gone = handle.getValueState("gone", "x BIGINT")

    def row(self, row: Row) -> None:
        super().row(row)
        self.gone.update((row.x,))


class After(Plain):
    """Gives up what :class:`Before` had."""

    def init(self, handle: Any) -> None:
        super().init(handle)
        handle.deleteIfExists("gone")


class Odd(Processor):
    """Variables with names that a store of the engine might have; no timers."""

    def init(self, handle: Any) -> None:
        super().init(handle)
        self.all = [handle.getValueState(name, "x BIGINT") for name in ("timers", "1.delta")]

    def row(self, row: Row) -> None:
        for one in self.all:
            one.update((row.x,))


class InPandas(StatefulProcessor):
    """Any of these as ``transformWithStateInPandas`` calls it."""

    def __init__(self, inner: Processor) -> None:
        self.inner = inner

    def init(self, handle: Any) -> None:
        self.inner.init(handle)

    def handleInputRows(self, key: tuple, rows: Iterator[Any], timerValues: Any) -> Iterator[Any]:
        given = [
            Row(x=int(x), v=float(v)) for one in rows for x, v in zip(one.x, one.v, strict=True)
        ]
        yield from _frames(self.inner.handleInputRows(key, given, timerValues))

    def handleExpiredTimer(self, key: tuple, timerValues: Any, expiredTimerInfo: Any) -> Iterator:
        yield from _frames(self.inner.handleExpiredTimer(key, timerValues, expiredTimerInfo))

    def handleInitialState(self, key: tuple, initialState: Any, timerValues: Any) -> None:
        self.inner.handleInitialState(key, initialState, timerValues)

    def close(self) -> None: ...


def _frames(rows: Iterator[Row]) -> Iterator[Any]:
    import pandas as pd  # a frame a batch of rows; Spark's workers load it only for these

    yield pd.DataFrame([row.asDict() for row in rows], columns=["k", "n"])
