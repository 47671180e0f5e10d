"""Table functions called row by row: values in, rows of values out."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from workbench.base.arrow_types import to_arrow
from workbench.engine.kernel.python_table_work import beside, refused
from workbench.engine.kernel.python_values import arrow_column, user_list

if TYPE_CHECKING:
    from workbench.engine.kernel.python_work import TableFunctionWork
    from workbench.engine.plan.typed import Attribute

Row = tuple[Any, ...]


class RowForm:
    """Each row is a call."""

    def __init__(self, work: TableFunctionWork, rows: pa.Table) -> None:
        self._work, self._rows = work, rows
        self._names = [a.name for a in work.generated]
        given = [user_list(rows.column(name), kind) for name, kind in work.arguments]
        self._calls = list(zip(*given, strict=True)) if given else [()] * rows.num_rows
        # PySpark loses what a call gave before it skipped the rest, unless the table has a PARTITION BY.
        self.keeps = bool(work.partition)

    def calls(self, start: int, end: int) -> Iterable[tuple[int, Row]]:
        """Return one call a row."""
        return zip(range(start, end), self._calls[start:end], strict=True)

    def checked(self, found: Iterable[Any], method: str) -> Iterator[Row]:
        """Yield the rows a method gave, each as wide as declared."""
        for one in found:
            yield _row(one, method, self._names)

    def beside(self, answers: list[tuple[int, Row]]) -> pa.Table:
        """Return each row given beside the kept columns of its call's."""
        places = pa.array([place for place, _ in answers], pa.int64())
        made = [
            _column([row[at] for _, row in answers], a) for at, a in enumerate(self._work.generated)
        ]
        return beside(self._rows, places, made, self._work)


def _column(values: list[Any], attribute: Attribute) -> pa.Array:
    kind = attribute.type
    try:
        return arrow_column(values, kind)
    except Exception as error:
        raise refused(
            "UDTF_ARROW_DATA_CONVERSION_ERROR",
            data=f"{reprlib.repr(values)} of column '{attribute.name}' ({error})",
            schema=kind.simpleString(),
            arrow_schema=str(to_arrow(kind)),
        ) from error


def _row(one: Any, method: str, names: list[str]) -> Row:
    if not isinstance(one, tuple) and len(names) == 1:
        return (one,)
    if one is None or isinstance(one, dict):
        return tuple((one or {}).get(name) for name in names)
    if not isinstance(one, (tuple, list, str)):
        raise refused("UDTF_INVALID_OUTPUT_ROW_TYPE", type=type(one).__name__, func=method)
    if len(one) != len(names):
        counts = {"expected": str(len(names)), "actual": str(len(one))}
        raise refused("UDTF_RETURN_SCHEMA_MISMATCH", **counts, func=method)
    return tuple(one)
