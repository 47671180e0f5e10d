"""What the forms of table functions share: where partitions start, the answer, and PySpark's errors for what a function gives."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.errors import PySparkRuntimeError
from pyspark.sql import types as t

from workbench.engine.kernel.python_values import user_list

if TYPE_CHECKING:
    from workbench.engine.kernel.python_work import TableFunctionWork
    from workbench.engine.plan.typed import Attribute


def partition_starts(rows: pa.Table, partition: Sequence[Attribute]) -> list[int]:
    """Return where each partition of sorted rows starts, and where the last ends; without columns all rows are one."""
    count = rows.num_rows
    keys = list(zip(*(user_list(rows.column(a.column), a.type) for a in partition), strict=True))
    # Compared as PySpark's worker compares them: NaN is not NaN.
    changes = (
        at for at, (one, other) in enumerate(pairwise(keys), 1)
        if any(a != b for a, b in zip(one, other, strict=True))
    )  # fmt: skip
    return [0, *changes, count] if count else [0]


def refused(condition: str, **parameters: str) -> PySparkRuntimeError:
    """Return an error of PySpark's worker."""
    return PySparkRuntimeError(errorClass=condition, messageParameters=parameters)


def beside(
    rows: pa.Table, places: pa.Array, made: Sequence[pa.Array], work: TableFunctionWork
) -> pa.Table:
    """Return generated columns beside the kept ones of the rows at some places.

    Raises
    ------
    PySparkRuntimeError
        ``UDTF_EXEC_ERROR``: a NULL where the declared type has none.
    """
    for at, (column, attribute) in enumerate(zip(made, work.generated, strict=True)):
        if _has_forbidden_null(column, attribute.type, attribute.nullable):
            raise refused("UDTF_EXEC_ERROR", method_name="eval' or 'terminate", error=_NULL % at)
    kept = rows.select([a.column for a in work.kept]).take(places)
    names = [a.column for a in (*work.kept, *work.generated)]
    return pa.Table.from_arrays([*kept.columns, *made], names)


_NULL = (
    "Column %s of a row it gave is NULL, or holds one, where the declared type has none. "
    "Give a value there, or declare the column without NOT NULL"
)


def _has_forbidden_null(column: pa.Array, kind: t.DataType, nullable: bool) -> bool:
    """Return whether there is a NULL where a type has none, in the column or inside its values."""
    if column.null_count:
        if not nullable:
            return True
        column = pc.drop_null(column)
    return any(_has_forbidden_null(*part) for part in _parts(column, kind))


def _parts(column: pa.Array, kind: t.DataType) -> list[tuple[pa.Array, t.DataType, bool]]:
    """Return what is inside a column's values, each with its type and whether it may be NULL."""
    if isinstance(kind, t.ArrayType):
        return [(column.flatten(), kind.elementType, kind.containsNull)]
    if isinstance(kind, t.MapType):
        # A slice of a map array keeps all entries; those of its own rows are found as a list's.
        whole = column.cast(pa.list_(pa.struct([column.type.key_field, column.type.item_field])))
        keys, items = whole.flatten().flatten()
        return [(keys, kind.keyType, False), (items, kind.valueType, kind.valueContainsNull)]
    if isinstance(kind, t.StructType):
        fields = zip(column.flatten(), kind.fields, strict=True)
        return [(part, field.dataType, field.nullable) for part, field in fields]
    return []
