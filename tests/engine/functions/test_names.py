"""Names that only the Python API sends."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyspark.sql import types as t

from tests.engine.functions.calls import Frame, call, group, run
from workbench.base.errors import AnalysisError

ROWS = Frame(pa.table({"x": [1, 1, 2, None], "s": ["a", "b", "a", None]}))


def test_second_names_give_the_first_name_s_answer() -> None:
    assert run(call("negate", 5)) == [-5]
    assert run(call("bitwise_not", 5)) == [-6]
    assert run(call("create_map", "k", 1)) == [[("k", 1)]]
    assert run(call("session_user")) == run(call("user"))


def test_distinct_forms_leave_out_what_came_before() -> None:
    assert group(call("count_distinct", ROWS["x"]), ROWS)["whole"] == 2
    assert group(call("sum_distinct", ROWS["x"]), ROWS)["whole"] == 3
    for name in ("listagg_distinct", "string_agg_distinct"):
        found = group(call(name, ROWS["s"]), ROWS)["whole"]
        assert sorted(found) == ["a", "b"]


def test_a_product_multiplies_what_is_there() -> None:
    assert group(call("product", ROWS["x"]), ROWS)["whole"] == 2.0


def test_nothing_is_known_of_input_files_outside_a_scan() -> None:
    assert run(call("input_file_name")) == [""]
    assert run(call("input_file_block_start")) == [-1]
    assert run(call("input_file_block_length")) == [-1]


@pytest.mark.parametrize("name", ["grouping", "grouping_id"])
def test_grouping_needs_grouping_sets(name: str) -> None:
    with pytest.raises(AnalysisError, match="UNSUPPORTED_GROUPING_EXPRESSION"):
        call(name)


def test_the_clock_is_read_in_the_type_asked_for() -> None:
    kinds = {
        "current_date": t.DateType(),
        "curdate": t.DateType(),
        "current_timestamp": t.TimestampType(),
        "now": t.TimestampType(),
        "localtimestamp": t.TimestampNTZType(),
    }
    for name, kind in kinds.items():
        made = call(name)
        assert made.type == kind
        assert run(made)[0] is not None


def test_random_numbers_repeat_for_a_seed() -> None:
    frame = Frame(pa.table({"x": list(range(100))}))
    assert run(call("rand", 7), frame) == run(call("rand", 7), frame)
    assert len(set(run(call("rand", 7), frame))) == 100
    assert abs(sum(run(call("randn", 7), frame))) < 50
