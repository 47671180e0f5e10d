"""The kinds of stateful Python that are drawn; one function each. A case's last steps are words :mod:`running` understands."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.parity.stateful import scripts
from tests.parity.streams.cases import Case, Input, draw_input

DAY = 86_400_000
FIRST_SCRIPT = 10_000
"""From this number on, a case is drawn by :mod:`scripts`."""


def one(chance: random.Random, delay: str = "") -> dict[str, Input]:
    """Return a single source."""
    return {"a": draw_input(chance, delay, keys="abcd")}


def delay(chance: random.Random) -> str:
    return chance.choice(["0 seconds", "5 minutes", "20 minutes"])


def key(chance: random.Random) -> list[str]:
    return chance.choice([["k"], ["k"], ["k"], ["b"], ["k", "b"]])


def form(chance: random.Random) -> str:
    """Choose how the rows of a key come."""
    return chance.choice(["rows", "pandas"])


def group_totals(chance: random.Random, name: str) -> Case:
    words = {"by": "totals", "limit": chance.randrange(3, 9), "timeout": "NoTimeout"}
    late = chance.choice(["", "10 minutes"])
    return _grouped(chance, name, one(chance, late), words, chance.choice(["append", "update"]))


def group_event_time(chance: random.Random, name: str) -> Case:
    words = {
        "by": "event",
        "minutes": chance.choice([1, 10, 40]),
        "variant": chance.randrange(2),
        "timeout": "EventTimeTimeout",
    }
    return _grouped(
        chance, name, one(chance, delay(chance)), words, chance.choice(["append", "update"])
    )


def group_processing_time(chance: random.Random, name: str) -> Case:
    words = {
        "by": "processing",
        "ms": chance.choice([1, 1, DAY]),
        "timeout": "ProcessingTimeTimeout",
    }
    return _grouped(chance, name, one(chance), words, chance.choice(["append", "update"]))


def _grouped(
    chance: random.Random, name: str, inputs: dict[str, Input], words: dict, mode: str
) -> Case:
    return Case(name, inputs, [("group_state", {**words, "key": key(chance), "mode": mode})], mode)


def _processor(
    chance: random.Random,
    name: str,
    kind: str,
    words: dict,
    late: str = "",
    time: str = "None",
    **more: object,
) -> Case:
    mode = chance.choice(["append", "update"])
    step = {
        "kind": kind,
        "words": words,
        "key": key(chance),
        "mode": mode,
        "time": time,
        "form": form(chance),
        **more,
    }
    return Case(name, one(chance, late), [("processor", step)], mode)


def values(chance: random.Random, name: str) -> Case:
    return _processor(chance, name, "Values", {"limit": chance.randrange(3, 9)})


def lists(chance: random.Random, name: str) -> Case:
    return _processor(chance, name, "Lists", {"limit": chance.randrange(2, 6)})


def maps(chance: random.Random, name: str) -> Case:
    return _processor(
        chance, name, "Maps", {"drop": chance.randrange(3, 7), "limit": chance.randrange(3, 9)}
    )


def initial(chance: random.Random, name: str) -> Case:
    start = [["a", 100, 0.5], ["c", 50, 1.5], ["z", 7, 2.5]]
    case = _processor(chance, name, "Values", {"limit": chance.choice([4, 1000])}, initial=start)
    case.steps[0][1]["key"] = ["k"]
    return case


def event_timers(chance: random.Random, name: str) -> Case:
    words = {
        "by": "event",
        "wait_ms": chance.choice([-3_600_000, 0, 60_000, 600_000, 2_400_000]),
        "variant": chance.randrange(2),
    }
    return _processor(chance, name, "Timers", words, delay(chance), "EventTime")


def processing_timers(chance: random.Random, name: str) -> Case:
    words = {"by": "processing", "wait_ms": chance.choice([1, 1, DAY]), "variant": 0}
    return _processor(chance, name, "Timers", words, time="ProcessingTime")


def expiring(chance: random.Random, name: str) -> Case:
    kind, words = chance.choice([("Values", {}), ("Lists", {}), ("Maps", {"drop": 5})])
    return _processor(
        chance, name, kind, {**words, "ttl_ms": chance.choice([1, 1, DAY])}, time="ProcessingTime"
    )


def chained(chance: random.Random, name: str) -> Case:
    case = _processor(chance, name, "Passing", {}, delay(chance), "EventTime", event_time="t")
    mode = case.steps[0][1]["mode"] = "append"
    then = chance.choice(
        [
            (
                "sql",
                "SELECT window(t, '10 minutes') AS w, k, count(*) AS n, sum(s) AS s FROM {last} GROUP BY 1, 2",
            ),
            ("dedup", ["k", "t"]),
            (
                "sql",
                "SELECT window(t, '30 minutes', '10 minutes') AS w, max(n) AS n FROM {last} GROUP BY 1",
            ),
        ]
    )
    return Case(name, case.inputs, [*case.steps, then], mode)


def behind(chance: random.Random, name: str) -> Case:
    """A processor behind another operator."""
    inner = _processor(chance, name, "Values", {}, delay(chance), "EventTime")
    inner.steps[0][1].update(key=["k"], mode="append")
    counted = (
        "SELECT window(t, '5 minutes') AS w, k, count(*) AS n, sum(v) AS s FROM {a} GROUP BY 1, 2"
    )
    windows = ("sql", f"SELECT w.start AS t, k, n AS x, s AS v, true AS b FROM ({counted})")
    first = chance.choice([windows, ("dedup", ["t", "k"])])
    return Case(name, inner.inputs, [first, *inner.steps], "append")


Kind = Callable[[random.Random, str], Case]
KINDS: tuple[Kind, ...] = (
    group_totals, group_event_time, group_processing_time, values, lists, maps, initial, event_timers, processing_timers, expiring,
    chained, behind, group_event_time, event_timers,
)  # fmt: skip


def draw(number: int) -> Case:
    """Return the case of a number."""
    if number >= FIRST_SCRIPT:
        return scripts.draw(number - FIRST_SCRIPT)
    kind = KINDS[number % len(KINDS)]
    return kind(random.Random(10_000 + number), f"{kind.__name__}-{number}")


def is_timed(case: Case) -> bool:
    """Whether what a case does depends on processing time: its runs go on after the last file."""
    words = case.steps[-1][1] if isinstance(case.steps[-1][1], dict) else {}
    return "ProcessingTime" in (
        words.get("time"),
        str(words.get("timeout")).removesuffix("Timeout"),
    )
