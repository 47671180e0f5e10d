"""A user's table function: asked for its columns, then called row by row.

Source of the behaviour: PySpark's ``analyze_udtf`` and the table functions of its worker. Every input row's call is a new object of
the user's class; its rows may be tuples, lists, Rows or dicts.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.cloudpickle import dumps
from pyspark.errors import PySparkRuntimeError
from pyspark.sql.types import StructType
from pyspark.sql.udtf import AnalyzeArgument, AnalyzeResult

from workbench.base.errors import AnalysisError
from workbench.engine.kernel.python_loading import by_place, load, user_error
from workbench.engine.kernel.python_values import arrow_column, user_list
from workbench.engine.kernel.unpickling import loads

if TYPE_CHECKING:
    from workbench.engine.kernel.python_work import TableFunctionWork
    from workbench.engine.plan.python_function import PythonFunction


def analyzed(
    function: PythonFunction, arguments: Sequence[AnalyzeArgument], keywords: Sequence[str]
) -> tuple[StructType, bytes]:
    """Ask a table function for its columns; ``keywords`` are the names of the last arguments.

    Returns
    -------
    tuple of StructType and bytes
        The columns, and the whole answer pickled, for the function's constructor.

    Raises
    ------
    AnalysisError
        ``UDTF_RETURN_TYPE_UNKNOWN`` where it has no ``analyze``, ``TABLE_VALUED_FUNCTION_FAILED_TO_ANALYZE_IN_PYTHON`` where that
        fails or answers what a call without a table cannot have.
    """
    handler = load(function.command)
    if not isinstance(inspect.getattr_static(handler, "analyze", None), staticmethod):
        raise AnalysisError("UDTF_RETURN_TYPE_UNKNOWN", name=function.name)
    try:
        answer = by_place(handler.analyze, keywords)(*arguments)
    except Exception as error:
        failure = user_error(function.name, error)
        raise _failed(failure.parameters["traceback"]) from error
    wrong = _wrong(answer)
    if wrong:
        raise _failed(f"'analyze' of {function.name} {wrong}")
    return answer.schema, dumps(answer)


def _wrong(answer: Any) -> str | None:
    """Return what is wrong with the answer of ``analyze``, as the end of a sentence."""
    if not isinstance(answer, AnalyzeResult):
        return f"must return an AnalyzeResult, not {type(answer).__name__}"
    if not isinstance(answer.schema, StructType):
        return f"must return a StructType as the schema, not {type(answer.schema).__name__}"
    for field in ("withSinglePartition", "partitionBy", "orderBy", "select"):
        if getattr(answer, field):
            return f"asks for {field}, which needs a table as an argument"
    return None


def _failed(message: str) -> AnalysisError:
    return AnalysisError("TABLE_VALUED_FUNCTION_FAILED_TO_ANALYZE_IN_PYTHON", msg=message)


def table_function(work: TableFunctionWork) -> Callable[[pa.Table], pa.Table]:
    """Return a table function over rows, opened."""
    make = _constructor(load(work.function.command), work.analysis)
    names = [a.name for a in work.generated]

    def called(values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        one = make()
        made = _rows(by_place(one.eval, work.keywords)(*values), "eval", names)
        return (
            made + _rows(one.terminate(), "terminate", names) if hasattr(one, "terminate") else made
        )

    def run(rows: pa.Table) -> pa.Table:
        given = [user_list(rows.column(name), kind) for name, kind in work.arguments]
        answers = [
            called(values)
            for values in (zip(*given, strict=True) if given else [()] * rows.num_rows)
        ]
        places = [place for place, found in enumerate(answers) for _ in found]
        made = [row for found in answers for row in found]
        kept = rows.select([a.column for a in work.kept]).take(pa.array(places, pa.int64()))
        columns = [
            arrow_column([row[at] for row in made], a.type) for at, a in enumerate(work.generated)
        ]
        columns = [*kept.columns, *columns]
        return pa.Table.from_arrays(columns, [a.column for a in (*work.kept, *work.generated)])

    return run


def _constructor(handler: type, analysis: bytes) -> Callable[[], Any]:
    """Return what makes an object of the class: one that takes an argument is given what ``analyze`` answered."""
    if not analysis or len(inspect.signature(handler.__init__).parameters) != 2:
        return handler
    answer = loads(analysis)
    return lambda: handler(answer)


def _rows(found: Any, method: str, names: list[str]) -> list[tuple[Any, ...]]:
    """Return the rows a method gave, each as wide as declared."""
    if found is None:
        return []
    if not isinstance(found, Iterable):
        raise _refused("UDTF_RETURN_NOT_ITERABLE", type=type(found).__name__, func=method)
    return [_row(one, method, names) for one in found]


def _row(one: Any, method: str, names: list[str]) -> tuple[Any, ...]:
    if isinstance(one, dict):
        return tuple(one.get(name) for name in names)
    if not isinstance(one, (tuple, list)):
        raise _refused("UDTF_INVALID_OUTPUT_ROW_TYPE", type=type(one).__name__, func=method)
    if len(one) != len(names):
        counts = {"expected": str(len(names)), "actual": str(len(one))}
        raise _refused("UDTF_RETURN_SCHEMA_MISMATCH", **counts, func=method)
    return tuple(one)


def _refused(condition: str, **parameters: str) -> PySparkRuntimeError:
    return PySparkRuntimeError(errorClass=condition, messageParameters=parameters)
