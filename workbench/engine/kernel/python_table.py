"""A user's table function, called row by row.

Source of the behaviour: the table functions of PySpark's worker. One object of the user's class lives as long as a partition of its
table; without a table, as long as the rows that come in one piece. What its ``terminate`` gives stands beside the last row.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.errors import PySparkRuntimeError
from pyspark.sql.udtf import SkipRestOfInputTableException

from workbench.engine.kernel.python_loading import by_place, load
from workbench.engine.kernel.python_values import arrow_column, user_list
from workbench.engine.kernel.unpickling import loads

if TYPE_CHECKING:
    from workbench.engine.kernel.python_work import TableFunctionWork
    from workbench.engine.plan.typed import Attribute

Row = tuple[Any, ...]


def table_function(work: TableFunctionWork) -> Callable[[pa.Table], pa.Table]:
    """Return a table function over rows, opened."""
    handler, names = load(work.function.command), [a.name for a in work.generated]

    def run(rows: pa.Table) -> pa.Table:
        make = _constructor(handler, work)
        given = [user_list(rows.column(name), kind) for name, kind in work.arguments]
        calls = list(zip(*given, strict=True)) if given else [()] * rows.num_rows
        answers = [
            answer
            for start, end in pairwise(partition_starts(rows, work.partition))
            for answer in _Partition(make(), work, names).rows(calls, start, end)
        ]
        return _beside(rows, answers, work)

    return run


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


def _beside(rows: pa.Table, answers: list[tuple[int, Row]], work: TableFunctionWork) -> pa.Table:
    """Return each answer's row beside the kept columns of the row it is an answer to."""
    places = pa.array([place for place, _ in answers], pa.int64())
    kept = rows.select([a.column for a in work.kept]).take(places)
    made = [
        arrow_column([row[at] for _, row in answers], a.type) for at, a in enumerate(work.generated)
    ]
    names = [a.column for a in (*work.kept, *work.generated)]
    return pa.Table.from_arrays([*kept.columns, *made], names)


class _Partition:
    """One object of the user's class and the rows it sees."""

    def __init__(self, one: Any, work: TableFunctionWork, names: list[str]) -> None:
        self._one, self._names = one, names
        _check_call(one, work)
        self._call = by_place(one.eval, work.keywords)
        # PySpark loses what a call gave before it skipped the rest, unless the table has a PARTITION BY.
        self._keeps = bool(work.partition)

    def rows(self, calls: Sequence[Row], start: int, end: int) -> Iterator[tuple[int, Row]]:
        """Yield what the calls from ``start`` to ``end``, then ``terminate`` give, each with the place of its call."""
        last = start
        try:
            try:
                for last in range(start, end):
                    found = self._checked(self._call(*calls[last]), "eval")
                    yield from ((last, row) for row in (found if self._keeps else list(found)))
            except SkipRestOfInputTableException:
                pass
            if hasattr(self._one, "terminate"):
                found = self._checked(self._one.terminate(), "terminate")
                yield from ((last, row) for row in found)
        finally:
            if hasattr(self._one, "cleanup"):
                self._one.cleanup()

    def _checked(self, found: Any, method: str) -> Iterator[Row]:
        """Yield the rows a method gave, each as wide as declared."""
        if found is None:
            return
        if not isinstance(found, Iterable):
            raise _refused("UDTF_RETURN_NOT_ITERABLE", type=type(found).__name__, func=method)
        for one in found:
            yield _row(one, method, self._names)


def _row(one: Any, method: str, names: list[str]) -> Row:
    if not isinstance(one, tuple) and len(names) == 1:
        return (one,)
    if one is None or isinstance(one, dict):
        return tuple((one or {}).get(name) for name in names)
    if not isinstance(one, (tuple, list, str)):
        raise _refused("UDTF_INVALID_OUTPUT_ROW_TYPE", type=type(one).__name__, func=method)
    if len(one) != len(names):
        counts = {"expected": str(len(names)), "actual": str(len(one))}
        raise _refused("UDTF_RETURN_SCHEMA_MISMATCH", **counts, func=method)
    return tuple(one)


def _constructor(handler: type, work: TableFunctionWork) -> Callable[[], Any]:
    """Return what makes an object of the class: one that takes an argument is given what ``analyze`` answered."""
    takes = len(inspect.getfullargspec(handler).args[1:])
    name = work.function.name
    if takes > bool(work.analysis):
        how = "IMPLEMENTS_ANALYZE" if work.analysis else "NO_ANALYZE"
        raise _refused(f"UDTF_CONSTRUCTOR_INVALID_{how}_METHOD", name=name)
    return (lambda: handler(loads(work.analysis))) if takes else handler


def _check_call(one: Any, work: TableFunctionWork) -> None:
    try:
        by_place(inspect.signature(one.eval).bind, work.keywords)(*work.arguments)
    except TypeError as error:
        raise _refused(
            "UDTF_EVAL_METHOD_ARGUMENTS_DO_NOT_MATCH_SIGNATURE",
            name=work.function.name,
            reason=str(error),
        ) from None


def _refused(condition: str, **parameters: str) -> PySparkRuntimeError:
    return PySparkRuntimeError(errorClass=condition, messageParameters=parameters)
