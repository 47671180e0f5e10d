"""Functions over maps."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyspark.sql import types as t

from tests.engine.functions.calls import CONF, Frame, call, run
from workbench.base.errors import AnalysisError, ExecutionError

MAPS = pa.map_(pa.string(), pa.int64())
ROWS = Frame(
    pa.table(
        {"m": pa.array([[("a", 1), ("b", None)], None, []], MAPS), "t": ["x:1,y:2", "z", None]}
    )
)


def test_a_map_is_taken_apart() -> None:
    assert run(call("map_keys", ROWS["m"]), ROWS) == [["a", "b"], None, []]
    assert run(call("map_values", ROWS["m"]), ROWS) == [[1, None], None, []]
    assert run(call("map_entries", ROWS["m"]), ROWS) == [
        [{"key": "a", "value": 1}, {"key": "b", "value": None}], None, [],
    ]  # fmt: skip
    assert run(call("size", ROWS["m"]), ROWS) == [2, None, 0]


def test_its_parts_make_the_same_map_again() -> None:
    again = call("map_from_arrays", call("map_keys", ROWS["m"]), call("map_values", ROWS["m"]))
    assert run(again, ROWS) == run(ROWS["m"], ROWS)
    assert run(call("map_from_entries", call("map_entries", ROWS["m"])), ROWS) == run(
        ROWS["m"], ROWS
    )


def test_maps_are_joined_and_a_missing_one_leaves_nothing() -> None:
    more = call("map", "c", 3)
    assert run(call("map_concat", ROWS["m"], more), ROWS) == [
        [("a", 1), ("b", None), ("c", 3)],
        None,
        [("c", 3)],
    ]


def test_the_policy_says_which_of_two_equal_keys_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ExecutionError) as error:
        run(call("map_concat", ROWS["m"], call("map", "a", 9)), ROWS)
    assert error.value.condition == "DUPLICATED_MAP_KEY"
    monkeypatch.setitem(CONF, "spark.sql.mapKeyDedupPolicy", "LAST_WIN")
    made = run(call("map_concat", ROWS["m"], call("map", "a", 9)), ROWS)
    assert made == [[("a", 9), ("b", None)], None, [("a", 9)]]


def test_text_becomes_a_map_by_two_delimiters() -> None:
    made = [[("x", "1"), ("y", "2")], [("z", None)], None]
    assert run(call("str_to_map", ROWS["t"]), ROWS) == made
    assert run(call("str_to_map", "a=1|b=2", "[|]", "="), None) == [[("a", "1"), ("b", "2")]]


def test_arrays_of_different_lengths_make_no_map() -> None:
    with pytest.raises(ExecutionError) as error:
        run(call("map_from_arrays", call("array", 1, 2), call("array", 1)))
    assert error.value.condition == "_LEGACY_ERROR_TEMP_2128"


def test_a_map_is_asked_for_by_name() -> None:
    with pytest.raises(AnalysisError) as error:
        call("map_keys", call("array", 1))
    assert error.value.condition == "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"
    assert isinstance(call("map_concat").type, t.MapType)
