"""What a user's calls gave, as a table of the operator's output: frames or Rows, taken up as they come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql import types as t

from workbench.base.errors import UserCodeError
from workbench.engine.kernel.pandas_columns import FrameTable, check_names, expect_iterable
from workbench.engine.kernel.python_loading import line_of
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
        """Take up what a call gives; the user's code runs meanwhile.

        Raises
        ------
        UserCodeError
            ``UDF_RETURN_TYPE``, ``RESULT_COLUMN_NAMES_MISMATCH``, with the line at which a generator gave it.
        """
        expect_iterable(rows, "Rows", self._name)
        try:
            self._rows += map(self._ordered, rows)
        except _NotARowError as error:
            raise UserCodeError(
                "UDF_RETURN_TYPE",
                functionName=self._name,
                expected="Rows with names, such as Row(k=1)",
                actual=f"{error}{line_of(rows)}",
            ) from None
        except _OtherNamesError as error:
            check_names(error.args[0], self._columns, f"{self._name}{line_of(rows)}")

    def _ordered(self, row: Any) -> tuple[Any, ...]:
        """Return a row in the order of the columns; it goes by its names, and what it does not name is NULL."""
        names = getattr(row, "__fields__", None)
        if names == self._columns and len(row) == len(names):
            return tuple(row)
        if not names or not isinstance(row, t.Row):
            raise _NotARowError(_kind(row))
        # A Row with columns too many is one of Spark's; a name that takes another's place is a mistake.
        if not set(names) <= set(self._columns) and not set(self._columns) <= set(names):
            raise _OtherNamesError(names)
        return tuple(map(dict(zip(names, row, strict=False)).get, self._columns))

    def table(self) -> pa.Table:
        """Return all rows.

        Raises
        ------
        UserCodeError
            ``RESULT_TYPE_MISMATCH``.
        """
        self._check_texts()
        try:
            made = to_table_of(self._rows, self._layout.schema, self._layout.arrow)
        except Exception as error:
            raise UserCodeError(
                "RESULT_TYPE_MISMATCH", functionName=self._name, message=error
            ) from error
        return made.rename_columns(self._layout.columns)

    def _check_texts(self) -> None:
        """Refuse whatever else stands in a column of text: PySpark's Rows are not put into words."""
        for place, field in enumerate(self._layout.schema):
            if type(field.dataType) is not t.StringType:
                continue
            odd = {type(row[place]) for row in self._rows} - _TEXTS
            if odd:
                told = f"column '{field.name}' is text, and was given {odd.pop().__name__}"
                raise UserCodeError(
                    "RESULT_TYPE_MISMATCH", functionName=self._name, message=f"{told}. Use str()."
                )


_TEXTS = {str, type(None), tuple}
"""What a column of text takes; a whole key too, which PySpark's own example gives it."""


class _NotARowError(Exception):
    """Says what was given in the place of a Row."""


class _OtherNamesError(Exception):
    """Has the names of a Row that lacks a column and has another."""


def _kind(row: Any) -> str:
    kind = type(row).__name__
    return "a Row without names" if isinstance(row, t.Row) else kind


Output = FrameTable | RowTable
"""Both take up with ``add`` and give with ``table``."""
