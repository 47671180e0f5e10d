"""A user's table function asked for its columns.

Source of the behaviour: PySpark's ``analyze_udtf``.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pyspark.cloudpickle import dumps
from pyspark.sql.types import StructType
from pyspark.sql.udtf import (
    AnalyzeArgument,
    AnalyzeResult,
    OrderingColumn,
    PartitioningColumn,
    SelectedColumn,
)

from workbench.base.errors import AnalysisError
from workbench.engine.kernel.python_loading import by_place, load, user_error

if TYPE_CHECKING:
    from workbench.engine.plan.python_function import PythonFunction

_LISTS = {"partitionBy": PartitioningColumn, "orderBy": OrderingColumn, "select": SelectedColumn}


def analyzed(
    function: PythonFunction, arguments: Sequence[AnalyzeArgument], keywords: Sequence[str]
) -> tuple[AnalyzeResult, bytes]:
    """Ask a table function for its columns; ``keywords`` are the names of the last arguments.

    Returns
    -------
    tuple of AnalyzeResult and bytes
        The answer, and the same pickled, for the function's constructor.

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
    except BaseException as error:
        failure = user_error(function.name, error)
        raise _failed(failure.parameters["traceback"]) from error
    wrong = _wrong(answer, has_table=any(one.isTable for one in arguments))
    if wrong:
        raise _failed(f"'analyze' of {function.name} {wrong}")
    return answer, dumps(answer)


def _wrong(answer: Any, *, has_table: bool) -> str | None:
    """Return what is wrong with the answer of ``analyze``, as the end of a sentence."""
    if not isinstance(answer, AnalyzeResult):
        return f"must return an AnalyzeResult, not {type(answer).__name__}"
    if not isinstance(answer.schema, StructType):
        return f"must return a StructType as the schema, not {type(answer.schema).__name__}"
    for field in ("withSinglePartition", "partitionBy"):
        if getattr(answer, field) and not has_table:
            return f"asks for {field}, which needs a table as an argument"
    for field, kind in _LISTS.items():
        found = getattr(answer, field)
        if not isinstance(found, (list, tuple)) or not all(isinstance(x, kind) for x in found):
            return f"must return a list of {kind.__name__} as {field}"
    return None


def _failed(message: str) -> AnalysisError:
    return AnalysisError("TABLE_VALUED_FUNCTION_FAILED_TO_ANALYZE_IN_PYTHON", msg=message)
