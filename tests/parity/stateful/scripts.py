"""Drawn scripts: every row names a list of calls on state variables and timers, so that one processor does anything there is to do.

A call is ``[thing, method, *arguments]``: the things are the variables ``v``, ``l`` and ``m`` and the handle ``h``. A moment is
``[base, milliseconds]``, of the bases in :mod:`scripted`.
"""

from __future__ import annotations

import random
from typing import Any

from tests.parity.streams.cases import Case, Input, draw_input

DAY = 86_400_000
MINUTE = 60_000
DELAYS = {"0 seconds": 0, "5 minutes": 5, "20 minutes": 20}

Call = list[Any]


def value(chance: random.Random) -> list[Any]:
    return [chance.choice([None, 0, 1, 2, 3]), chance.choice([None, "", "a", "b"])]


def number(chance: random.Random) -> list[Any]:
    return [chance.choice([None, 0, 1, 2, 300, -4])]


def numbers(chance: random.Random) -> list[Any]:
    return [number(chance) for _ in range(chance.choice([1, 1, 2, 3]))]


def name(chance: random.Random) -> list[Any]:
    return [chance.choice([None, "", "a", "b", "cc"])]


CALLS: tuple[tuple[str, str, Any], ...] = (
    ("v", "get", ()), ("v", "exists", ()), ("v", "update", (value,)), ("v", "update", (value,)), ("v", "clear", ()),
    ("l", "get", ()), ("l", "exists", ()), ("l", "put", (numbers,)), ("l", "appendValue", (number,)), ("l", "appendList", (numbers,)),
    ("l", "clear", ()), ("l", "appendValue", (number,)),
    ("m", "exists", ()), ("m", "getValue", (name,)), ("m", "containsKey", (name,)), ("m", "updateValue", (name, number)),
    ("m", "updateValue", (name, number)), ("m", "iterator", ()), ("m", "keys", ()), ("m", "values", ()), ("m", "removeKey", (name,)),
    ("m", "clear", ()),
)  # fmt: skip
"""What is called and how its arguments are drawn; what adds is there twice."""


def variable_call(chance: random.Random) -> Call:
    thing, method, arguments = chance.choice(CALLS)
    return [thing, method, *[draw(chance) for draw in arguments]]


def timer_call(chance: random.Random, moments: list[list[Any]]) -> Call:
    method = chance.choice(["registerTimer"] * 4 + ["deleteTimer"] * 2 + ["listTimers"] * 3)
    return ["h", method, *([] if method == "listTimers" else [chance.choice(moments)])]


def script(chance: random.Random, moments: list[list[Any]], most: int = 5) -> list[Call]:
    """Return a few calls, about a third of them on timers where there are moments for them."""
    return [
        timer_call(chance, moments) if moments and chance.random() < 0.35 else variable_call(chance)
        for _ in range(chance.randrange(1, most + 1))
    ]


def event_moments(minutes: int) -> list[list[Any]]:
    """Return moments about the rows' times and the watermark; ``minutes``: by which it is behind."""
    behind = -minutes * MINUTE
    return [
        ["row", 0], ["row", behind], ["row", behind - 1], ["row", behind + 1], ["row", 10 * MINUTE], ["row", 40 * MINUTE],
        ["watermark", 0], ["watermark", -1], ["watermark", 1], ["watermark", 15 * MINUTE], ["watermark", -DAY],
    ]  # fmt: skip


LATER = [
    ["due", 1],
    ["due", 10 * MINUTE],
    ["due", 0],
    ["watermark", 0],
    ["watermark", 5 * MINUTE],
    ["watermark", -1],
]
CLOCK = [["now", DAY], ["now", 2 * DAY], ["now", -1], ["now", -DAY], ["now", 0]]
CLOCK_LATER = [["now", DAY], ["now", 3 * DAY]]


def _case(
    chance: random.Random, label: str, inputs: dict[str, Input], words: dict[str, Any], **more: Any
) -> Case:
    mode = chance.choice(["append", "update"])
    step = {
        "kind": "Scripted",
        "key": ["k"],
        "mode": mode,
        "form": chance.choice(["rows", "pandas"]),
        "words": words,
        **more,
    }
    files = len(inputs["a"].batches)
    step["stop_after"] = chance.choice([0, 0, chance.randrange(1, files)])
    if chance.random() < 0.3:
        count = len(words["scripts"])
        step["initial"] = [[key, chance.randrange(count), 0.5] for key in "acz"]
    return Case(label, inputs, [("processor", step)], mode)


def inputs(chance: random.Random, delay: str, scripts: int) -> dict[str, Input]:
    """Return a source whose rows' ``x`` is the number of a script."""
    given = draw_input(chance, delay, keys="abcd")
    rows = [[{**row, "x": chance.randrange(scripts)} for row in batch] for batch in given.batches]
    return {"a": Input(delay, rows)}


def untimed(chance: random.Random, label: str) -> Case:
    scripts = [script(chance, []) for _ in range(20)]
    return _case(chance, label, inputs(chance, "", len(scripts)), {"scripts": scripts}, time="None")


def event(chance: random.Random, label: str) -> Case:
    delay = chance.choice(list(DELAYS))
    scripts = [script(chance, event_moments(DELAYS[delay])) for _ in range(20)]
    timers = [script(chance, LATER, 3) for _ in range(5)]
    words = {"scripts": scripts, "timers": timers}
    return _case(chance, label, inputs(chance, delay, len(scripts)), words, time="EventTime")


def clock(chance: random.Random, label: str) -> Case:
    scripts = [script(chance, CLOCK) for _ in range(20)]
    timers = [script(chance, CLOCK_LATER, 3) for _ in range(5)]
    words = {"scripts": scripts, "timers": timers, "ttl_ms": chance.choice([None, DAY, 1])}
    case = _case(chance, label, inputs(chance, "", len(scripts)), words, time="ProcessingTime")
    case.steps[0][1]["stop_after"] = 0
    return case


KINDS = (untimed, event, event, clock)


def draw(number: int) -> Case:
    """Return the case of a number."""
    kind = KINDS[number % len(KINDS)]
    return kind(random.Random(50_000 + number), f"script-{kind.__name__}-{number}")
