"""Columns as pandas, as PySpark gives them to a user's function, and back.

Timestamps are naive in the session's time zone on both ways, dates are ``datetime.date``, decimals ``decimal.Decimal``,
integers with NULLs floats, structs frames (an argument or result by itself) or dicts (inside a frame).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql import types as t
from pyspark.sql.conversion import ArrowArrayToPandasConversion, PandasToArrowConversion
from pyspark.util import PythonEvalType as Kind

from workbench.base.arrow_types import NUMBERS, to_arrow
from workbench.base.errors import UserCodeError
from workbench.engine.kernel.frame_blocks import Stack, rows_of
from workbench.engine.kernel.python_loading import line_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.engine.plan.python_function import PythonFunction
    from workbench.engine.plan.typed import Attribute

_FLOATING_NULLS = (t.IntegralType, t.BooleanType)
"""Types whose pandas form depends on whether there are NULLs."""
_SAME = (*NUMBERS, t.StringType)
"""Types whose values, where none is NULL, are the same in Arrow, NumPy and pandas."""


def to_pandas(
    column: pa.Array | pa.ChunkedArray, kind: t.DataType, zone: str
) -> pd.Series | pd.DataFrame:
    """Return an argument; a struct becomes a frame."""
    return ArrowArrayToPandasConversion.convert(
        as_sent(column, zone), kind, timezone=zone, df_for_struct=True
    )


def to_frame(table: pa.Table, attributes: Sequence[Attribute], zone: str) -> pd.DataFrame:
    """Return a table whose columns are, by position, ``attributes``."""
    if not attributes:
        return pd.DataFrame(index=range(table.num_rows))
    pairs = zip(table.columns, attributes, strict=True)
    made = pd.DataFrame({place: _values(*pair, zone) for place, pair in enumerate(pairs)})
    made.columns = pd.Index([a.name for a in attributes])
    return made


def _values(column: pa.ChunkedArray, attribute: Attribute, zone: str) -> pd.Series | np.ndarray:
    """Return a column as pandas; numbers and strings without NULLs are the same with and without PySpark, which takes its time."""
    if isinstance(attribute.type, _SAME) and not column.null_count:
        return column.to_numpy()
    return _column(column, attribute, zone)


def _column(column: pa.ChunkedArray, attribute: Attribute, zone: str) -> pd.Series:
    given = as_sent(column, zone)
    return ArrowArrayToPandasConversion.convert(given, attribute.type, timezone=zone).rename(
        attribute.name
    )


def as_sent(column: pa.Array | pa.ChunkedArray, zone: str) -> pa.Array | pa.ChunkedArray:
    """Return a column as Spark sends it to a worker: timestamps in the session's zone, the values of a list called ``element``."""
    kind = sent_type(column.type, zone)
    return column if kind.equals(column.type, check_metadata=True) else column.cast(kind)


def sent_type(kind: pa.DataType, zone: str) -> pa.DataType:
    """Return a type as Spark sends it to a worker."""
    if pa.types.is_timestamp(kind) and kind.tz:
        return pa.timestamp(kind.unit, zone)
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(sent_type(field.type, zone)) for field in kind.fields])
    if pa.types.is_list(kind):
        field = kind.value_field.with_type(sent_type(kind.value_type, zone))
        return pa.list_(field.with_name("element"))
    if pa.types.is_map(kind):
        return pa.map_(
            kind.key_field.with_type(sent_type(kind.key_type, zone)),
            kind.item_field.with_type(sent_type(kind.item_type, zone)),
        )
    return kind


