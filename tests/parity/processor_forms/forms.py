"""Processors by name, each written another way: parameter names, what a method gives, the columns of a row or frame."""

# ruff: noqa: N802, N803, RUF100 - a processor's methods have Spark's names, and parameters like it

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
from pyspark.sql import Row
from pyspark.sql.streaming import StatefulProcessor

OUT = "k STRING, n LONG"


class Base(StatefulProcessor):
    """Right in every part; a form replaces one."""

    def init(self, handle: Any) -> None:
        self.handle = handle

    def handleInputRows(self, key: Any, rows: Any, timerValues: Any) -> Any:
        if self.timed:
            self.handle.registerTimer(timerValues.getCurrentWatermarkInMs() + 1)
            return iter([])
        return self.given(key, len(list(rows)))

    def close(self) -> None: ...

    timed = False

    def given(self, key: Any, count: int) -> Any:
        yield Row(k=key[0], n=count)


def made(**parts: Any) -> Callable[[], Base]:
    return type("Mine", (Base,), parts)


def giving(*values: Any) -> Callable[[], Base]:
    """Return a processor whose every call gives these."""
    return made(given=lambda self, key, count: iter(values))


def returning(value: Any) -> Callable[[], Base]:
    return made(given=lambda self, key, count: value)


def other_names(self: Any, a: Any, b: Any, c: Any) -> Any:
    yield Row(k=a[0], n=len(list(b)))


def other_names_of_frames(self: Any, a: Any, b: Any, c: Any) -> Any:
    yield pd.DataFrame({"k": [a[0]], "n": [sum(map(len, b))]})


def with_a_default(self: Any, key: Any, rows: Any, timerValues: Any, more: int = 1) -> Any:
    yield Row(k=key[0], n=more)


def without_times(self: Any, key: Any, rows: Any) -> Any:
    yield Row(k=key[0], n=1)


def by_any(self: Any, *given: Any) -> Any:
    yield Row(k=given[0][0], n=len(given))


def only_by_name(self: Any, key: Any, rows: Any, *, timerValues: Any) -> Any:
    yield Row(k=key[0], n=1)


def seen(self: Any, key: Any, rows: Any, times: Any) -> Any:
    """Tell what the arguments are."""
    first = next(iter(rows))
    kinds = [type(one).__name__ for one in (key, first, times)]
    yield Row(k=" ".join([*kinds, str(hasattr(rows, "__next__"))]), n=1)


ROW = Row(k="a", n=7)
PAIR = Row("k", "n")
ROWS: dict[str, Callable[[], Base]] = {
    "right": made(),
    "other parameter names": made(handleInputRows=other_names),
    "one parameter more": made(handleInputRows=with_a_default),
    "any parameters": made(handleInputRows=by_any),
    "times by name only": made(handleInputRows=only_by_name),
    "what the arguments are": made(handleInputRows=seen),
    "init with another name": made(init=lambda self, h: None),
    "init without a parameter": made(init=lambda self: None),
    "close with a parameter": made(close=lambda self, x: None),
    "close is not there": made(close=None),
    "a list of rows": returning([ROW, ROW]),
    "a tuple of rows": returning((ROW,)),
    "no rows": returning([]),
    "None": returning(None),
    "a number": returning(5),
    "a row by itself": returning(ROW),
    "gives a tuple": giving(("a", 7)),
    "gives a list": giving(["a", 7]),
    "gives a dict": giving({"k": "a", "n": 7}),
    "gives None": giving(None),
    "gives a number": giving(5),
    "gives a frame": giving(pd.DataFrame({"k": ["a"], "n": [7]})),
    "a row without names": giving(Row("a", 7)),
    "a row of a made class": giving(PAIR("a", 7)),
    "a row with too few values": giving(PAIR("a")),
    "a row in another order": giving(Row(n=7, k="a")),
    "a row with a column missing": giving(Row(k="a")),
    "a row with a column more": giving(Row(k="a", n=7, z=1)),
    "a row with names in capitals": giving(Row(K="a", N=7)),
    "an empty row": giving(Row()),
    "a right row and a tuple": giving(ROW, ("a", 7)),
    "NULLs": giving(Row(k=None, n=None)),
    "a fraction in a whole number": giving(Row(k="a", n=1.5)),
    "a whole fraction in a whole number": giving(Row(k="a", n=2.0)),
    "a word in a number": giving(Row(k="a", n="x")),
    "digits in a number": giving(Row(k="a", n="7")),
    "a truth in a number": giving(Row(k="a", n=True)),
    "a number in a text": giving(Row(k=1, n=1)),
    "too large a number": giving(Row(k="a", n=2**70)),
}  # fmt: skip


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({name: [value] for name, value in columns.items()})


