"""Python functions over columns: unpickled once, called with a batch at a time."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
from datafusion import udf
from pyspark.sql.conversion import ArrowTableToRowsConversion, LocalDataToArrowConversion
from pyspark.sql.types import StructField, StructType
from pyspark.util import PythonEvalType as Kind

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import Unsupported, UserCodeError
from workbench.engine.functions import faults
from workbench.engine.kernel.unpickling import loads

if TYPE_CHECKING:
    from datafusion import Expr
    from pyspark.sql.types import DataType

    from workbench.engine.plan.python_function import PythonFunction
    from workbench.engine.plan.typed import PythonCall

Batch = list[pa.Array]


@lru_cache(maxsize=256)
def load(command: bytes) -> Callable[..., Any]:
    """Return the function inside a client's pickle."""
    loaded = loads(command)
    return loaded[0] if isinstance(loaded, tuple) else loaded


def user_error(name: str, error: BaseException) -> UserCodeError:
    """Return the named error for what a user's function raised; the traceback is cut to the user's own lines."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/workbench/engine/" not in frame.filename]
    lines = traceback.format_list(own) + traceback.format_exception_only(error)
    return UserCodeError("PYTHON_EXCEPTION", functionName=name, traceback="".join(lines).rstrip())


def scalar_call(call: PythonCall, arguments: list[Expr]) -> Expr:
    """Return the DataFusion expression of a user's scalar function."""
    function = call.function
    convention = _CONVENTIONS.get(function.eval_type)
    if convention is None:
        raise Unsupported("UNSUPPORTED_FEATURE.PYTHON_EVAL_TYPE", evalType=function.eval_type)
    run = convention(load(function.command), [a.type for a in call.arguments], call.type)

    def guarded(*columns: pa.Array) -> pa.Array:
        try:
            return run(list(columns))
        except Exception as error:
            faults.throw(user_error(function.name, error))

    volatility = "immutable" if function.deterministic else "volatile"
    kinds = [to_arrow(a.type) for a in call.arguments]
    if not kinds:
        raise Unsupported("UNSUPPORTED_FEATURE.PYTHON_NO_ARGUMENTS", functionName=function.name)
    made = udf(guarded, kinds, to_arrow(call.type), volatility, name=f"{function.name}_{id(run)}")
    return made(*arguments)


def _rows(function: Callable, kinds: list[DataType], result: DataType) -> Callable[[Batch], pa.Array]:
    schema = StructType([StructField(f"_{i}", kind) for i, kind in enumerate(kinds)])
    out = StructType([StructField("r", result)])

    def run(columns: Batch) -> pa.Array:
        table = pa.Table.from_arrays(columns, names=schema.fieldNames())
        values = [(function(*row),) for row in ArrowTableToRowsConversion.convert(table, schema)]
        return _exact(LocalDataToArrowConversion.convert(values, out, True).column(0), result)

    return run


def _pandas(function: Callable, _kinds: list[DataType], result: DataType) -> Callable[[Batch], pa.Array]:
    return lambda columns: series_to_arrow(function(*map(to_pandas, columns)), result)


def _pandas_iterator(function: Callable, kinds: list[DataType], result: DataType) -> Callable[[Batch], pa.Array]:
    def run(columns: Batch) -> pa.Array:
        series = tuple(map(to_pandas, columns))
        made = list(function(iter([series if len(kinds) > 1 else series[0]])))
        return series_to_arrow(pd.concat(made) if len(made) > 1 else made[0], result)

    return run


def _arrow(function: Callable, _kinds: list[DataType], result: DataType) -> Callable[[Batch], pa.Array]:
    return lambda columns: _exact(function(*columns), result)


def _arrow_iterator(function: Callable, kinds: list[DataType], result: DataType) -> Callable[[Batch], pa.Array]:
    def run(columns: Batch) -> pa.Array:
        given: Iterator[Any] = iter([tuple(columns) if len(kinds) > 1 else columns[0]])
        return _exact(pa.chunked_array(list(function(given))), result)

    return run


def to_pandas(column: pa.Array) -> pd.Series | pd.DataFrame:
    """Return a column as pandas; a struct becomes a frame, as PySpark gives it."""
    if pa.types.is_struct(column.type):
        return pa.Table.from_struct_array(column).to_pandas()
    return column.to_pandas(date_as_object=True)


def series_to_arrow(values: Any, result: DataType) -> pa.Array:
    """Return what a pandas function gave, as Arrow of the declared type."""
    if isinstance(values, pd.DataFrame):
        return pa.Table.from_pandas(values, preserve_index=False).to_struct_array().combine_chunks()
    return _exact(pa.Array.from_pandas(values), result)


def _exact(values: pa.Array | pa.ChunkedArray, result: DataType) -> pa.Array:
    flat = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if isinstance(flat, pa.ChunkedArray):
        flat = pa.concat_arrays(flat.chunks) if flat.num_chunks else pa.array([], flat.type)
    kind = to_arrow(result)
    return flat if flat.type == kind else flat.cast(kind)


_CONVENTIONS: dict[int, Callable[..., Callable[[Batch], pa.Array]]] = {
    Kind.SQL_BATCHED_UDF: _rows,
    Kind.SQL_ARROW_BATCHED_UDF: _rows,
    Kind.SQL_SCALAR_PANDAS_UDF: _pandas,
    Kind.SQL_SCALAR_PANDAS_ITER_UDF: _pandas_iterator,
    Kind.SQL_SCALAR_ARROW_UDF: _arrow,
    Kind.SQL_SCALAR_ARROW_ITER_UDF: _arrow_iterator,
}
"""How each kind of function wants to be called."""


def call_user(function: PythonFunction, *arguments: Any) -> Any:
    """Call a user's function, its failure named."""
    try:
        return load(function.command)(*arguments)
    except Exception as error:
        raise user_error(function.name, error) from error
