"""Array functions over whole columns, against the same steps written row by row."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import types as t

from tests.engine.functions.calls import Frame, call, literal, run
from workbench.base.errors import AnalysisError, ExecutionError, IllegalArgument
from workbench.engine.functions.kernels import collections, sets
from workbench.engine.functions.kernels.orders import codes

Row = list[Any] | None
CHANCE = random.Random(7)
INTS = pa.list_(pa.int64())


def some_lists(count: int) -> list[Row]:
    """Return lists of few small numbers with NULLs in and among them."""
    return [
        None
        if CHANCE.random() < 0.1
        else [CHANCE.choice([None, 1, 2, 3, 4]) for _ in range(CHANCE.randrange(6))]
        for _ in range(count)
    ]


LEFT, RIGHT = some_lists(300), some_lists(300)
WANTED = [CHANCE.choice([None, 1, 2, 3]) for _ in range(300)]
PLACES = [CHANCE.choice([-7, -3, -1, 1, 2, 6]) for _ in range(300)]


def column(values: list[Any], kind: pa.DataType) -> pa.Array:
    """Return the values as the end of a longer array, as a batch cut out of another one has them."""
    return pa.array([values[0], *values], kind).slice(1)


def once(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def contained(one: Row, wanted: Any) -> bool | None:
    if one is None or wanted is None:
        return None
    return True if wanted in one else (None if None in one else False)


def overlapping(one: Row, other: Row) -> bool | None:
    if one is None or other is None:
        return None
    if (set(one) & set(other)) - {None}:
        return True
    return None if one and other and None in (*one, *other) else False


def inserted(one: Row, place: int, value: Any) -> Row:
    if one is None:
        return None
    if place > 0:
        padded = one + [None] * (place - 1 - len(one))
        return [*padded[: place - 1], value, *padded[place - 1 :]]
    start = len(one) + place + 1
    if start < 0:
        return [value] + [None] * -start + one
    return [*one[:start], value, *one[start:]]


def of_both(step: Callable[[list, list], list]) -> Callable[[Row, Row], Row]:
    return lambda one, other: None if one is None or other is None else step(one, other)


def test_values_are_looked_for_in_every_list_at_once() -> None:
    lists, wanted = column(LEFT, INTS), column(WANTED, pa.int64())
    found = collections.contains(lists, wanted).to_pylist()
    assert found == [contained(*pair) for pair in zip(LEFT, WANTED, strict=True)]
    places = collections.position(lists, wanted).to_pylist()
    assert places == [
        None if one is None or x is None else (one.index(x) + 1 if x in one else 0)
        for one, x in zip(LEFT, WANTED, strict=True)
    ]


def test_values_are_taken_out_and_put_in() -> None:
    lists, values = column(LEFT, INTS), column(WANTED, pa.int64())
    assert collections.removed(lists, values, to=INTS).to_pylist() == [
        None if one is None or x is None else [y for y in one if y != x]
        for one, x in zip(LEFT, WANTED, strict=True)
    ]
    assert collections.compacted(lists, to=INTS).to_pylist() == [
        None if one is None else [y for y in one if y is not None] for one in LEFT
    ]
    for first in (True, False):
        made = collections.with_ends(lists, values, to=INTS, first=first).to_pylist()
        assert made == [
            None if one is None else ([x, *one] if first else [*one, x])
            for one, x in zip(LEFT, WANTED, strict=True)
        ]
    made = collections.inserted(lists, column(PLACES, pa.int32()), values, to=INTS).to_pylist()
    assert made == [inserted(*row) for row in zip(LEFT, PLACES, WANTED, strict=True)]


@pytest.mark.parametrize(
    ("kernel", "step"),
    [
        (sets.union, lambda one, other: once(one + other)),
        (sets.intersection, lambda one, other: once([x for x in one if x in other])),
        (sets.difference, lambda one, other: once([x for x in one if x not in other])),
    ],
)
def test_two_lists_are_taken_as_sets(kernel: Any, step: Any) -> None:
    made = kernel(column(LEFT, INTS), column(RIGHT, INTS), to=INTS).to_pylist()
    assert made == [of_both(step)(*pair) for pair in zip(LEFT, RIGHT, strict=True)]


def test_overlap_has_three_answers() -> None:
    made = sets.overlap(column(LEFT, INTS), column(RIGHT, INTS)).to_pylist()
    assert made == [overlapping(*pair) for pair in zip(LEFT, RIGHT, strict=True)]


@pytest.mark.parametrize("up", [True, False])
def test_lists_are_sorted_with_their_nulls_at_the_low_end(up: bool) -> None:
    made = collections.ordered(
        column(LEFT, INTS), pa.array([up] * 300), to=INTS, nulls_first=True
    ).to_pylist()
    low = -(2**63)
    assert made == [
        None if one is None else sorted(one, key=lambda x: low if x is None else x, reverse=not up)
        for one in LEFT
    ]


def test_the_largest_and_the_smallest_pass_over_nulls() -> None:
    for largest, pick in ((True, max), (False, min)):
        made = collections.extreme(column(LEFT, INTS), largest=largest).to_pylist()
        known = [[x for x in one or [] if x is not None] for one in LEFT]
        assert made == [pick(one) if one else None for one in known]


def test_nested_values_keep_spark_s_order() -> None:
    values = [None, [], [None], [None, 1], [1], [1, None], [1, 0], [1, 2], [2]]
    made = codes(pa.array(values, INTS))
    assert list(made) == sorted(made)
    assert len(set(made)) == len(values)
    floats = pa.array(
        [None, float("-inf"), -0.0, 0.0, 1.5, float("inf"), float("nan"), float("nan")]
    )
    assert list(codes(floats)) == [0, 1, 2, 2, 3, 4, 5, 5]


def test_far_numbers_and_texts_have_an_order_too() -> None:
    assert list(codes(pa.array([2**62, -(2**62), None, 0]))) == [3, 1, 0, 2]
    assert list(codes(pa.array(["b", "ä", "", None, "b"]))) == [2, 3, 1, 0, 2]


def test_a_sequence_of_days_follows_the_session_s_clock() -> None:
    moments = pa.timestamp("us", "UTC")
    start = [
        1_585_263_600_000_000
    ]  # midnight of 27 March 2020 in Berlin; the clock goes forward on the 29th
    frame = Frame(
        pa.table(
            {
                "a": pa.array(start).cast(moments),
                "b": pa.array([start[0] + 4 * 86_400_000_000]).cast(moments),
            }
        )
    )
    made = call("sequence", frame["a"], frame["b"])
    zoned = type(made)(
        made.function, made.arguments, made.type, made.nullable, (("timeZone", "Europe/Berlin"),)
    )
    hours = [moment.hour for moment in run(zoned, frame)[0]]
    assert hours == [23, 23, 23, 22, 22]


def test_a_sequence_that_never_ends_is_refused() -> None:
    with pytest.raises(IllegalArgument) as error:
        run(call("sequence", 1, 5, -1))
    assert error.value.condition == "ILLEGAL_SEQUENCE_BOUNDARIES"


def test_a_list_is_not_made_longer_than_memory() -> None:
    with pytest.raises(ExecutionError) as error:
        run(call("sequence", 1, literal(2**40, t.LongType())))
    assert error.value.condition == "COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER"


def test_text_does_not_become_a_number_beside_an_array() -> None:
    with pytest.raises(AnalysisError) as error:
        call("array_append", call("array", 1, 2), "x")
    assert error.value.condition == "DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES"


def test_shuffling_keeps_every_element_where_it_belongs() -> None:
    frame = Frame(pa.table({"x": pa.array([list(range(20)), None, [], [100]], INTS)}))
    made = run(call("shuffle", frame["x"], 3), frame)
    assert sorted(made[0]) == list(range(20))
    assert made[0] != list(range(20))
    assert made[1:] == [None, [], [100]]
