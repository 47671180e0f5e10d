"""The processor that does what :mod:`scripts` draws, and says what every call gave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
from pyspark.sql import Row

from tests.parity.stateful.processors import KINDS, Processor, row

HOUR = 3_600_000
UNORDERED = ("iterator", "keys", "values", "listTimers")
"""What these give comes in the order of RocksDB's bytes on Apache Spark, and as it was put here."""
MOST_FIRED = 6
"""So many timers of a key run their script: a timer may register the next one without end."""


class Scripted(Processor):
    """Runs the script a row names by its ``x``; a timer's is named by how many fired before."""

    def open(self, handle: Any, ttl_ms: int | None) -> None:
        self.fired = handle.getValueState("fired", "n INT")
        self.things = {
            "h": handle,
            "v": handle.getValueState("v", "n LONG, s STRING", ttl_ms),
            "l": handle.getListState("l", "n LONG", ttl_ms),
            "m": handle.getMapState("m", "name STRING", "n LONG", ttl_ms),
        }

    def handleInitialState(self, key: tuple, initialState: Any, timerValues: Any) -> None:
        given = (
            initialState.itertuples() if isinstance(initialState, pd.DataFrame) else [initialState]
        )
        for one in given:
            self.said(self.words["scripts"][int(one.n)], timerValues, {"row": 0})

    def rows(self, key: tuple, rows: list[Row], times: Any) -> Iterator[Row]:
        for one in rows:
            if one.x is not None and not pd.isna(one.x):
                said = self.said(
                    self.words["scripts"][int(one.x)], times, {"row": milliseconds(one.t)}
                )
                yield row(key, said, int(one.x))

    def handleExpiredTimer(
        self, key: tuple, timerValues: Any, expiredTimerInfo: Any
    ) -> Iterator[Row]:
        fired = (self.fired.get() or (0,))[0]
        self.fired.update((fired + 1,))
        scripts, due = self.words["timers"], expiredTimerInfo.getExpiryTimeInMs()
        said = "enough"
        if fired < MOST_FIRED:
            said = self.said(scripts[fired % len(scripts)], timerValues, {"due": due})
        since = due - bases(timerValues)["now"] if "ttl_ms" in self.words else due
        yield row(key, f"{said} at {since}", -fired)

    def said(self, script: list[Any], times: Any, more: dict[str, int]) -> str:
        """Run a script; return what each call gave."""
        known = bases(times) | more
        return json.dumps([self._call(known, *call) for call in script])

    def _call(self, known: dict[str, int], thing: str, method: str, *arguments: Any) -> Any:
        if thing == "h" and arguments:
            base, milliseconds = arguments[0]
            given: list[Any] = [known.get(base, 0) + milliseconds]
        else:
            given = [tupled(one, method in ("put", "appendList")) for one in arguments]
        try:
            gave = getattr(self.things[thing], method)(*given)
        except Exception:  # noqa: BLE001 - that it refuses is the answer; how, each says in its own words
            return "refused"
        if method == "listTimers" and "ttl_ms" in self.words:
            gave = [(one - known["now"]) // HOUR for one in gave]
        return sorted(shown(gave), key=json.dumps) if method in UNORDERED else shown(gave)


def bases(times: Any) -> dict[str, int]:
    """Return the moments timers are registered about."""
    return {
        "watermark": times.getCurrentWatermarkInMs(),
        "now": times.getCurrentProcessingTimeInMs(),
    }


def milliseconds(moment: Any) -> int:
    """Return a row's time; one without is at the epoch."""
    return 0 if moment is None or pd.isna(moment) else int(moment.timestamp() * 1000)


def tupled(argument: Any, is_many: bool) -> Any:
    """Return a value as the state API takes it."""
    return [tuple(one) for one in argument] if is_many else tuple(argument)


def shown(gave: Any) -> Any:
    """Return what a call gave as JSON has it."""
    if gave is None or isinstance(gave, (bool, int, str)):
        return gave
    if isinstance(gave, tuple):
        return list(gave)
    return [shown(one) for one in gave]


KINDS["Scripted"] = Scripted
