"""What a user's calls gave, as a table of the operator's output: frames or Rows, taken up as they come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql import types as t

from workbench.base.errors import UserCodeError
from workbench.engine.kernel.pandas_columns import FrameTable, check_names
from workbench.engine.operators.python_state.values import loose, nullable_schema, to_table_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

    from workbench.engine.plan.typed import Attribute


@dataclass(frozen=True, slots=True)
class RowLayout:
    """The declared columns as every batch needs them: what the user calls them, Spark's types, Arrow's, and the engine's names."""

    names: list[str]
    schema: t.StructType
    arrow: pa.Schema
    columns: list[str]

    @classmethod
    def of(cls, output: Sequence[Attribute]) -> RowLayout:
        """Return the layout of an operator's output."""
        schema = loose(t.StructType([t.StructField(a.name, a.type) for a in output]))
        return cls(schema.names, schema, nullable_schema(schema), [a.column for a in output])


class RowTable:
    """The Rows of many calls.

    Parameters
    ----------
    layout : RowLayout
        The declared columns.
    name : str
        Of the processor, for messages.
    """

    def __init__(self, layout: RowLayout, name: str) -> None:
        self._layout, self._name = layout, name
        self._columns = layout.names
        self._rows: list[tuple[Any, ...]] = []

    def add(self, rows: Iterable[Any]) -> None:
        """Take up what a call gives; the user's code runs meanwhile."""
        self._rows += map(self._ordered, rows)

    def _ordered(self, row: Any) -> tuple[Any, ...]:
        """Return a row in the order of the columns; one with names goes by them, and what it does not name is NULL."""
        names = getattr(row, "__fields__", None)
        if names is None or names == self._columns:
            return tuple(row)
        if not set(names) <= set(self._columns):
            check_names(names, self._columns, self._name)
        given = dict(zip(names, row, strict=True))
        return tuple(map(given.get, self._columns))

    def table(self) -> pa.Table:
        """Return all rows.

        Raises
        ------
        UserCodeError
            ``RESULT_TYPE_MISMATCH``.
        """
        try:
            made = to_table_of(self._rows, self._layout.schema, self._layout.arrow)
        except Exception as error:
            raise UserCodeError(
                "RESULT_TYPE_MISMATCH", functionName=self._name, message=error
            ) from error
        return made.rename_columns(self._layout.columns)


Output = FrameTable | RowTable
"""Both take up with ``add`` and give with ``table``."""
