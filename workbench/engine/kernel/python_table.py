"""A user's table function: one object of the user's class a partition, its calls, and what they give.

Source of the behaviour: the table functions of PySpark's worker. An object lives as long as a partition of its table; without a table,
as long as the rows that come in one piece. What a call is and what it gives is the function's form: rows (``python_table_rows.py``)
or whole Arrow columns (``python_table_arrow.py``). What ``terminate`` gives stands beside the partition's last row.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
from pyspark.sql.udtf import SkipRestOfInputTableException

from workbench.engine.kernel.python_loading import by_place, load
from workbench.engine.kernel.python_table_arrow import ArrowForm
from workbench.engine.kernel.python_table_rows import RowForm
from workbench.engine.kernel.python_table_work import partition_starts, refused
from workbench.engine.kernel.unpickling import loads

if TYPE_CHECKING:
    from workbench.engine.kernel.python_work import TableFunctionWork


class Form(Protocol):
    """How a function wants some rows and what it may give for them."""

    keeps: bool
    """Whether what a call gave before it skipped the rest stays."""

    def calls(self, start: int, end: int) -> Iterable[tuple[int, tuple[Any, ...]]]:
        """Return the calls for some rows: the last row's place and the arguments of each."""

    def checked(self, found: Iterable[Any], method: str) -> Iterator[Any]:
        """Yield what a method gave, each of the form's kind."""

    def beside(self, answers: list[tuple[int, Any]]) -> pa.Table:
        """Return every answer beside the kept columns of the row at its place."""


def table_function(work: TableFunctionWork) -> Callable[[pa.Table], pa.Table]:
    """Return a table function over rows, opened."""
    handler = load(work.function.command)
    form = ArrowForm if work.function.is_arrow_table else RowForm

    def run(rows: pa.Table) -> pa.Table:
        make, given = _constructor(handler, work), form(work, rows)
        answers = [
            answer
            for start, end in pairwise(partition_starts(rows, work.partition))
            for answer in _Partition(make(), work, given).answers(start, end)
        ]
        return given.beside(answers)

    return run


class _Partition:
    """One object of the user's class and the rows it sees."""

    def __init__(self, one: Any, work: TableFunctionWork, form: Form) -> None:
        self._one, self._form = one, form
        _check_call(one, work)
        self._call = by_place(one.eval, work.keywords)

    def answers(self, start: int, end: int) -> Iterator[tuple[int, Any]]:
        """Yield what the calls for the rows from ``start`` to ``end``, then ``terminate`` give, each with the place of its row."""
        last, keeps = start, self._form.keeps
        try:
            try:
                for last, given in self._form.calls(start, end):
                    found = self._checked(self._call(*given), "eval")
                    yield from ((last, one) for one in (found if keeps else list(found)))
            except SkipRestOfInputTableException:
                pass
            if hasattr(self._one, "terminate"):
                found = self._checked(self._one.terminate(), "terminate")
                yield from ((last, one) for one in found)
        finally:
            if hasattr(self._one, "cleanup"):
                self._one.cleanup()

    def _checked(self, found: Any, method: str) -> Iterator[Any]:
        if found is None:
            return iter(())
        if not isinstance(found, Iterable):
            raise refused("UDTF_RETURN_NOT_ITERABLE", type=type(found).__name__, func=method)
        return self._form.checked(found, method)


def _constructor(handler: type, work: TableFunctionWork) -> Callable[[], Any]:
    """Return what makes an object of the class: one that takes an argument is given what ``analyze`` answered."""
    takes = len(inspect.getfullargspec(handler).args[1:])
    name = work.function.name
    if takes > bool(work.analysis):
        how = "IMPLEMENTS_ANALYZE" if work.analysis else "NO_ANALYZE"
        raise refused(f"UDTF_CONSTRUCTOR_INVALID_{how}_METHOD", name=name)
    return (lambda: handler(loads(work.analysis))) if takes else handler


def _check_call(one: Any, work: TableFunctionWork) -> None:
    try:
        by_place(inspect.signature(one.eval).bind, work.keywords)(*work.arguments)
    except TypeError as error:
        raise refused(
            "UDTF_EVAL_METHOD_ARGUMENTS_DO_NOT_MATCH_SIGNATURE",
            name=work.function.name,
            reason=str(error),
        ) from None
