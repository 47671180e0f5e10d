"""Table functions of whole Arrow columns: arrays and record batches in, tables and record batches out.

Source of the behaviour: ``arrow_udtf`` of PySpark's worker. A value is an array, the table a record batch, of a batch of its rows.
Beside a table with a PARTITION BY, PySpark's arrays are as long as the batch the partition was cut from, whose other rows are of
partitions that happen to be beside it; here they are as long as the partition's part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyspark.sql.conversion import ArrowBatchTransformer
from pyspark.sql.types import StructField, StructType

from workbench.base.arrow_types import arrow_schema
from workbench.engine.kernel.pandas_columns import as_sent
from workbench.engine.kernel.python_groups import BATCH_ROWS
from workbench.engine.kernel.python_table_work import beside, refused

if TYPE_CHECKING:
    from workbench.engine.kernel.python_work import TableFunctionWork


class ArrowForm:
    """Each batch of a partition's rows is a call."""

    keeps = True

    def __init__(self, work: TableFunctionWork, rows: pa.Table) -> None:
        self._work, self._rows = work, rows
        self._schema = arrow_schema(
            StructType([StructField(a.name, a.type) for a in work.generated])
        )
        self._columns = [
            as_sent(_whole(rows.column(name)), work.function.zone) for name, _ in work.arguments
        ]

    def calls(self, start: int, end: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Yield a call for every batch of the rows; each stands for its last row."""
        for first in range(start, end, BATCH_ROWS):
            count = min(BATCH_ROWS, end - first)
            parts = [column.slice(first, count) for column in self._columns]
            yield (
                first + count - 1,
                tuple(
                    pa.RecordBatch.from_struct_array(part) if at == self._work.table_at else part
                    for at, part in enumerate(parts)
                ),
            )

    def checked(self, found: Iterable[Any], method: str) -> Iterator[pa.RecordBatch]:
        """Yield the batches a method gave, each of the declared columns."""
        for one in found:
            for batch in _batches(one):
                yield self._exact(batch, method)

    def _exact(self, batch: pa.RecordBatch, method: str) -> pa.RecordBatch:
        width = len(self._schema)
        if batch.num_columns != width:
            counts = {"expected": str(width), "actual": str(batch.num_columns)}
            raise refused("UDTF_RETURN_SCHEMA_MISMATCH", **counts, func=method)
        return ArrowBatchTransformer.enforce_schema(batch, self._schema)

    def beside(self, answers: list[tuple[int, pa.RecordBatch]]) -> pa.Table:
        """Return the rows of each batch given beside the kept columns of its call's row."""
        places = [place for place, _ in answers]
        counts = [batch.num_rows for _, batch in answers]
        whole = pa.Table.from_batches([batch for _, batch in answers], self._schema)
        made = [column.combine_chunks() for column in whole.columns]
        return beside(self._rows, pa.array(np.repeat(places, counts), pa.int64()), made, self._work)


def _batches(one: Any) -> list[pa.RecordBatch]:
    if isinstance(one, pa.Table):
        return one.to_batches()
    if isinstance(one, pa.RecordBatch):
        return [one]
    raise refused("UDTF_ARROW_TYPE_CONVERSION_ERROR")


def _whole(column: pa.ChunkedArray) -> pa.Array:
    made = column.combine_chunks()
    return made if isinstance(made, pa.Array) else pa.array([], column.type)
