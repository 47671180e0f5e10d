"""Single rows merged into state, and when rows are aggregated first."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from tests.engine.streaming.plans import at, events, sql
from workbench.base.errors import WorkbenchError
from workbench.engine.operators.merge_rows import merge_rows
from workbench.engine.state.columns import Column
from workbench.testing.memory_stream import MemoryStream
from workbench.testing.stream_test import AddData, CheckNewAnswer, Restart, Stop, run_stream


def merged(way, *batches, kind=None):
    """Merge batches of ``(slot, value)`` into a column and return what the slots hold."""
    column, seen = Column(kind or pa.int64()), set()
    for rows in batches:
        slots = np.array([slot for slot, _ in rows])
        new = np.array([not (slot in seen or seen.add(slot)) for slot, _ in rows])
        merge_rows(
            column, slots, new, pa.chunked_array([pa.array([v for _, v in rows], column.kind)]), way
        )
    return column.at(np.array(sorted(seen))).to_pylist()


def test_rows_of_one_slot_add_up_over_batches():
    assert merged("sum", [(0, 1), (1, 5), (0, 2)], [(1, -1), (0, 4), (1, -1)]) == [7, 3]


def test_a_null_changes_nothing_and_only_nulls_stay_null():
    assert merged(
        "sum", [(0, None), (1, None), (0, 2)], [(1, None), (2, 1)], [(2, None), (0, 3)]
    ) == [5, None, 1]
    assert merged("min", [(0, None), (1, 4)], [(0, 9), (1, None)], [(0, 3)]) == [3, 4]


def test_least_and_greatest_begin_with_the_first_row():
    assert merged("min", [(0, 5), (0, 7), (1, -2)], [(1, 3), (0, 4)]) == [4, -2]
    assert merged("max", [(0, -5), (0, -7), (1, 2)], [(1, 3)]) == [-5, 3]


def test_not_a_number_is_the_greatest():
    nan = math.nan
    least = merged("min", [(0, nan), (0, 2.0), (1, nan)], [(1, nan)], kind=pa.float64())
    assert least[0] == 2.0
    assert math.isnan(least[1])
    assert math.isnan(merged("max", [(0, nan), (0, 2.0)], kind=pa.float64())[0])


def test_a_sum_that_would_wrap_is_an_error():
    large = 2**62
    with pytest.raises(WorkbenchError, match="ARITHMETIC_OVERFLOW"):
        merged("sum", [(0, large), (0, large)])
    assert merged("sum", [(0, large), (0, -large), (0, 5), (1, large)]) == [5, large]
    assert merged("sum", [(0, 2**63 - 1)]) == [2**63 - 1]


def test_the_answers_are_the_same_when_rows_of_few_groups_are_aggregated_first():
    """The second batch has many rows a group, so the third is aggregated before it meets the state, the last is not."""
    stream = MemoryStream("t TIMESTAMP, k STRING")
    many = [(at(0), "a")] * 40
    run_stream(
        sql("SELECT k, count(*) n, max(t) m FROM e GROUP BY k", e=events(stream)),
        AddData(stream, (at(1), "a"), (at(0), "b")),
        CheckNewAnswer(("a", 1, at(1)), ("b", 1, at(0))),
        AddData(stream, *many),
        CheckNewAnswer(("a", 41, at(1))),
        AddData(stream, *many, (at(2), "b")),
        CheckNewAnswer(("a", 81, at(1)), ("b", 2, at(2))),
        Stop(),
        Restart(),
        AddData(stream, (at(3), "c"), (at(3), "a")),
        CheckNewAnswer(("c", 1, at(3)), ("a", 82, at(3))),
        output_mode="update",
    )
