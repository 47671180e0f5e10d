"""One parquet file of one row group, read a thread a column.

DataFusion reads a row group with one thread, and its plans for no more than picking columns cost as much as they do. So
where a batch is one such file, the columns that are read above it become a table first::

    Project a + 1                        Project a + 1
      Filter b > 0            becomes      Filter b > 0
        Placeholder FileScan                 Placeholder table of a, b
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.base.arrow_types import to_arrow
from workbench.engine.connectors.contract import FileScan
from workbench.engine.plan import operators as o
from workbench.engine.plan.walk import attributes_of, map_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.engine.plan.typed import Attribute

_FEW_ROWS = 1 << 15
"""Up to so many rows, one thread reads a file before others have woken up."""


def with_columns_read(
    operator: o.Operator, inputs: Mapping[str, pa.Table | FileScan]
) -> tuple[o.Operator, Mapping[str, pa.Table | FileScan]]:
    """Return a plan over a table where it was one over a file of one row group; any other plan as it is."""
    place, needed = _read(operator)
    scan = inputs.get(place.name) if place is not None else None
    if place is None or not isinstance(scan, FileScan) or len(scan.paths) != 1 or scan.partitions:
        return operator, inputs
    pairs = [
        (field.name, one)
        for field, one in zip(scan.schema.fields, place.output, strict=True)
        if one.id in needed
    ]
    table = _columns(scan.paths[0], pairs) if pairs else None
    if table is None:
        return operator, inputs
    narrow = o.Placeholder(place.name, tuple(one for _, one in pairs))
    return _over(operator, narrow), {**inputs, place.name: table}


def _read(operator: o.Operator) -> tuple[o.Placeholder | None, set[int]]:
    """Return the one input of projections and filters, and the columns they read; None for any other plan."""
    needed = {attribute.id for attribute in operator.output}
    while not isinstance(operator, o.Placeholder):
        if isinstance(operator, o.Project):
            needed = attributes_of(operator)
        elif isinstance(operator, o.Filter):
            needed |= attributes_of(operator)
        else:
            return None, set()
        operator = operator.child
    return operator, needed


def _over(operator: o.Operator, place: o.Placeholder) -> o.Operator:
    if isinstance(operator, o.Placeholder):
        return place
    return map_parts(operator, o.Operator, lambda child: _over(child, place))


def _columns(path: str, pairs: list[tuple[str, Attribute]]) -> pa.Table | None:
    """Return columns of a file; None where DataFusion is to read it: it converts types, and says what is wrong."""
    try:
        # Reading the bytes ahead of their decoding is another thread's work, which a file on this machine is not worth.
        with pq.ParquetFile(path, pre_buffer=False) as file:
            stored = file.schema_arrow
            if file.num_row_groups != 1 or not all(_is_as(stored, *pair) for pair in pairs):
                return None
            names = [name for name, _ in pairs]
            read = file.read(columns=names, use_threads=file.metadata.num_rows > _FEW_ROWS)
            return read.select(names)
    except (pa.ArrowException, OSError):
        return None


def _is_as(stored: pa.Schema, name: str, wanted: Attribute) -> bool:
    place = stored.get_field_index(name)
    return place >= 0 and stored.field(place).type == to_arrow(wanted.type)
