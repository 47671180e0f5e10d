"""The functions and processors the drawn cases run; what they do is chosen by words, so that a case is data only.

``variant`` chooses between two ways to do the same kind of thing.
"""

# ruff: noqa: N802, RUF100 - a processor's methods have Spark's names

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
from pyspark.sql import Row
from pyspark.sql.streaming import StatefulProcessor

MINUTE = 60_000


def named(key: tuple) -> str:
    """Return a key as text; in the frames of pandas 3, which Apache Spark may run on, a missing string is NaN."""
    return "/".join("None" if pd.isna(one) else str(one) for one in key)


# ------------------------------------------------------------------ applyInPandasWithState

GROUP_OUT = "k STRING, what STRING, n LONG, s DOUBLE"
GROUP_STATE = "n LONG, s DOUBLE"


def _made(key: tuple, what: str, n: int, s: float) -> pd.DataFrame:
    return pd.DataFrame({"k": [named(key)], "what": [what], "n": [n], "s": [s]})


def _added(frames: Iterator[pd.DataFrame], state: Any) -> tuple[int, float]:
    rows = pd.concat(list(frames))
    n, s = state.get if state.exists else (0, 0.0)
    return n + len(rows), s + float(rows.v.sum())


def totals(limit: int) -> Callable[..., Any]:
    """Count and sum; a key that has ``limit`` rows starts anew."""

    def run(key: tuple, frames: Iterator[pd.DataFrame], state: Any) -> Iterator[pd.DataFrame]:
        n, s = _added(frames, state)
        if n >= limit:
            state.remove()
        else:
            state.update((n, s))
        yield _made(key, "full" if n >= limit else "more", n, s)

    return run


def by_event_time(minutes: int, variant: int) -> Callable[..., Any]:
    """Wait some minutes of event time for another row, then say what came."""

    def run(key: tuple, frames: Iterator[pd.DataFrame], state: Any) -> Iterator[pd.DataFrame]:
        if state.hasTimedOut:
            n, s = state.get
            yield _made(key, "late", n, s)
            if variant and n < 100:
                state.update((n + 100, s))
                state.setTimeoutTimestamp(state.getCurrentWatermarkMs() + minutes * MINUTE)
            else:
                state.remove()
            return
        rows = pd.concat(list(frames))
        n, s = state.get if state.exists else (0, 0.0)
        state.update((n + len(rows), s + float(rows.v.sum())))
        newest = max(int(rows.t.max().timestamp() * 1000), state.getCurrentWatermarkMs())
        state.setTimeoutTimestamp(newest + minutes * MINUTE)
        if variant:
            yield _made(key, "more", n + len(rows), 0.0)

    return run


def by_processing_time(milliseconds: int) -> Callable[..., Any]:
    """Wait some time for another row; a day: for ever, one: until the next batch."""

    def run(key: tuple, frames: Iterator[pd.DataFrame], state: Any) -> Iterator[pd.DataFrame]:
        if state.hasTimedOut:
            yield _made(key, "late", *state.get)
            state.remove()
            return
        state.update(_added(frames, state))
        state.setTimeoutDuration(milliseconds)
        yield _made(key, "more", *state.get)

    return run


# ------------------------------------------------------------------ transformWithState

OUT = "k STRING, what STRING, n LONG, s DOUBLE, t TIMESTAMP"


class Processor(StatefulProcessor):
    """What all share: rows in as Rows, rows out as Rows; the pandas form wraps it."""

    def __init__(self, **words: Any) -> None:
        self.words = words

    def init(self, handle: Any) -> None:
        self.handle = handle
        self.open(handle, self.words.get("ttl_ms"))

    def rows(self, key: tuple, rows: list[Row], times: Any) -> Iterator[Row]:
        raise NotImplementedError

    def handleInputRows(self, key: tuple, rows: Iterator[Any], timerValues: Any) -> Iterator[Any]:
        ordered = sorted(rows, key=lambda row: (str(row.t), str(row.x), str(row.v)))
        yield from self.rows(key, ordered, timerValues)

    def close(self) -> None: ...


def row(key: tuple, what: str, n: int = 0, s: float = 0.0, t: Any = None) -> Row:
    return Row(k=named(key), what=what, n=n, s=s, t=t)


class Values(Processor):
    """A count and a sum; a key that has ``limit`` rows is cleared."""

    def open(self, handle: Any, ttl_ms: int | None) -> None:
        self.total = handle.getValueState("total", "n LONG, s DOUBLE", ttl_ms)
        self.last = handle.getValueState("last", "k STRING, x BIGINT", ttl_ms)

    def handleInitialState(self, key: tuple, initialState: Any, timerValues: Any) -> None:
        for one in (
            initialState.itertuples() if isinstance(initialState, pd.DataFrame) else [initialState]
        ):
            n, s = self.total.get() or (0, 0.0)
            self.total.update((n + int(one.n), s + float(one.s)))

    def rows(self, key: tuple, rows: list[Row], times: Any) -> Iterator[Row]:
        n, s = self.total.get() if self.total.exists() else (0, 0.0)
        n, s = n + len(rows), s + sum(one.v or 0.0 for one in rows)
        before = self.last.get()
        self.total.update((n, s))
        self.last.update((rows[-1].k, rows[-1].x))
        if n >= self.words.get("limit", 1000):
            self.total.clear()
        yield row(key, str(tuple(before)) if before else "first", n, s, rows[-1].t)


