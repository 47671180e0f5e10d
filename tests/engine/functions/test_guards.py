"""A row an earlier filter removed never fails in a later one."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyspark.sql import types as t

from tests.engine.functions.calls import call
from workbench.base.errors import ArithmeticFault
from workbench.engine.functions.guards import guard
from workbench.engine.kernel.kernel import Kernel
from workbench.engine.plan import operators as o
from workbench.engine.plan import typed

X = typed.Attribute("x", t.IntegerType(), nullable=True)
TABLE = o.LocalTable(pa.table({"x": pa.array([0, 5, 20, None], pa.int32())}), (X,))
KERNEL = Kernel(partitions=1)
TEN_OVER_X = call("/", 10, X)
NOT_ZERO = o.Filter(TABLE, call("!=", X, 0))


def rows(operator: o.Operator) -> list:
    return KERNEL.run(guard(operator)).column(0).to_pylist()


def test_a_filter_relies_on_the_filter_below() -> None:
    assert rows(o.Filter(NOT_ZERO, call(">", TEN_OVER_X, 1))) == [5]


def test_three_filters_in_a_row() -> None:
    present = o.Filter(TABLE, call("isnotnull", X))
    positive = o.Filter(present, call(">", X, 0))
    assert rows(o.Filter(positive, call(">", TEN_OVER_X, 1))) == [5]


def test_a_filter_on_a_computed_column_relies_on_the_filter_below_the_projection() -> None:
    y = typed.Attribute("y", t.DoubleType(), nullable=True)
    project = o.Project(NOT_ZERO, (typed.Named(TEN_OVER_X, y),))
    assert rows(o.Filter(project, call(">", y, 1))) == [2.0]


def test_what_nothing_guards_still_fails() -> None:
    with pytest.raises(ArithmeticFault, match="DIVIDE_BY_ZERO"):
        rows(o.Filter(TABLE, call(">", TEN_OVER_X, 1)))


def test_filters_that_cannot_fail_stay_as_they_are() -> None:
    plan = o.Filter(NOT_ZERO, call(">", X, 1))
    assert guard(plan) == plan
