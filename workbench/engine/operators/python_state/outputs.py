"""What a user's calls gave, as a table of the operator's output: frames or Rows, taken up as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql import types as t

from workbench.base.errors import UserCodeError
from workbench.engine.kernel.pandas_columns import FrameTable
from workbench.engine.operators.python_state.values import to_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

    from workbench.engine.plan.typed import Attribute


class RowTable:
    """The Rows of many calls, by position.

    Parameters
    ----------
    output : sequence of Attribute
        The declared columns.
    name : str
        Of the processor, for messages.
    """

    def __init__(self, output: Sequence[Attribute], name: str) -> None:
        self._output, self._name = output, name
        self._rows: list[tuple[Any, ...]] = []

    def add(self, rows: Iterable[Any]) -> None:
        """Take up what a call gives; the user's code runs meanwhile."""
        self._rows += map(tuple, rows)

    def table(self) -> pa.Table:
        """Return all rows.

        Raises
        ------
        UserCodeError
            ``RESULT_TYPE_MISMATCH``.
        """
        schema = t.StructType([t.StructField(a.name, a.type) for a in self._output])
        try:
            made = to_table(self._rows, schema)
        except Exception as error:
            raise UserCodeError("RESULT_TYPE_MISMATCH", functionName=self._name, message=error) from error
        return made.rename_columns([a.column for a in self._output])


Output = FrameTable | RowTable
"""Both take up with ``add`` and give with ``table``."""
