"""JSON and CSV in a column."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tests.engine.functions.calls import Frame, call, run
from workbench.base.errors import AnalysisError, ExecutionError

TEXTS = Frame(
    pa.table(
        {
            "json": ['{"a": 1, "b": ["x"]}', None, "", "no", '{"a": "x", "b": null}', '{"b": []}'],
            "csv": ["1,x", None, "", "2", "y,z", '3,"p,q"'],
        }
    )
)
BAD = {"a": None, "b": None}


def test_objects_are_read_row_by_row_and_bad_ones_are_rows_of_nulls() -> None:
    made = run(call("from_json", TEXTS["json"], "a int, b array<string>"), TEXTS)
    assert made == [{"a": 1, "b": ["x"]}, None, None, BAD, BAD, {"a": None, "b": []}]


def test_good_objects_are_read_all_at_once() -> None:
    frame = Frame(pa.table({"x": [f'{{"a": {i}, "t": "2020-01-01"}}' for i in range(1000)]}))
    made = run(call("from_json", frame["x"], "a bigint, t date"), frame)
    assert [row["a"] for row in made] == list(range(1000))
    assert str(made[0]["t"]) == "2020-01-01"


def test_a_bad_object_is_kept_where_the_schema_has_room_for_it() -> None:
    made = run(call("from_json", TEXTS["json"], "a int, _corrupt_record string"), TEXTS)
    assert made[3] == {"a": None, "_corrupt_record": "no"}
    assert made[0] == {"a": 1, "_corrupt_record": None}


def test_a_strict_reader_stops_at_the_first_bad_object() -> None:
    with pytest.raises(ExecutionError) as error:
        run(call("from_json", TEXTS["json"], "a int", call("map", "mode", "FAILFAST")), TEXTS)
    assert error.value.condition == "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION"


def test_what_is_written_is_read_again() -> None:
    first = call("from_json", TEXTS["json"], "a int, b array<string>")
    again = call("from_json", call("to_json", first), "a int, b array<string>")
    assert run(again, TEXTS) == run(first, TEXTS)


def test_lines_are_read_row_by_row() -> None:
    made = run(call("from_csv", TEXTS["csv"], "a int, b string"), TEXTS)
    assert made == [
        {"a": 1, "b": "x"}, None, BAD, {"a": 2, "b": None}, {"a": None, "b": "z"}, {"a": 3, "b": "p,q"},
    ]  # fmt: skip
    assert (
        run(call("to_csv", call("from_csv", TEXTS["csv"], "a int, b string")), TEXTS)[5]
        == '3,"p,q"'
    )


def test_a_schema_is_told_from_one_text() -> None:
    assert run(call("schema_of_json", '[{"x y": [1.5]}]')) == [
        "ARRAY<STRUCT<`x y`: ARRAY<DOUBLE>>>"
    ]
    assert run(call("schema_of_csv", "1;b", call("map", "sep", ";"))) == [
        "STRUCT<_c0: INT, _c1: STRING>"
    ]


def test_options_are_constants() -> None:
    with pytest.raises(AnalysisError) as error:
        call("to_json", call("from_json", TEXTS["json"], "a int"), call("map", "sep", TEXTS["csv"]))
    assert error.value.condition == "INVALID_OPTIONS.NON_MAP_FUNCTION"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.a[1].b", "2"),
        ("$.a[*].b", '[1,2,"x"]'),
        ("$.a[9]", None),
        ("$.c", "1.5"),
        ("$.d", "t"),
        ("a", None),
    ],
)
def test_a_path_leads_to_a_part(path: str, found: str | None) -> None:
    text = '{"a": [{"b": 1}, {"b": 2}, {"b": "x"}], "c": 1.50, "d": "t"}'
    assert run(call("get_json_object", text, path)) == [found]
