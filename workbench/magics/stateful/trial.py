"""A processor tried on a handful of rows, one at a time, with PySpark's own tester."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from pyspark.sql import Row
from pyspark.sql.streaming import StatefulProcessor
from pyspark.sql.streaming.tws_tester import TwsTester
from pyspark.sql.types import StructType

from workbench.magics.stateful.source import Cell

COLUMNS = ("key", "input", "state before", "state after", "timers", "output")
_EVER = 2**62


class _WholeKey(StatefulProcessor):
    """Hands a processor its key: the tester wraps every key in a tuple once more."""

    def __init__(self, processor: StatefulProcessor) -> None:
        self.processor = processor

    def init(self, handle: Any) -> None:
        self.processor.init(handle)

    def handleInputRows(self, key: Any, rows: Any, timerValues: Any) -> Iterator[Any]:  # noqa: N802
        return self.processor.handleInputRows(key[0], rows, timerValues)

    def handleExpiredTimer(  # noqa: N802
        self, key: Any, timerValues: Any, expiredTimerInfo: Any
    ) -> Iterator[Any]:
        return self.processor.handleExpiredTimer(key[0], timerValues, expiredTimerInfo)

    def close(self) -> None:
        self.processor.close()


@dataclass(frozen=True, slots=True)
class Trial:
    """A processor, and what it is tried with.

    Attributes
    ----------
    cell : Cell
        Its variables and time mode.
    processor : StatefulProcessor
        A fresh one, watched.
    keys : list of str
        The columns of the key.
    output : StructType
        What it declares to give.
    now_ms : int
        The processing time of the trial.
    """

    cell: Cell
    processor: StatefulProcessor
    keys: list[str]
    output: StructType
    now_ms: int

    def run(self, rows: list[Row]) -> Iterator[tuple[str, ...]]:
        """Yield a line per row, then a line per timer, each when it was tried.

        Raises
        ------
        Exception
            Whatever the user's functions raise, or is raised about them.
        """
        tester = TwsTester(
            _WholeKey(self.processor),
            timeMode=self.cell.time_mode,
            eventTimeExtractor=lambda _row: _EVER,
        )
        if self.cell.time_mode == "ProcessingTime":
            tester.setProcessingTime(self.now_ms)
        for row in rows:
            key = tuple(row[name] for name in self.keys)
            yield self._step(tester, [key], _shown(row), partial(tester.test, key, [row]))
        if self.cell.timers:
            yield from self._timers(tester)
        self.processor.close()

    def _step(
        self, tester: TwsTester, keys: list[tuple], what: str, call: Callable[[], list]
    ) -> tuple[str, ...]:
        before = self._state(tester, keys)
        made = list(call())
        timers = [at for key in keys for at in tester.handle._timers.listTimers(key)]  # noqa: SLF001 - shown nowhere else
        shown = "; ".join(map(_one, keys)), what, before, self._state(tester, keys)
        return (
            *shown,
            ", ".join(map(_time, timers)),
            "; ".join(_named(one, self.output) for one in made),
        )

    def _timers(self, tester: TwsTester) -> Iterator[tuple[str, ...]]:
        """Let every timer that was set come due, the earliest first; those set meanwhile are left."""
        held = tester.handle._timers  # noqa: SLF001
        waiting: dict[int, list[tuple]] = {}
        for key in list(held.getAllKeysWithTimers()):
            for at in held.listTimers(key):
                waiting.setdefault(at, []).append(key)
        move = (
            tester.setWatermark if self.cell.time_mode == "EventTime" else tester.setProcessingTime
        )
        for at, keys in sorted(waiting.items()):
            yield self._step(tester, keys, f"timer {_time(at)}", partial(move, at))

    def _state(self, tester: TwsTester, keys: list[tuple]) -> str:
        kept = [
            ", ".join(f"{one.name}={self._held(tester, one, key)}" for one in self.cell.variables)
            for key in keys
        ]
        return "; ".join(filter(None, kept))

    def _held(self, tester: TwsTester, variable: Any, key: tuple) -> str:
        if variable.kind == "list":
            return str([_bare(one, variable) for one in tester.peekListState(variable.name, key)])
        if variable.kind == "map":
            held = tester.peekMapState(variable.name, key)
            return str({_unwrapped(k): _unwrapped(v) for k, v in held.items()})
        held = tester.peekValueState(variable.name, key)
        if held is None:
            return "\N{EN DASH}"
        return str(_bare(held, variable))


def _one(key: tuple) -> str:
    return str(key[0]) if len(key) == 1 else str(key)


def _bare(held: tuple, variable: Any) -> Any:
    return held if variable.is_struct else _unwrapped(held)


def _unwrapped(held: tuple) -> Any:
    return held[0] if len(held) == 1 else tuple(held)


def _shown(row: Row) -> str:
    return ", ".join(f"{name}={value}" for name, value in row.asDict().items())


def _named(row: Any, schema: StructType) -> str:
    return ", ".join(f"{name}={value}" for name, value in zip(schema.names, row, strict=True))


def _time(ms: int) -> str:
    return pd.Timestamp(ms, unit="ms").strftime("%Y-%m-%d %H:%M:%S")
