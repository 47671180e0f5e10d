"""Plans that choose columns, answered without a query engine."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyspark.sql import types as t

from workbench.engine.kernel.kernel import Kernel
from workbench.engine.kernel.picking import picked
from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import Attribute, Call, Named

A = Attribute("a", t.LongType(), True)
B = Attribute("b", t.StringType(), True)
ROWS = o.Placeholder("rows", (A, B))
TABLE = pa.table({"x": [1, 2], "y": ["p", None]})


def renamed(child, *columns):
    return o.Project(child, tuple(Named(c, Attribute("n", c.type, True)) for c in columns))


@pytest.mark.parametrize(
    "plan", [renamed(ROWS, B, A, B), renamed(o.Project(ROWS, (Named(B, B), Named(A, A))), A)]
)
def test_columns_are_picked_as_the_engine_picks_them(plan):
    found = picked(plan, {"rows": TABLE})
    child = o.Project(ROWS, tuple(Named(a, a) for a in ROWS.output))
    slow = Kernel().run(
        o.Filter(plan, Call("isnotnull", (plan.output[-1],), t.BooleanType(), False)),
        {"rows": TABLE},
    )
    assert found.schema.equals(slow.schema)
    assert found.column_names == [a.column for a in plan.output]
    assert (
        found.column(0).to_pylist()
        == Kernel().run(child, {"rows": TABLE}).column(plan.expressions[0].child.column).to_pylist()
    )


def test_a_table_is_taken_as_it_is():
    found = picked(ROWS, {"rows": TABLE})
    assert found.column_names == [A.column, B.column]
    assert found.to_pydict() == {A.column: [1, 2], B.column: ["p", None]}


def test_anything_else_is_left_to_the_engine():
    computed = o.Project(ROWS, (Named(Call("upper", (B,), t.StringType(), True), B),))
    for plan in (
        computed,
        renamed(o.Filter(ROWS, Call("isnotnull", (A,), t.BooleanType(), False)), A),
    ):
        assert picked(plan, {"rows": TABLE}) is None
