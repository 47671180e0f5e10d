"""What every operator over keys needs to say about its columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from workbench.base.arrow_types import to_arrow

if TYPE_CHECKING:
    from workbench.engine.plan.typed import Attribute

NO_KEY = pa.field("all", pa.int8())
"""The key of an operator without key columns: one row of state."""


def field_of(attribute: Attribute) -> pa.Field:
    """Return an attribute as a column of a store."""
    return pa.field(attribute.column, to_arrow(attribute.type))


def schema_of(attributes: Sequence[Attribute]) -> pa.Schema:
    """Return attributes as columns of a store."""
    return pa.schema([field_of(attribute) for attribute in attributes])


def key_schema(attributes: Sequence[Attribute]) -> pa.Schema:
    """Return key columns; the constant one where there are none."""
    return schema_of(attributes) if attributes else pa.schema([NO_KEY])


def names_of(keys: Sequence[Attribute], values: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what people call the columns of a store: its key columns, then its value columns."""
    return (*([key.name for key in keys] or [NO_KEY.name]), *values)


def with_key(table: pa.Table, attributes: Sequence[Attribute]) -> pa.Table:
    """Return a table that has its key columns; the constant one is added where there are none."""
    if attributes:
        return table
    return table.append_column(NO_KEY, pa.array(np.zeros(table.num_rows, np.int8)))


def holds_float(kind: pa.DataType) -> bool:
    """Whether a floating-point number is anywhere in a type."""
    if pa.types.is_floating(kind):
        return True
    return any(holds_float(kind.field(i).type) for i in range(kind.num_fields))
