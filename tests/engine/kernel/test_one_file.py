"""A file of one row group is read a thread a column, and gives what DataFusion gives."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import types as t

from workbench.engine.connectors.contract import FileScan
from workbench.engine.kernel.kernel import Kernel
from workbench.engine.kernel.one_file import with_columns_read
from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import Attribute, Call, Literal, Named

A = Attribute("a", t.LongType(), True)
B = Attribute("b", t.StringType(), True)
C = Attribute("c.d", t.DoubleType(), True)
ROWS = o.Placeholder("rows", (A, B, C))
SCHEMA = t.StructType([t.StructField(one.name, one.type, True) for one in (A, B, C)])
TABLE = pa.table({"a": [1, 2, 3], "b": ["p", None, "q"], "c.d": [0.5, 1.5, None]})
ABOVE_ONE = o.Filter(ROWS, Call(">", (A, Literal(1, A.type)), t.BooleanType()))
KERNEL = Kernel(2)

PLANS = {
    "all columns": ROWS,
    "one column": o.Project(ROWS, (Named(C, C),)),
    "computed": o.Project(ROWS, (Named(Call("upper", (B,), B.type), B), Named(A, A))),
    "a condition on a column that goes": o.Project(ABOVE_ONE, (Named(B, B),)),
    "a condition": ABOVE_ONE,
}


def scan(path, table=TABLE, rows_a_group=None):
    pq.write_table(table, path, row_group_size=rows_a_group)
    return FileScan((str(path),), "parquet", SCHEMA, rows=table.num_rows)


def read_as(operator, given):
    """Which placeholder the plan is left with, and what it reads."""
    plan, inputs = with_columns_read(operator, {"rows": given})
    while not isinstance(plan, o.Placeholder):
        plan = plan.child
    return plan, inputs["rows"]


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_it_gives_the_rows_that_datafusion_gives(tmp_path, plan):
    one = scan(tmp_path / "one.parquet")
    many = scan(tmp_path / "many.parquet", rows_a_group=1)
    assert isinstance(read_as(plan, one)[1], pa.Table)
    assert read_as(plan, many) == (ROWS, many)
    ours, theirs = (KERNEL.run(plan, {"rows": given}) for given in (one, many))
    assert ours.to_pydict() == theirs.to_pydict()
    assert ours.schema.equals(theirs.schema)


def test_only_columns_that_are_read_leave_the_file(tmp_path):
    given = scan(tmp_path / "one.parquet")
    place, table = read_as(PLANS["a condition on a column that goes"], given)
    assert place.output == (A, B)
    assert table.column_names == ["a", "b"]


@pytest.mark.parametrize(
    ("stored", "values"),
    [
        (TABLE.set_column(0, "a", pa.array([1, 2, 3], pa.int32())), [1, 2, 3]),
        (TABLE.drop_columns(["a"]), [None, None, None]),
    ],
    ids=["another type", "a column the file lacks"],
)
def test_what_has_to_be_converted_is_left_to_datafusion(tmp_path, stored, values):
    given = scan(tmp_path / "one.parquet", stored)
    plan = o.Project(ROWS, (Named(A, A),))
    assert read_as(plan, given)[1] is given
    assert KERNEL.run(plan, {"rows": given}).column(0).to_pylist() == values


def test_what_cannot_be_read_is_left_to_datafusion_to_say(tmp_path):
    given = scan(tmp_path / "one.parquet")
    (tmp_path / "one.parquet").write_bytes(b"PAR1 and no more")
    assert read_as(ROWS, given)[1] is given
    with pytest.raises(Exception, match=r"(?i)parquet"):
        KERNEL.run(ROWS, {"rows": given})


def test_folders_and_several_files_are_left_to_datafusion(tmp_path):
    one = scan(tmp_path / "one.parquet")
    two = FileScan((*one.paths, *one.paths), "parquet", SCHEMA, rows=6)
    assert read_as(ROWS, two)[1] is two
    assert KERNEL.run(ROWS, {"rows": two}).num_rows == 6
