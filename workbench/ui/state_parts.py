"""The parts of an operator's state that are read by themselves: the sides of a join, the variables of a processor."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

JOIN = "symmetricHashJoin"
TRANSFORM = "transformWithState"
SIDES = ("left", "right")
TIMERS = "TimerState"
BY_CLOCK = "ProcessingTime"


@dataclass(frozen=True, slots=True)
class Parts:
    """What the checkpoint tells of one operator.

    Attributes
    ----------
    variables : tuple of str
        The state variables of `transformWithState`.
    time_mode : str
        What its timers wait for; "" where the server does not tell.
    """

    variables: tuple[str, ...] = ()
    time_mode: str = ""


def is_join(name: str) -> bool:
    """Whether an operator's state has two sides."""
    return name == JOIN


def has_variables(name: str) -> bool:
    """Whether an operator's state is a user's variables and timers."""
    return name.startswith(TRANSFORM)


def parts_of(stores: pd.DataFrame, operator: int) -> Parts:
    """Return an operator's parts from the properties that `format("state-metadata")` tells of a processor."""
    rows = stores[stores["operatorId"] == operator]
    for told in rows["operatorProperties"].dropna():
        properties = json.loads(told)
        names = [
            one["stateName"]
            for one in properties.get("stateVariables", ())
            if one.get("stateVariableType") != TIMERS
        ]
        return Parts(tuple(names), str(properties.get("timeMode", "")))
    return Parts()


def others(name: str, parts: Parts) -> list[dict[str, Any]]:
    """Return what else of an operator can be read than what is read when nothing is asked for."""
    if is_join(name):
        return [{"side": side} for side in SIDES[1:]]
    return [{"variable": variable} for variable in parts.variables[1:]]
