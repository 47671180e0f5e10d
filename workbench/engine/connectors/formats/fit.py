"""A table read from a file, in the columns and types that were asked for."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.base.arrow_types import arrow_schema


def fit(table: pa.Table, schema: t.StructType) -> pa.Table:
    """Return the table in the schema's columns: by name in any case, null where the file has none, cast by value."""
    places = {name.lower(): position for position, name in enumerate(table.column_names)}
    wanted = arrow_schema(schema)
    columns = []
    for field in wanted:
        place = places.get(field.name.lower())
        if place is None:
            columns.append(pa.nulls(table.num_rows, field.type))
        else:
            columns.append(_cast(table.column(place), field.type))
    if not columns:
        return table.select([])
    return pa.Table.from_arrays(columns, schema=wanted)


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if column.type == kind:
        return column
    if pa.types.is_timestamp(column.type) and pa.types.is_timestamp(kind):
        return _cast_times(column, kind)
    if pa.types.is_duration(kind) and pa.types.is_integer(column.type):
        return column.cast(pa.int64()).cast(kind)
    return column.cast(kind)


def _cast_times(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    # Nanoseconds are cut to Spark's microseconds; a zone is set or dropped without moving the clock of UTC.
    micros = pc.cast(column, pa.timestamp("us", column.type.tz), safe=False)
    if (column.type.tz is None) == (kind.tz is None):
        return micros.cast(kind)
    return micros.cast(pa.int64()).cast(kind)
