"""A branch that is not taken never fails."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tests.engine.functions.calls import Frame, call, run
from workbench.base.errors import ArithmeticFault, NumberFormatFault

NUMBERS = Frame(pa.table({"x": pa.array([0, 5, 20, None], pa.int32()), "s": ["1", "x", "3", None]}))
X, S = NUMBERS["x"], NUMBERS["s"]
TEN_OVER_X = call("/", 10, X)


def test_the_guarded_side_of_and_runs_only_where_the_guard_holds() -> None:
    made = call("and", call("!=", X, 0), call(">", TEN_OVER_X, 1))
    assert run(made, NUMBERS) == [False, True, False, None]


def test_the_guarded_side_of_or_runs_only_where_the_guard_fails() -> None:
    made = call("or", call("==", X, 0), call(">", TEN_OVER_X, 1))
    assert run(made, NUMBERS) == [True, True, False, None]


def test_case_evaluates_only_the_branch_it_takes() -> None:
    made = call("when", call("==", X, 0), 0.0, TEN_OVER_X)
    assert run(made, NUMBERS) == [0.0, 2.0, 0.5, None]


def test_a_boolean_case_evaluates_only_the_branch_it_takes() -> None:
    made = call("when", call("==", X, 0), False, call(">", TEN_OVER_X, 1))
    assert run(made, NUMBERS) == [False, True, False, None]


def test_a_boolean_coalesce_stops_at_the_first_value() -> None:
    made = call("coalesce", call("==", X, 0), call(">", call("/", 1, call("-", X, X)), 1))
    assert run(made, NUMBERS)[:3] == [True, False, False]


def test_coalesce_stops_at_the_first_value() -> None:
    made = call("coalesce", X, call("/", 1, call("-", X, X)))
    assert run(made, NUMBERS)[:3] == [0.0, 5.0, 20.0]


def test_without_a_guard_the_error_is_named() -> None:
    with pytest.raises(ArithmeticFault, match="DIVIDE_BY_ZERO"):
        run(TEN_OVER_X, NUMBERS)


def test_a_cast_of_bad_text_names_the_text() -> None:
    with pytest.raises(NumberFormatFault, match="'x'"):
        run(call("+", S, 1), NUMBERS)
