"""Window functions and aggregates over frames."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tests.engine.functions.calls import Frame, call, over

ROWS = Frame(
    pa.table(
        {"k": ["a", "a", "a", "b", "b"], "x": [1, 1, 4, 1, 5], "s": ["p", None, "q", "r", "s"]}
    )
)


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("row_number", [1, 2, 3, 1, 2]),
        ("rank", [1, 1, 3, 1, 2]),
        ("dense_rank", [1, 1, 2, 1, 2]),
        ("percent_rank", [0.0, 0.0, 1.0, 0.0, 1.0]),
        ("cume_dist", [2 / 3, 2 / 3, 1.0, 0.5, 1.0]),
    ],
)
def test_rows_are_ranked_within_their_partition(name: str, answers: list) -> None:
    assert over(call(name), ROWS, "k", "x") == answers


def test_a_row_looks_back_and_finds_the_default_only_where_there_is_no_row() -> None:
    assert over(call("lag", ROWS["s"], 1, "none"), ROWS, "k", "x") == [
        "none",
        "p",
        None,
        "none",
        "r",
    ]


def test_without_an_ordering_the_whole_partition_is_summed() -> None:
    assert over(call("sum", ROWS["x"]), ROWS, "k") == [6, 6, 6, 6, 6]


def test_with_an_ordering_peers_are_summed_together() -> None:
    assert over(call("sum", ROWS["x"]), ROWS, "k", "x") == [2, 2, 6, 1, 6]


def test_an_aggregate_of_several_buffers_works_in_a_frame() -> None:
    assert over(call("avg", ROWS["x"]), ROWS, "k", "x", ("rows", -1, 0)) == [
        1.0,
        1.0,
        2.5,
        1.0,
        3.0,
    ]


def test_a_value_at_the_greatest_key_is_found_in_a_window() -> None:
    assert over(call("max_by", ROWS["s"], ROWS["x"]), ROWS, "k") == ["q", "q", "q", "s", "s"]


def test_a_range_is_measured_on_the_key() -> None:
    assert over(call("count", ROWS["x"]), ROWS, "k", "x", ("range", -3, 0)) == [2, 2, 3, 1, 1]


def test_a_frame_may_lie_on_one_side_of_the_row() -> None:
    assert over(call("count", ROWS["x"]), ROWS, "k", "x", ("rows", 1, 2)) == [2, 1, 0, 1, 0]


def test_a_moving_frame_forgets_what_it_has_left() -> None:
    frame = Frame(pa.table({"x": [1, 2, 3, 4], "b": [False, True, True, None]}))
    assert over(call("bool_and", frame["b"]), frame, None, "x", ("rows", -1, 0)) == [
        False,
        False,
        True,
        True,
    ]
    assert over(call("bit_or", frame["x"]), frame, None, "x", ("rows", -1, 0)) == [1, 3, 3, 7]


def test_the_second_value_of_a_frame() -> None:
    found = over(call("nth_value", ROWS["s"], 2), ROWS, "k", "x", ("rows", None, None))
    assert found == [None, None, None, "s", "s"]
