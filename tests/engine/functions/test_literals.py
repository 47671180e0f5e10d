"""Constants reach DataFusion in exactly the type the plan says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import datafusion
import pytest
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.engine.functions import literals
from workbench.engine.plan.typed import Literal

CASES: list[tuple[Any, t.DataType]] = [
    (1, t.ByteType()),
    (1, t.ShortType()),
    (1, t.IntegerType()),
    (1, t.LongType()),
    (1.5, t.FloatType()),
    (1.5, t.DoubleType()),
    (True, t.BooleanType()),
    ("x", t.StringType()),
    (b"x", t.BinaryType()),
    (Decimal("1.50"), t.DecimalType(10, 2)),
    (18000, t.DateType()),
    (1_577_836_800_000_000, t.TimestampType()),
    (1_577_836_800_000_000, t.TimestampNTZType()),
    (-1, t.DayTimeIntervalType()),
    (14, t.YearMonthIntervalType()),
    ([1, None], t.ArrayType(t.IntegerType())),
    ({"a": 1}, t.MapType(t.StringType(), t.IntegerType())),
    ((1, "x"), t.StructType().add("a", t.IntegerType()).add("b", t.StringType())),
    ([18000], t.ArrayType(t.DateType())),
]


@pytest.mark.parametrize(("value", "kind"), CASES, ids=lambda case: str(case)[:30])
@pytest.mark.parametrize("is_null", [False, True])
def test_a_constant_keeps_its_type(value: Any, kind: t.DataType, is_null: bool) -> None:
    frame = datafusion.SessionContext().from_pydict({"a": [1]})
    made = literals.build(Literal(None if is_null else value, kind))
    column = frame.select(made.alias("x")).to_arrow_table().column("x")
    assert column.type == to_arrow(kind)
    assert (column.null_count == 1) is is_null