class Slices:
    """A table as pandas, made once, to be cut into frames.

    Parameters
    ----------
    table : pa.Table
        The rows, groups one after the other; its columns are, by position, ``attributes``.
    attributes : sequence of Attribute
        Names and types.
    zone : str
        The session's time zone.
    """

    def __init__(self, table: pa.Table, attributes: Sequence[Attribute], zone: str) -> None:
        self._table, self._attributes, self._zone = table, attributes, zone
        self._whole = to_frame(table, attributes, zone)
        self._fickle = [
            i
            for i, a in enumerate(attributes)
            if isinstance(a.type, _FLOATING_NULLS) and table.column(i).null_count
        ]

    def frame(self, start: int, end: int) -> pd.DataFrame:
        """Return some rows as a frame of its own; a group without NULLs keeps its integers."""
        made = rows_of(self._whole, start, end)
        for place in self._fickle:
            part = self._table.column(place).slice(start, end - start)
            made.isetitem(place, _column(part, self._attributes[place], self._zone))
        return made


def from_pandas(values: Any, kind: t.DataType, function: PythonFunction) -> pa.Array:
    """Return what a function gave for a column, in exactly the declared type.

    Raises
    ------
    UserCodeError
        It is no series (for a struct: no frame), or lacks declared columns.
    """
    name, is_frame = function.name, isinstance(kind, t.StructType)
    _expect(values, pd.DataFrame if is_frame else pd.Series, name)
    if is_frame:
        _check_columns(
            [str(c) for c in values.columns],
            _named(values),
            kind.fieldNames(),
            name,
            rows=len(values),
            more=True,
        )
    schema = t.StructType([t.StructField("r", kind)])
    made = _converted([values], schema, function.zone, safe=function.safe).column(0)
    return exactly(made, kind)


def from_frame(
    frame: Any, output: Sequence[Attribute], function: PythonFunction, name: str
) -> pa.Table:
    """Return the frame a function gave as the declared columns: by name when the columns have names, else by position.

    Raises
    ------
    UserCodeError
        ``UDF_RETURN_TYPE``, ``RESULT_COLUMN_NAMES_MISMATCH``, ``RESULT_COLUMN_SCHEMA_MISMATCH``.
    """
    _expect(frame, pd.DataFrame, name)
    _check_frame(frame, output, function, name)
    plain = _plain_columns(frame, output)
    if plain is not None:
        return pa.Table.from_arrays(plain, names=[a.column for a in output])
    schema = t.StructType([t.StructField(a.name, a.type) for a in output])
    safe = function.safe and function.eval_type != Kind.SQL_GROUPED_MAP_PANDAS_UDF_WITH_STATE
    made = _converted(frame, schema, function.zone, safe=safe)
    columns = [exactly(c, a.type) for c, a in zip(made.columns, output, strict=True)]
    return pa.Table.from_arrays(columns, names=[a.column for a in output])


def _check_frame(
    frame: pd.DataFrame, output: Sequence[Attribute], function: PythonFunction, name: str
) -> None:
    _check_columns(
        [str(c) for c in frame.columns],
        _named(frame),
        [a.name for a in output],
        name,
        rows=len(frame),
        more=function.eval_type in _MORE_COLUMNS,
    )


def _plain_columns(frame: pd.DataFrame, output: Sequence[Attribute]) -> list[pa.Array] | None:
    """Return the columns of a frame that has exactly the declared numbers, which is most there are; None: PySpark is to look."""
    if not all(isinstance(a.type, NUMBERS) for a in output) or not frame.columns.is_unique:
        return None
    names = [a.name for a in output]
    if not _named(frame):
        given = [frame.iloc[:, place].to_numpy() for place in range(len(output))]
    elif all(name in frame.columns for name in names):
        given = [frame[name].to_numpy() for name in names]
    else:
        return None
    wanted = [to_arrow(a.type) for a in output]
    if any(v.dtype != w.to_pandas_dtype() for v, w in zip(given, wanted, strict=True)):
        return None
    return [pa.array(v, w, from_pandas=True) for v, w in zip(given, wanted, strict=True)]


