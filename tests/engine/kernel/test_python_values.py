"""Columns as Python values and back: what the fast way gives is what PySpark's own conversion gives."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyspark.sql import types as t
from pyspark.sql.conversion import ArrowTableToRowsConversion, LocalDataToArrowConversion

from workbench.base.arrow_types import to_arrow
from workbench.base.ddl import parse_ddl
from workbench.engine.kernel.frame_blocks import Stack, rows_of, stacked
from workbench.engine.kernel.python_values import arrow_column, python_list

PAIR = "struct<a: bigint, b: string>"
COLUMNS = [
    ("bigint", [1, None, -3]), ("int", [1, 2, 3]), ("smallint", [7, 8, None]), ("tinyint", [1, None, None]), ("double", [1.5, float("inf"), None]),
    ("float", [0.5, None, 2.0]), ("boolean", [True, None, False]), ("string", ["a", None, "ü"]), ("binary", [b"x", None, b""]),
    ("date", [dt.date(2024, 1, 1), None, dt.date(1, 1, 1)]), ("decimal(9,2)", [Decimal("1.50"), None, Decimal("-2.00")]),
    ("timestamp", [dt.datetime(2024, 5, 1, 12, 30, 1, 123456), None, dt.datetime(1969, 12, 31, 23, 59, 59, 5)]),
    ("timestamp_ntz", [dt.datetime(2024, 5, 1), None, dt.datetime(1960, 1, 1)]), ("interval day to second", [dt.timedelta(1, 2, 3), None, dt.timedelta(0)]),
    ("array<bigint>", [[1, None], [], None]), (f"array<{PAIR}>", [[(1, "x")], [], [(None, None), (3, "y")]]),
    ("map<string, bigint>", [{"a": 1}, None, {}]), (PAIR, [(1, "x"), (None, None), (2, None)]),
    ("struct<p: struct<q: int>, l: array<string>>", [((1,), ["a"]), ((None,), None), (None, [])]),
]  # fmt: skip


def plain(value):
    """A value without telling Rows from tuples."""
    if isinstance(value, (tuple, list)):
        return (
            type(value)(plain(one) for one in value)
            if type(value) is list
            else tuple(plain(one) for one in value)
        )
    return value


@pytest.mark.parametrize(("ddl", "values"), COLUMNS)
def test_a_column_is_what_pyspark_makes_of_it(ddl, values):
    schema = parse_ddl(f"value {ddl}")
    kind = schema.fields[0].dataType
    theirs = (
        LocalDataToArrowConversion.convert([(one,) for one in values], schema, True)
        .column(0)
        .cast(to_arrow(kind))
    )

    ours = arrow_column(values, kind)

    assert ours.equals(theirs.combine_chunks())
    table = pa.table({"value": ours.slice(1)})
    assert plain(python_list(ours.slice(1), kind)) == plain(
        [one for (one,) in ArrowTableToRowsConversion.convert(table, schema)]
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("bigint", "x"),
        ("double", "1"),
        ("boolean", 3),
        ("date", "2024"),
        (PAIR, (1,)),
        (PAIR, "ab"),
    ],
)
def test_what_does_not_fit_is_refused_as_pyspark_refuses_it(kind, value):
    schema = parse_ddl(f"value {kind}")
    with pytest.raises(Exception) as theirs:
        LocalDataToArrowConversion.convert([(value,)], schema, True)
    with pytest.raises(Exception) as ours:
        arrow_column([value], schema.fields[0].dataType)
    assert type(ours.value) is type(theirs.value)


def test_whatever_is_no_string_becomes_one_as_in_pyspark():
    assert arrow_column([1, True, None, "x", b"y"], t.StringType()).to_pylist() == [
        "1",
        "true",
        None,
        "x",
        "b'y'",
    ]


def test_rows_cut_out_of_a_frame_are_a_frame_of_their_own():
    whole = pd.DataFrame(
        {
            "a": [1, 2, 3, 4],
            "s": list("wxyz"),
            "b": [0.5, 1, 1.5, 2],
            "t": pd.to_datetime(["2024"] * 4),
        }
    )

    part = rows_of(whole, 1, 3)
    part["new"] = 1
    part.loc[0, "a"] = 20

    expected = whole.iloc[1:3].reset_index(drop=True).assign(new=1)
    pd.testing.assert_frame_equal(part, expected)
    assert rows_of(whole, 2, 2).empty


@pytest.mark.parametrize(
    "frames",
    [
        [pd.DataFrame({"k": [1], "n": ["a"]}), pd.DataFrame({"k": [2, 3], "n": ["b", None]})],
        [pd.DataFrame({"k": [1], "n": [1.5]}), pd.DataFrame({"k": [2], "n": [2]})],
        [pd.DataFrame({"n": [1], "k": ["a"]}), pd.DataFrame({"k": ["b"], "n": [2]})],
        [pd.DataFrame([(1, "a")]), pd.DataFrame([(2, "b")])],
        [pd.DataFrame({"c": pd.Categorical(["x"])}), pd.DataFrame({"c": pd.Categorical(["y"])})],
        [
            pd.DataFrame({"t": pd.to_datetime(["2024-01-01"]), "u": [np.nan]}),
            pd.DataFrame({"t": pd.to_datetime(["2025-01-01"]), "u": [1.0]}),
        ],
        [pd.DataFrame([[1, 2]], columns=["d", "d"]), pd.DataFrame([[3, 4]], columns=["d", "d"])],
    ],
)
def test_frames_put_together_by_their_blocks_are_what_concat_makes(frames):
    pd.testing.assert_frame_equal(stacked(frames), pd.concat(frames, ignore_index=True))


def test_a_stack_keeps_the_order_of_thousands_and_skips_the_empty():
    stack = Stack()
    for number in range(2000):
        stack.add(pd.DataFrame({"n": [number]}) if number % 2 else pd.DataFrame({"other": []}))

    assert stack.frame().n.tolist() == list(range(1, 2000, 2))
    assert Stack().frame() is None
