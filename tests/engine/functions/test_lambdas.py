"""Higher-order functions: a lambda's body runs over all elements of a batch at once."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import types as t

from tests.engine.functions.calls import Frame, call, run
from workbench.base.errors import AnalysisError, ArithmeticFault, ExecutionError
from workbench.engine.plan import typed

LONG = t.LongType()
ROWS = Frame(
    pa.table(
        {
            "xs": pa.array([[1, 2], None, [], [3, None]], pa.list_(pa.int64())),
            "by": pa.array([10, 20, 30, None]),
        }
    )
)


def parameter(name: str, kind: t.DataType = LONG) -> typed.Attribute:
    return typed.Attribute(name, kind, nullable=True)


X, Y = parameter("x"), parameter("y")


def test_a_body_reads_the_row_its_element_is_in() -> None:
    times = typed.Lambda((X,), call("*", X, ROWS["by"]))
    assert run(call("transform", ROWS["xs"], times), ROWS) == [[10, 20], None, [], [None, None]]


def test_a_body_may_count_its_elements() -> None:
    place = parameter("i", t.IntegerType())
    shifted = typed.Lambda((X, place), call("+", X, place))
    assert run(call("transform", ROWS["xs"], shifted), ROWS) == [[1, 3], None, [], [3, None]]


def test_a_lambda_inside_a_lambda_reads_both_elements_and_the_row() -> None:
    inner = typed.Lambda((Y,), call("+", call("*", X, Y), ROWS["by"]))
    outer = typed.Lambda((X,), call("transform", ROWS["xs"], inner))
    assert run(call("transform", ROWS["xs"], outer), ROWS) == [
        [[11, 12], [12, 14]],
        None,
        [],
        [[None, None], [None, None]],
    ]


def test_what_is_not_known_to_be_true_is_filtered_out() -> None:
    large = typed.Lambda((X,), call(">", X, typed.Literal(1, LONG)))
    assert run(call("filter", ROWS["xs"], large), ROWS) == [[2], None, [], [3]]
    assert run(call("exists", ROWS["xs"], large), ROWS) == [True, None, False, True]
    assert run(call("forall", ROWS["xs"], large), ROWS) == [False, None, True, None]


def test_a_fold_goes_through_all_lists_side_by_side() -> None:
    zero = typed.Literal(0, LONG)
    merge = typed.Lambda((X, Y), call("+", X, call("coalesce", Y, zero)))
    finish = typed.Lambda((X,), call("*", X, ROWS["by"]))
    assert run(call("aggregate", ROWS["xs"], zero, merge), ROWS) == [3, None, 0, 3]
    assert run(call("aggregate", ROWS["xs"], zero, merge, finish), ROWS) == [30, None, 0, None]


def test_a_comparator_sorts_many_lists_and_keeps_equals_in_place() -> None:
    chance = random.Random(3)
    lists = [[chance.randrange(1000) for _ in range(chance.randrange(40))] for _ in range(50)]
    frame = Frame(pa.table({"xs": pa.array(lists, pa.list_(pa.int64()))}))
    ten = typed.Literal(10, LONG)
    by_tens = typed.Cast(call("-", call("div", Y, ten), call("div", X, ten)), t.IntegerType())
    made = run(call("array_sort", frame["xs"], typed.Lambda((X, Y), by_tens)), frame)
    assert made == [sorted(one, key=lambda x: -(x // 10)) for one in lists]


def test_a_comparator_that_does_not_answer_is_an_error() -> None:
    silent = typed.Lambda((X, Y), typed.Literal(None, t.IntegerType()))
    with pytest.raises(ExecutionError) as error:
        run(call("array_sort", ROWS["xs"], silent), ROWS)
    assert error.value.condition == "COMPARATOR_RETURNS_NULL"


def test_an_error_inside_a_body_keeps_its_name() -> None:
    broken = typed.Lambda((X,), call("div", X, typed.Literal(0, LONG)))
    with pytest.raises(ArithmeticFault) as error:
        run(call("transform", ROWS["xs"], broken), ROWS)
    assert error.value.condition == "DIVIDE_BY_ZERO"


def test_a_test_must_answer_yes_or_no() -> None:
    with pytest.raises(AnalysisError) as error:
        call("filter", ROWS["xs"], typed.Lambda((X,), X))
    assert error.value.condition == "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"


MAPS: Any = pa.map_(pa.string(), pa.int64())
PAIRS = Frame(
    pa.table(
        {
            "m": pa.array([[("a", 1), ("b", None)], None, [("c", 3)], []], MAPS),
            "n": pa.array([[("b", 5)], [("x", 1)], [("c", 4), ("d", 9)], None], MAPS),
        }
    )
)
KEY = parameter("k", t.StringType())


def test_maps_are_filtered_and_changed_entry_by_entry() -> None:
    known = typed.Lambda((KEY, X), call("isnotnull", X))
    assert run(call("map_filter", PAIRS["m"], known), PAIRS) == [[("a", 1)], None, [("c", 3)], []]
    doubled = typed.Lambda((KEY, X), call("+", X, X))
    assert run(call("transform_values", PAIRS["m"], doubled), PAIRS) == [
        [("a", 2), ("b", None)],
        None,
        [("c", 6)],
        [],
    ]
    upper = typed.Lambda((KEY, X), call("upper", KEY))
    assert run(call("transform_keys", PAIRS["m"], upper), PAIRS) == [
        [("A", 1), ("B", None)],
        None,
        [("C", 3)],
        [],
    ]


def test_two_maps_meet_over_the_keys_of_both() -> None:
    both = typed.Lambda((KEY, X, Y), call("coalesce", Y, X))
    made = run(call("map_zip_with", PAIRS["m"], PAIRS["n"], both), PAIRS)
    assert made == [[("a", 1), ("b", 5)], None, [("c", 4), ("d", 9)], None]


def test_keys_that_become_the_same_are_refused() -> None:
    same = typed.Lambda((KEY, X), typed.Literal("z", t.StringType()))
    with pytest.raises(ExecutionError) as error:
        run(call("transform_keys", PAIRS["m"], same), PAIRS)
    assert error.value.condition == "DUPLICATED_MAP_KEY"
