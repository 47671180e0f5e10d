"""Columns of state that Spark keeps in another form: how one of ours is shown as those of Spark's.

A store names its columns for the reader, and a name may end in ``#`` and a form: ``sum#isEmpty`` is one nullable column here
and two in Spark, ``sum`` and ``isEmpty``. What is stored stays as it is. One row of :data:`FORMS` a form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MARK = "#"
_BITS, _PER_WORD = 6, 10


@dataclass(frozen=True, slots=True)
class Form:
    """How a column is shown.

    Attributes
    ----------
    fields : callable
        From the name without its form, the column's type and what follows a second ``#``, to the fields shown.
    arrays : callable
        From the column and those fields to one array a field.
    """

    fields: Callable[[str, pa.DataType, str], list[pa.Field]]
    arrays: Callable[[pa.Array, Sequence[pa.Field]], list[pa.Array]]


def _zeroed(column: pa.Array, _fields: Sequence[pa.Field]) -> list[pa.Array]:
    if pa.types.is_decimal(column.type):
        return [pc.fill_null(column, pa.scalar(Decimal(0), column.type))]
    return [pc.fill_null(column, pa.scalar(0).cast(column.type))]


def _with_flag(column: pa.Array, fields: Sequence[pa.Field]) -> list[pa.Array]:
    return [*_zeroed(column, fields), pc.is_null(column)]


def _unscaled(column: pa.Array, _fields: Sequence[pa.Field]) -> list[pa.Array]:
    """Spark adds small decimals as whole numbers (``DecimalAggregates``)."""
    words = np.frombuffer(column.buffers()[1], np.int64)[2 * column.offset :: 2]
    return [pa.array(words[: len(column)], mask=np.asarray(pc.is_null(column)))]


def _unscaled_double(column: pa.Array, _fields: Sequence[pa.Field]) -> list[pa.Array]:
    scaled = pc.multiply(column.cast(pa.float64()), 10.0**column.type.scale)
    return [pc.fill_null(pc.round(scaled), 0.0)]


def _words(column: pa.Array, fields: Sequence[pa.Field]) -> list[pa.Array]:
    """Ten registers of six bits in each word (Spark: ``HyperLogLogPlusPlusHelper``)."""
    size = pc.max(pc.binary_length(column)).as_py() or 0
    fixed = pc.fill_null(column, bytes(size)).cast(pa.binary(size)) if size else None
    padded = np.zeros((len(column), len(fields) * _PER_WORD), np.int64)
    if fixed is not None:
        registers = np.frombuffer(fixed.buffers()[1], np.uint8, size * len(column))
        padded[:, :size] = registers.reshape(len(column), size)
    shifts = np.arange(_PER_WORD, dtype=np.int64) * _BITS
    words = (padded.reshape(len(column), len(fields), _PER_WORD) << shifts).sum(axis=2)
    return [pa.array(words[:, place]) for place in range(len(fields))]


def _same(name: str, kind: pa.DataType, _more: str) -> list[pa.Field]:
    return [pa.field(name, kind)]


FORMS: Mapping[str, Form] = {
    "hidden": Form(lambda _name, _kind, _: [], lambda _column, _: []),
    "zero": Form(_same, _zeroed),
    "isEmpty": Form(
        lambda name, kind, _: [pa.field(name, kind), pa.field("isEmpty", pa.bool_())], _with_flag
    ),
    "unscaled": Form(lambda name, _kind, _more: [pa.field(name, pa.int64())], _unscaled),
    "unscaledDouble": Form(
        lambda name, _kind, _more: [pa.field(name, pa.float64())], _unscaled_double
    ),
    "words": Form(
        lambda name, _kind, count: [
            pa.field(f"{name}[{i}]", pa.int64()) for i in range(int(count))
        ],
        _words,
    ),
}
"""``hidden``: Spark has no such column. ``zero``: null is 0 there. ``isEmpty``: and a flag says so. ``unscaled``: a decimal without its point. ``words#N``: registers."""


def fields_of(name: str, kind: pa.DataType) -> list[pa.Field]:
    """Return the fields a column of this name is shown as."""
    plain, form, more = _parts(name)
    return FORMS[form].fields(plain, kind, more) if form in FORMS else [pa.field(name, kind)]


def arrays_of(name: str, column: pa.Array) -> list[pa.Array]:
    """Return a column as one array a field that it is shown as."""
    form = _parts(name)[1]
    if form not in FORMS:
        return [column]
    return FORMS[form].arrays(column, fields_of(name, column.type))


def _parts(name: str) -> tuple[str, str, str]:
    plain, _, rest = name.partition(MARK)
    form, _, more = rest.partition(MARK)
    return plain, form, more
