"""Columns of state in the form Spark keeps them in."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from workbench.engine.state_source.forms import arrays_of, fields_of

SUMS = pa.array([Decimal("1.25"), None, Decimal("-0.50")], pa.decimal128(18, 2))


@pytest.mark.parametrize(
    ("name", "column", "expected"),
    [
        ("n", pa.array([1, None]), {"n": [1, None]}),
        ("avg#zero", pa.array([1.5, None]), {"avg": [1.5, 0.0]}),
        ("sum#zero", pa.array([5, None], pa.duration("us")).cast(pa.int64()), {"sum": [5, 0]}),
        ("sum#unscaled", SUMS, {"sum": [125, None, -50]}),
        ("sum#unscaled", SUMS[1:], {"sum": [None, -50]}),
        ("sum#unscaledDouble", SUMS, {"sum": [125.0, 0.0, -50.0]}),
        (
            "sum#isEmpty",
            SUMS,
            {"sum": [Decimal("1.25"), 0, Decimal("-0.50")], "isEmpty": [False, True, False]},
        ),
        (
            "MS#words#2",
            pa.array([bytes([1, 2] + [0] * 8 + [3] + [0] * 5), None], pa.binary()),
            {"MS[0]": [1 + (2 << 6), 0], "MS[1]": [3, 0]},
        ),
        ("MS#words#1", pa.array([], pa.binary()), {"MS[0]": []}),
        ("xMk#hidden", pa.array([1.0]), {}),
        ("odd#name", pa.array([1]), {"odd#name": [1]}),
    ],
)
def test_a_column_is_shown_as_sparks(name, column, expected):
    fields = fields_of(name, column.type)
    arrays = arrays_of(name, column)
    assert {f.name: a.to_pylist() for f, a in zip(fields, arrays, strict=True)} == expected
    assert [f.type for f in fields] == [a.type for a in arrays]
