"""Python values in Arrow columns and back, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from pyspark.sql import types as t
from pyspark.sql.conversion import ArrowTableToRowsConversion, LocalDataToArrowConversion

from workbench.base.arrow_types import arrow_schema


def to_rows(table: pa.Table, schema: t.StructType) -> list[t.Row]:
    """Return a table's rows as PySpark gives them."""
    return ArrowTableToRowsConversion.convert(table.rename_columns(schema.fieldNames()), schema)


def to_table(rows: Sequence[Any], schema: t.StructType) -> pa.Table:
    """Return rows (tuples, Rows) as a table of exactly a schema's types.

    Raises
    ------
    PySparkException
        A value does not fit its type.
    """
    target = pa.schema([field.with_nullable(True) for field in arrow_schema(schema)])
    if not rows:
        return target.empty_table()
    made = LocalDataToArrowConversion.convert(list(rows), loose(schema), True)
    columns = [c.cast(f.type) for c, f in zip(made.columns, target, strict=True)]
    return pa.table(columns, schema=target)


def loose(schema: t.StructType) -> t.StructType:
    """Return a schema with every column nullable: state may hold NULL."""
    return t.StructType([t.StructField(f.name, f.dataType, True) for f in schema.fields])
