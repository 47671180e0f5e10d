"""Which conditions on two event times are checked as numbers, and what they say at their edges."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import types as t

from workbench.engine.operators.join_times import time_bounds
from workbench.engine.plan.typed import Attribute, Call, Literal

LEFT, RIGHT = (Attribute(name, t.TimestampType(), True) for name in ("lt", "rt"))
LOCAL = Attribute("nt", t.TimestampNTZType(), True)
SECOND = 1_000_000
DAY = 86_400 * SECOND


def span(micros):
    return Literal(micros, t.DayTimeIntervalType())


def compare(sign, smaller, larger):
    return Call(sign, (smaller, larger), t.BooleanType())


def later(time, micros, function="moment_plus_span"):
    return Call(function, (time, span(micros)), t.TimestampType())


def bounds(*parts):
    return time_bounds(parts, [LEFT], [RIGHT, LOCAL])


def apart(*micros):
    """Return pairs of times that lie so far apart; None is a missing time."""
    kind = pa.timestamp("us", "UTC")
    lefts = pa.array([0] * len(micros), pa.int64()).cast(kind)
    return lefts, pa.array(micros, pa.int64()).cast(kind)


@pytest.mark.parametrize(
    ("parts", "holds"),
    [
        ([compare("<=", LEFT, RIGHT), compare("<=", RIGHT, later(LEFT, 5))], [0, 1, 1, 1, 0, 0]),
        ([compare("<", LEFT, RIGHT), compare("<", RIGHT, later(LEFT, 5))], [0, 0, 1, 0, 0, 0]),
        ([compare(">=", RIGHT, LEFT), compare(">", later(LEFT, 5), RIGHT)], [0, 1, 1, 0, 0, 0]),
        ([compare(">", later(RIGHT, 1), LEFT)], [0, 1, 1, 1, 1, 0]),
        ([compare("<=", later(RIGHT, 5, "moment_minus_span"), LEFT)], [1, 1, 1, 1, 0, 0]),
    ],
)
def test_a_pair_at_the_edge_is_in_or_out_as_the_sign_says(parts, holds):
    assert bounds(*parts).hold(*apart(-1, 0, 4, 5, 6, None)).tolist() == [bool(h) for h in holds]


@pytest.mark.parametrize(
    "part",
    [
        compare("<=", RIGHT, later(LEFT, DAY)),
        compare("==", RIGHT, LEFT),
        compare("<=", LOCAL, LEFT),
        compare("<=", LEFT, Literal(0, t.TimestampType())),
        compare("<=", LEFT, LEFT),
        compare("<=", RIGHT, later(LEFT, None)),
        compare("<=", Call("upper", (LEFT,), t.TimestampType()), RIGHT),
    ],
    ids=["a day", "equal", "two types", "a constant", "one side", "no span", "a function"],
)
def test_what_is_more_than_two_times_apart_is_left_to_the_kernel(part):
    assert bounds(part) is None
    assert bounds(compare("<=", LEFT, RIGHT), part) is None


def test_times_whose_difference_may_not_fit_are_left_to_the_kernel():
    ends = pa.array(np.array([np.iinfo(np.int64).max - 1])).cast(pa.timestamp("us", "UTC"))
    assert bounds(compare("<=", LEFT, RIGHT)).hold(ends, ends) is None