class FrameTable:
    """The frames of many calls as one table; one without rows may have no columns either.

    Parameters
    ----------
    output : sequence of Attribute
        The declared columns.
    function : PythonFunction
        What gives them.
    name : str
        Of the function or processor, for messages.
    """

    def __init__(self, output: Sequence[Attribute], function: PythonFunction, name: str) -> None:
        self._output, self._function, self._name = output, function, name
        self._stack = Stack()

    def add(self, frames: Iterable[Any]) -> None:
        """Take up what a call gives; the user's code runs meanwhile."""
        expect_iterable(frames, "pandas.DataFrame", self._name)
        for frame in frames:
            _expect(frame, pd.DataFrame, self._name, frames)
            if frame.empty:
                where = f"{self._name}{line_of(frames)}"
                _check_frame(frame, self._output, self._function, where)
            self._stack.add(frame)

    def table(self) -> pa.Table:
        """Return all rows.

        Raises
        ------
        UserCodeError
            As :func:`from_frame`; the values do not fit the declared types.
        """
        whole = self._stack.frame()
        if whole is None:
            return pa.table({a.column: pa.array([], to_arrow(a.type)) for a in self._output})
        try:
            return from_frame(whole, self._output, self._function, self._name)
        except PySparkException as error:
            raise UserCodeError(
                "RESULT_TYPE_MISMATCH", functionName=self._name, message=error
            ) from error


_MORE_COLUMNS = (
    Kind.SQL_MAP_PANDAS_ITER_UDF,
    Kind.SQL_TRANSFORM_WITH_STATE_PANDAS_UDF,
    Kind.SQL_TRANSFORM_WITH_STATE_PANDAS_INIT_STATE_UDF,
)
"""Kinds whose frames may have columns beside the declared ones, as Spark lets them; they are dropped."""


def _converted(data: Any, schema: t.StructType, zone: str, *, safe: bool) -> pa.RecordBatch:
    return PandasToArrowConversion.convert(
        data, schema, timezone=zone, safecheck=safe, arrow_cast=True, assign_cols_by_name=True
    )


def _named(frame: pd.DataFrame) -> bool:
    return any(isinstance(column, str) for column in frame.columns)


def expect_iterable(given: Any, of: str, name: str) -> None:
    """Refuse what a method returned that should give frames or Rows, one after the other."""
    if not isinstance(given, Iterable) or isinstance(given, pd.DataFrame):
        raise UserCodeError(
            "UDF_RETURN_TYPE",
            functionName=name,
            expected=f"an iterator of {of} (yield each, or return a list)",
            actual=type(given).__name__,
        )


def _expect(made: Any, kind: type, name: str, giver: Any = None) -> None:
    """Refuse what is not of a kind; ``giver``: the generator that gave it, whose line is told."""
    if not isinstance(made, kind):
        raise UserCodeError(
            "UDF_RETURN_TYPE",
            functionName=name,
            expected=f"pandas.{kind.__name__}",
            actual=f"{type(made).__name__}{line_of(giver)}",
        )


def _check_columns(
    given: list[str],
    are_named: bool,
    declared: list[str],
    name: str,
    *,
    rows: int,
    more: bool = False,
) -> None:
    if not given and not rows:
        return
    if more and len(given) > len(declared) and (not are_named or set(declared) <= set(given)):
        return
    if are_named:
        check_names(given, declared, name)
    elif len(given) != len(declared):
        raise UserCodeError(
            "RESULT_COLUMN_SCHEMA_MISMATCH",
            functionName=name,
            expected=len(declared),
            actual=len(given),
        )


def check_names(given: list[str], declared: list[str], name: str) -> None:
    """Refuse columns that are not exactly the declared ones, in whatever order."""
    missing, extra = sorted(set(declared) - set(given)), sorted(set(given) - set(declared))
    if missing or extra:
        raise UserCodeError(
            "RESULT_COLUMN_NAMES_MISMATCH",
            functionName=name,
            missing=f" Missing: {', '.join(missing)}." if missing else "",
            extra=f" Unexpected: {', '.join(extra)}." if extra else "",
        )


def exactly(values: pa.Array | pa.ChunkedArray, kind: t.DataType) -> pa.Array:
    """Return values as one array of a type's Arrow form."""
    if isinstance(values, pa.ChunkedArray):
        values = pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)
    wanted = to_arrow(kind)
    return values if values.type == wanted else values.cast(wanted)
