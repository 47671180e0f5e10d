"""Arrow tables in and out of DataFusion."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pyarrow as pa

from workbench.base.arrow_types import to_arrow
from workbench.engine.kernel.running import cancellation, partitions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datafusion import DataFrame, SessionContext

    from workbench.engine.plan.typed import Attribute

_NAMES = itertools.count()
PARALLEL_ROWS = 65_536
"""Below this many rows, one partition: threads would cost more than they bring."""
STOPPABLE_ROWS = 32_768
"""The rows of one batch where somebody may want the work to end."""


def fields(attributes: Sequence[Attribute]) -> pa.Schema:
    """Return the Arrow schema the kernel uses for attributes: columns named by id, all nullable."""
    return pa.schema([pa.field(one.column, to_arrow(one.type)) for one in attributes])


def conform(table: pa.Table, attributes: Sequence[Attribute]) -> pa.Table:
    """Return a table's columns, by position, with the kernel's names and exact types."""
    if not attributes:
        return table
    schema = fields(attributes)
    columns = [
        _exact(column, field.type) for column, field in zip(table.columns, schema, strict=True)
    ]
    return pa.table(columns, schema=schema)


def _exact(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if column.type == kind:
        return column
    if pa.types.is_timestamp(kind) and pa.types.is_timestamp(column.type):
        return column.cast(kind, safe=False)
    return column.cast(kind)


def frame(context: SessionContext, table: pa.Table, partitions: int) -> DataFrame:
    """Return a DataFusion frame over a table, in sequential partitions when it is large.

    The table is not kept by the context.
    """
    parts = _split(table, partitions if table.num_rows >= PARALLEL_ROWS else 1)
    name = f"t{next(_NAMES)}"
    made = context.create_dataframe(parts, name=name)
    context.deregister_table(name)
    return made


def _split(table: pa.Table, count: int) -> list[list[pa.RecordBatch]]:
    size = -(-table.num_rows // count) or 1
    # Work ends between batches, so what may be stopped is cut into small ones.
    most = None if cancellation() is None else STOPPABLE_ROWS
    parts = [table.slice(i * size, size).to_batches(most) for i in range(count)]
    empty = [
        pa.RecordBatch.from_arrays(
            [pa.array([], f.type) for f in table.schema], schema=table.schema
        )
    ]
    return [part or empty for part in parts]


def collect(made: DataFrame, attributes: Sequence[Attribute]) -> pa.Table:
    """Run a frame and return its rows, partitions one after the other, in the kernel's exact types."""
    batches = [batch for part in partitions(made) for batch in part]
    if not batches:
        return fields(attributes).empty_table()
    return conform(pa.Table.from_batches(batches), attributes)
