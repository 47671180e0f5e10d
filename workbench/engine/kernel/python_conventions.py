"""How each kind of function wants to be called: a batch's columns in, one column out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
from pyspark.errors import PySparkRuntimeError
from pyspark.sql.types import DataType
from pyspark.util import PythonEvalType as Kind

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import UserCodeError
from workbench.engine.kernel.pandas_columns import as_sent, exactly, from_pandas, to_pandas
from workbench.engine.kernel.python_values import arrow_column, user_list

if TYPE_CHECKING:
    from workbench.engine.plan.typed import PythonCall

Run = Callable[[list[pa.Array], int], pa.Array]
"""``run(columns, rows)``: a function without arguments has only the number of rows."""


def _whole(make: Callable[..., Run]) -> Callable[..., Run]:
    """Return a convention whose functions are never called without rows and must answer every row."""

    def made(function: Callable, kinds: list[DataType], call: PythonCall) -> Run:
        run = make(function, kinds, call)

        def counted(columns: list[pa.Array], rows: int) -> pa.Array:
            if not rows:
                return pa.array([], to_arrow(call.type))
            answer = run(columns, rows)
            if len(answer) != rows:
                raise UserCodeError(
                    "RESULT_ROWS_MISMATCH",
                    functionName=call.function.name,
                    output_length=len(answer),
                    input_length=rows,
                )
            return answer

        return counted

    return made


@_whole
def _rows(function: Callable, kinds: list[DataType], call: PythonCall) -> Run:
    def run(columns: list[pa.Array], rows: int) -> pa.Array:
        given = [user_list(column, kind) for column, kind in zip(columns, kinds, strict=True)]
        made = list(map(function, *given)) if given else [function() for _ in range(rows)]
        if len(made) != rows:
            # Only a StopIteration of the user's own ends ``map`` early; it must not pass for the end of the rows.
            raise PySparkRuntimeError(
                errorClass="STOP_ITERATION_OCCURRED",
                messageParameters={"exc": f"in row {len(made)} of the batch"},
            )
        return arrow_column(made, call.type)

    return run


@_whole
def _pandas(function: Callable, kinds: list[DataType], call: PythonCall) -> Run:
    zone = call.function.zone

    def run(columns: list[pa.Array], _rows: int) -> pa.Array:
        given = [to_pandas(c, kind, zone) for c, kind in zip(columns, kinds, strict=True)]
        return from_pandas(function(*given), call.type, call.function)

    return run


@_whole
def _pandas_iterator(function: Callable, kinds: list[DataType], call: PythonCall) -> Run:
    zone = call.function.zone

    def run(columns: list[pa.Array], _rows: int) -> pa.Array:
        given = tuple(to_pandas(c, kind, zone) for c, kind in zip(columns, kinds, strict=True))
        made = [
            from_pandas(one, call.type, call.function)
            for one in function(iter([_one_or_all(given)]))
        ]
        return pa.concat_arrays(made) if made else pa.array([], to_arrow(call.type))

    return run


@_whole
def _arrow(function: Callable, _kinds: list[DataType], call: PythonCall) -> Run:
    def run(columns: list[pa.Array], _rows: int) -> pa.Array:
        return exactly(_expect_array(function(*_sent(columns, call)), call), call.type)

    return run


@_whole
def _arrow_iterator(function: Callable, _kinds: list[DataType], call: PythonCall) -> Run:
    def run(columns: list[pa.Array], _rows: int) -> pa.Array:
        made = [
            exactly(_expect_array(one, call), call.type)
            for one in function(iter([_one_or_all(_sent(columns, call))]))
        ]
        return pa.concat_arrays(made) if made else pa.array([], to_arrow(call.type))

    return run


def _sent(columns: list[pa.Array], call: PythonCall) -> tuple[pa.Array, ...]:
    return tuple(as_sent(column, call.function.zone) for column in columns)


def _one_or_all(given: tuple[Any, ...]) -> Any:
    return given[0] if len(given) == 1 else given


def _expect_array(made: Any, call: PythonCall) -> Any:
    if not isinstance(made, (pa.Array, pa.ChunkedArray)):
        raise UserCodeError(
            "UDF_RETURN_TYPE",
            functionName=call.function.name,
            expected="pyarrow.Array",
            actual=type(made).__name__,
        )
    return made


# ------------------------------------------------------------------ aggregates: a list of rows per group in, one value out


def _per_group(
    form: Callable[..., Any], gather: Callable[..., pa.Array], *, is_iterator: bool
) -> Callable[..., Run]:
    def make(function: Callable, kinds: list[DataType], call: PythonCall) -> Run:
        fields = kinds[0].elementType.fields

        def run(columns: list[pa.Array], _rows: int) -> pa.Array:
            made = []
            for arrays in _groups(columns[0]):
                given = tuple(
                    form(a, field.dataType, call) for a, field in zip(arrays, fields, strict=True)
                )
                made.append(
                    function(iter([_one_or_all(given)])) if is_iterator else function(*given)
                )
            return gather(made, call)

        return run

    return make


def _groups(lists: pa.ListArray) -> Iterator[list[pa.Array]]:
    """Yield each group's columns."""
    columns = lists.values.flatten()
    for start, end in pairwise(lists.offsets.to_pylist()):
        yield [column.slice(start, end - start) for column in columns]


def _as_series(column: pa.Array, kind: DataType, call: PythonCall) -> Any:
    return to_pandas(column, kind, call.function.zone)


def _as_array(column: pa.Array, _kind: DataType, call: PythonCall) -> pa.Array:
    return as_sent(column, call.function.zone)


def from_values(values: list[Any], call: PythonCall) -> pa.Array:
    """Return the values a pandas aggregate gave, one a group."""
    made = pd.Series(values, dtype=None if values else object)
    return from_pandas(made, call.type, call.function)


def from_scalars(values: list[Any], call: PythonCall) -> pa.Array:
    """Return the values an Arrow aggregate gave: scalars or Python's own."""
    plain = [value.as_py() if isinstance(value, pa.Scalar) else value for value in values]
    return exactly(pa.array(plain), call.type) if plain else pa.array([], to_arrow(call.type))


CONVENTIONS: dict[int, Callable[..., Run]] = {
    Kind.SQL_BATCHED_UDF: _rows,
    Kind.SQL_ARROW_BATCHED_UDF: _rows,
    Kind.SQL_SCALAR_PANDAS_UDF: _pandas,
    Kind.SQL_SCALAR_PANDAS_ITER_UDF: _pandas_iterator,
    Kind.SQL_SCALAR_ARROW_UDF: _arrow,
    Kind.SQL_SCALAR_ARROW_ITER_UDF: _arrow_iterator,
    Kind.SQL_GROUPED_AGG_PANDAS_UDF: _per_group(_as_series, from_values, is_iterator=False),
    Kind.SQL_GROUPED_AGG_PANDAS_ITER_UDF: _per_group(_as_series, from_values, is_iterator=True),
    Kind.SQL_GROUPED_AGG_ARROW_UDF: _per_group(_as_array, from_scalars, is_iterator=False),
    Kind.SQL_GROUPED_AGG_ARROW_ITER_UDF: _per_group(_as_array, from_scalars, is_iterator=True),
}
"""By PySpark's number for the kind."""
