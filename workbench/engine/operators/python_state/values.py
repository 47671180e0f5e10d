"""Python values in Arrow columns and back, many at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.arrow_types import arrow_schema
from workbench.engine.kernel.python_values import arrow_column, python_list, user_list


def to_tuples(table: pa.Table, schema: t.StructType) -> list[tuple[Any, ...]]:
    """Return a table's rows as tuples, the structs in them too."""
    if not schema.fields:
        return [()] * table.num_rows
    columns = [
        python_list(c, f.dataType) for c, f in zip(table.columns, schema.fields, strict=True)
    ]
    return list(zip(*columns, strict=True))


def to_rows(table: pa.Table, schema: t.StructType) -> list[t.Row]:
    """Return a table's rows as PySpark gives them to a user."""
    if not table.num_rows:
        return []
    names = schema.fieldNames()
    columns = [user_list(c, f.dataType) for c, f in zip(table.columns, schema.fields, strict=True)]
    values = zip(*columns, strict=True) if columns else repeat((), table.num_rows)
    made = list(map(_new, repeat(t.Row), values))
    for row in made:
        # Row's own __setattr__ asks for the name each time, half of what a row costs.
        row.__dict__["__fields__"] = names
    return made


_new: Callable[..., t.Row] = tuple.__new__


def to_table_of(
    rows: Sequence[tuple[Any, ...]], schema: t.StructType, target: pa.Schema
) -> pa.Table:
    """Return rows as a table of exactly a schema's types; a row may be a tuple of another length only by mistake.

    ``schema`` is :func:`loose`, and ``target`` its :func:`nullable_schema`: whoever has rows again and again keeps them.

    Raises
    ------
    Exception
        A value does not fit its type, or a row has more or fewer values than columns.
    """
    if not rows or not schema.fields:
        return target.empty_table()
    whole = arrow_column(rows, schema)
    return pa.Table.from_arrays(
        [part.cast(f.type) for part, f in zip(whole.flatten(), target, strict=True)], schema=target
    )


def nullable_schema(schema: t.StructType) -> pa.Schema:
    """Return the columns of a table of a schema's types; each may hold NULL."""
    return pa.schema([field.with_nullable(True) for field in arrow_schema(schema)])


def loose(schema: t.StructType) -> t.StructType:
    """Return a schema with every column nullable: state may hold NULL."""
    return t.StructType([t.StructField(f.name, f.dataType, True) for f in schema.fields])