class Lists(Processor):
    """The values that came; too many: only the last stay."""

    def open(self, handle: Any, ttl_ms: int | None) -> None:
        self.seen = handle.getListState("seen", "x BIGINT, v DOUBLE", ttl_ms)

    def rows(self, key: tuple, rows: list[Row], times: Any) -> Iterator[Row]:
        for one in rows[:1]:
            self.seen.appendValue((one.x, one.v))
        if rows[1:]:
            self.seen.appendList([(one.x, one.v) for one in rows[1:]])
        held = list(self.seen.get())
        yield row(key, ",".join(str(x) for x, _ in held), len(held), sum(v or 0.0 for _, v in held))
        limit = self.words.get("limit", 1000)
        if len(held) > 2 * limit:
            self.seen.clear()
        elif len(held) > limit:
            self.seen.put(held[-limit:])


class Maps(Processor):
    """How often each value came, and its sum; every ``drop``-th is removed again."""

    def open(self, handle: Any, ttl_ms: int | None) -> None:
        self.times = handle.getMapState("times", "x BIGINT", "n LONG, s DOUBLE", ttl_ms)

    def rows(self, key: tuple, rows: list[Row], times: Any) -> Iterator[Row]:
        for one in rows:
            n, s = self.times.getValue((one.x,)) if self.times.containsKey((one.x,)) else (0, 0.0)
            self.times.updateValue((one.x,), (n + 1, s + (one.v or 0.0)))
            if (one.x or 0) % self.words["drop"] == 0:
                self.times.removeKey((one.x,))
        held = sorted(((k[0], v[0]) for k, v in self.times.iterator()), key=str)
        sizes = len(list(self.times.keys())), sum(v[1] for v in self.times.values())
        yield row(key, str(held), *sizes)
        if len(held) > self.words.get("limit", 1000):
            self.times.clear()


class Timers(Processor):
    """Waits for silence; says the timers it has, and fires."""

    def open(self, handle: Any, ttl_ms: int | None) -> None:
        self.count = handle.getValueState("count", "n LONG", ttl_ms)

    def _moment(self, rows: list[Row], times: Any) -> int:
        wait = self.words["wait_ms"]
        if self.words["by"] == "processing":
            return times.getCurrentProcessingTimeInMs() + wait
        newest = [
            int(one.t.timestamp() * 1000)
            for one in rows
            if one.t is not None and not pd.isna(one.t)
        ]
        return max(newest, default=times.getCurrentWatermarkInMs()) + wait

    def rows(self, key: tuple, rows: list[Row], times: Any) -> Iterator[Row]:
        held = list(self.handle.listTimers())
        if self.words["variant"]:
            for one in held:
                self.handle.deleteTimer(one)
        self.handle.registerTimer(self._moment(rows, times))
        self.count.update(((self.count.get() or (0,))[0] + len(rows),))
        yield row(key, f"rows {len(held)}", self.count.get()[0])

    def handleExpiredTimer(
        self, key: tuple, timerValues: Any, expiredTimerInfo: Any
    ) -> Iterator[Row]:
        due = expiredTimerInfo.getExpiryTimeInMs()
        n = (self.count.get() or (0,))[0]
        when = due if self.words["by"] == "event" else 0
        yield row(key, "fired", n, float(when))
        if self.words["variant"] and n < 100:
            self.count.update((n + 100,))
            again = (
                timerValues.getCurrentWatermarkInMs()
                if self.words["by"] == "event"
                else timerValues.getCurrentProcessingTimeInMs()
            )
            self.handle.registerTimer(again + self.words["wait_ms"])
        else:
            self.count.clear()


class Passing(Processor):
    """Every second row goes on, with its time."""

    def open(self, handle: Any, ttl_ms: int | None) -> None:
        self.count = handle.getValueState("count", "n LONG", ttl_ms)

    def rows(self, key: tuple, rows: list[Row], times: Any) -> Iterator[Row]:
        n = (self.count.get() or (0,))[0]
        for one in rows:
            n += 1
            # What goes on must not be before the watermark, or a query of Spark fails.
            if (
                one.t is not None
                and not pd.isna(one.t)
                and int(one.t.timestamp() * 1000) > times.getCurrentWatermarkInMs()
                and n % 2
            ):
                yield row(key, "row", n, one.v or 0.0, one.t)
        self.count.update((n,))


class InPandas(StatefulProcessor):
    """A processor of Rows as one of frames."""

    def __init__(self, inner: Processor) -> None:
        self.inner = inner

    def init(self, handle: Any) -> None:
        self.inner.init(handle)

    def handleInputRows(
        self, key: tuple, rows: Iterator[pd.DataFrame], timerValues: Any
    ) -> Iterator[pd.DataFrame]:
        frame = pd.concat(list(rows)).astype(object)
        frame = frame.where(frame.notna(), None)
        # A frame with NULLs has its whole numbers as floats.
        frame["x"] = pd.Series(
            [None if one is None else int(one) for one in frame["x"]], frame.index, dtype=object
        )
        given = [
            Row(**{name: one[name] for name in frame.columns}) for one in frame.to_dict("records")
        ]
        for one in self.inner.handleInputRows(key, given, timerValues):
            yield _frame(one)

    def handleExpiredTimer(
        self, key: tuple, timerValues: Any, expiredTimerInfo: Any
    ) -> Iterator[pd.DataFrame]:
        for one in self.inner.handleExpiredTimer(key, timerValues, expiredTimerInfo):
            yield _frame(one)

    def handleInitialState(self, key: tuple, initialState: Any, timerValues: Any) -> None:
        self.inner.handleInitialState(key, initialState, timerValues)

    def close(self) -> None:
        self.inner.close()


def _frame(one: Row) -> pd.DataFrame:
    return pd.DataFrame({name: [value] for name, value in one.asDict().items()}).astype(
        {"t": "datetime64[ns]"}
    )


KINDS = {kind.__name__: kind for kind in (Values, Lists, Maps, Timers, Passing)}