FRAMES: dict[str, Callable[[], Base]] = {
    "frames with other parameter names": made(handleInputRows=other_names_of_frames),
    "a list of frames": returning([frame(k="a", n=7)]),
    "a frame by itself": returning(frame(k="a", n=7)),
    "frames are None": returning(None),
    "gives a row as a frame": giving(ROW),
    "gives None as a frame": giving(None),
    "gives a tuple as a frame": giving(("a", 7)),
    "gives a dict as a frame": giving({"k": ["a"], "n": [7]}),
    "a frame": giving(frame(k="a", n=7)),
    "a frame in another order": giving(frame(n=7, k="a")),
    "a frame with a column missing": giving(frame(k="a")),
    "a frame with a column more": giving(frame(k="a", n=7, z=1)),
    "a frame with another name": giving(frame(k="a", m=7)),
    "a frame with names in capitals": giving(frame(K="a", N=7)),
    "a frame without names": giving(pd.DataFrame([("a", 7)])),
    "a frame without names, too wide": giving(pd.DataFrame([("a", 7, 1)])),
    "a frame without names, too narrow": giving(pd.DataFrame([("a",)])),
    "an empty frame": giving(pd.DataFrame()),
    "an empty frame with columns": giving(frame(k="a", n=7)[:0]),
    "an empty frame with other columns": giving(frame(z=1)[:0]),
    "a frame with a word in a number": giving(frame(k="a", n="x")),
    "a frame with a fraction in a whole number": giving(frame(k="a", n=1.5)),
    "a frame with a number in a text": giving(frame(k=1, n=1)),
}


def on_time(handler: Any) -> Callable[[], Base]:
    return made(timed=True, handleExpiredTimer=handler)


def fired(self: Any, key: Any, timerValues: Any, expiredTimerInfo: Any) -> Any:
    yield Row(k=key[0], n=expiredTimerInfo.getExpiryTimeInMs())


def fired_in_another_order(self: Any, expiredTimerInfo: Any, key: Any, timerValues: Any) -> Any:
    yield Row(k=key[0], n=expiredTimerInfo.getExpiryTimeInMs())


def fired_with_other_names(self: Any, key: Any, times: Any, info: Any) -> Any:
    yield Row(k=key[0], n=info.getExpiryTimeInMs())


def fired_with_another_key(self: Any, k: Any, timerValues: Any, expiredTimerInfo: Any) -> Any:
    yield Row(k=k[0], n=1)


def fired_by_any(self: Any, **given: Any) -> Any:
    yield Row(k=" ".join(given), n=1)


TIMERS: dict[str, Callable[[], Base]] = {
    "a timer": on_time(fired),
    "a timer with parameters in another order": on_time(fired_in_another_order),
    "a timer with other parameter names": on_time(fired_with_other_names),
    "a timer with another name for the key": on_time(fired_with_another_key),
    "a timer with any names": on_time(fired_by_any),
    "a timer with any places": on_time(lambda self, *given: iter([])),
    "a timer that returns None": on_time(lambda self, key, timerValues, expiredTimerInfo: None),
    "a timer that returns a list": on_time(lambda self, key, timerValues, expiredTimerInfo: [ROW]),
    "a timer that gives a tuple": on_time(lambda self, key, timerValues, expiredTimerInfo: [("a", 1)]),
    "a timer without a method": made(timed=True),
}  # fmt: skip


def begun(handler: Any) -> Callable[[], Base]:
    return made(handleInitialState=handler)


INITIAL: dict[str, Callable[[], Base]] = {
    "an initial state": begun(lambda self, key, initialState, timerValues: None),
    "an initial state with other names": begun(lambda self, a, b, c: None),
    "an initial state without times": begun(lambda self, key, initialState: None),
    "an initial state without a method": made(),
}
