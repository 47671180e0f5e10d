"""Python functions over batches and groups: ``mapInPandas``, ``applyInPandas``, ``cogroup`` and their Arrow forms."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.util import PythonEvalType as Kind

from workbench.base.arrow_types import from_arrow, to_arrow
from workbench.base.errors import Unsupported, UserCodeError
from workbench.engine.kernel.frame_blocks import stacked
from workbench.engine.kernel.pandas_columns import (
    Slices,
    as_sent,
    check_names,
    exactly,
    from_frame,
    sent_type,
    to_frame,
)
from workbench.engine.kernel.python_loading import load, user_error

if TYPE_CHECKING:
    from workbench.engine.kernel.python_work import CoGroupWork
    from workbench.engine.plan.python_function import PythonFunction
    from workbench.engine.plan.typed import Attribute

BATCH_ROWS = 10_000
_MANY_FRAMES = 512
Result = TypeVar("Result")


def shown(table: pa.Table, attributes: tuple[Attribute, ...]) -> pa.Table:
    """Return the columns of some attributes under the names a user knows."""
    return pa.Table.from_arrays(
        [table.column(a.column) for a in attributes], names=[a.name for a in attributes]
    )


def _arrow_sent(table: pa.Table, zone: str) -> pa.Table:
    """Return an Arrow table as a function of Arrow tables sees it."""
    columns = [as_sent(column, zone) for column in table.columns]
    return pa.Table.from_arrays(columns, names=table.column_names) if columns else table


def exact(table: pa.Table, output: tuple[Attribute, ...], name: str) -> pa.Table:
    """Return an Arrow table a user's function gave as the declared columns, by name.

    Raises
    ------
    UserCodeError
        ``RESULT_COLUMN_NAMES_MISMATCH``, ``RESULT_COLUMN_TYPES_MISMATCH``.
    """
    if not table.num_columns and not table.num_rows:
        return empty(output)
    check_names(table.column_names, [a.name for a in output], name)
    wrong = [
        f"column '{a.name}' (expected {a.type.simpleString()}, actual {table.column(a.name).type})"
        for a in output
        if from_arrow(table.column(a.name).type).simpleString() != a.type.simpleString()
    ]
    if wrong:
        raise UserCodeError(
            "RESULT_COLUMN_TYPES_MISMATCH", functionName=name, mismatch=", ".join(wrong)
        )
    columns = [exactly(table.column(a.name), a.type) for a in output]
    return pa.Table.from_arrays(columns, names=[a.column for a in output])


def empty(output: tuple[Attribute, ...]) -> pa.Table:
    """Return no rows of some columns."""
    return pa.table({a.column: pa.array([], to_arrow(a.type)) for a in output})


def gathered(
    made: Iterator[Any], output: tuple[Attribute, ...], function: PythonFunction
) -> pa.Table:
    """Return everything a function gave, frame by frame or batch by batch, as one table."""
    is_pandas = function.eval_type in PANDAS
    tables = [
        _table(one, output, function, is_pandas=is_pandas)
        for one in (_stacks(made) if is_pandas else made)
    ]
    return pa.concat_tables(tables) if tables else empty(output)


def _stacks(frames: Iterator[Any]) -> Iterator[Any]:
    """Put neighbouring frames of the same columns together: to convert a frame costs more than its few rows."""
    waiting: list[Any] = []
    known = None
    for frame in frames:
        columns = _columns(frame)
        if waiting and (columns is None or columns != known or len(waiting) == _MANY_FRAMES):
            yield stacked(waiting)
            waiting = []
        waiting.append(frame)
        known = columns
    if waiting:
        yield stacked(waiting)


def _columns(frame: Any) -> tuple[Any, ...] | None:
    """What two frames must share to be converted together; None: nothing is like this one."""
    if not isinstance(frame, pd.DataFrame) or not frame.shape[1]:
        return None
    return (*frame.columns, *frame.dtypes)


def _table(
    one: Any, output: tuple[Attribute, ...], function: PythonFunction, *, is_pandas: bool
) -> pa.Table:
    if is_pandas:
        return from_frame(one, output, function, function.name)
    if isinstance(one, pa.RecordBatch):
        one = pa.Table.from_batches([one])
    if not isinstance(one, pa.Table):
        raise UserCodeError(
            "UDF_RETURN_TYPE",
            functionName=function.name,
            expected="pyarrow.Table",
            actual=type(one).__name__,
        )
    return exact(one, output, function.name)


def map_batches(
    function: PythonFunction, attributes: tuple[Attribute, ...], output: tuple[Attribute, ...]
) -> Callable[[pa.Table], pa.Table]:
    """Return a function over an iterator of batches, opened."""
    call = load(function.command)

    def run(rows: pa.Table) -> pa.Table:
        given = shown(rows, attributes)
        is_pandas = function.eval_type in PANDAS
        whole = given if is_pandas else _arrow_sent(given, function.zone)
        batches: Iterator[Any] = iter(whole.to_batches(max_chunksize=BATCH_ROWS))
        if is_pandas:
            batches = (
                to_frame(pa.Table.from_batches([batch]), attributes, function.zone)
                for batch in batches
            )
        return gathered(iter(call(batches)), output, function)

    return guarded(function.name, run)


def guarded(name: str, run: Callable[..., Result]) -> Callable[..., Result]:
    """Return a function of the rows whose failures are named, with the user's own lines."""

    def called(*given: Any) -> Result:
        try:
            return run(*given)
        except BaseException as error:
            raise user_error(name, error) from error

    return called


class Groups:
    """The groups of some rows, cut out of one table in the order of the groups; null keys are a group, as in Spark.

    Attributes
    ----------
    keys : list of tuple
        Each group's key.
    """

    def __init__(
        self,
        rows: pa.Table,
        keys: tuple[Attribute, ...],
        values: tuple[Attribute, ...],
        function: PythonFunction,
    ) -> None:
        order, starts = cut(rows, keys)
        ordered = rows.take(pa.array(order)) if keys else rows
        firsts = ordered.select([k.column for k in keys]).take(pa.array(starts[:-1], pa.int64()))
        columns = [column.to_pylist() for column in firsts.columns]
        self.keys: list[tuple[Any, ...]] = (
            list(zip(*columns, strict=True)) if keys else [()] * (len(starts) - 1)
        )
        self._table, self._slices = shown(ordered, values), None
        if function.eval_type in PANDAS:
            self._slices = Slices(self._table, values, function.zone)
        else:
            self._table = _arrow_sent(self._table, function.zone)
        self._bounds = dict(zip(self.keys, pairwise(starts), strict=True))
        self._function = function

    def rows(self, key: tuple[Any, ...]) -> Any:
        """Return a group's rows in the function's form; a key that is not there has none."""
        start, end = self._bounds.get(key, (0, 0))
        if self._slices is not None:
            return self._slices.frame(start, end)
        return self._table.slice(start, end - start)


def cut(rows: pa.Table, keys: tuple[Attribute, ...]) -> tuple[np.ndarray, list[int]]:
    """Return the rows in the order of their groups, and where each group starts (and the last ends)."""
    if not rows.num_rows or not keys:
        return np.arange(rows.num_rows), [0, rows.num_rows] if rows.num_rows else [0]
    codes = np.zeros(rows.num_rows, dtype=np.int64)
    for key in keys:
        encoded = rows.column(key.column).combine_chunks().dictionary_encode(null_encoding="encode")
        codes = codes * (len(encoded.dictionary) + 1) + encoded.indices.to_numpy(
            zero_copy_only=False
        )
        codes = np.unique(codes, return_inverse=True)[1]
    order = np.argsort(codes, kind="stable")
    edges = np.flatnonzero(np.diff(codes[order])) + 1
    return order, [0, *edges.tolist(), rows.num_rows]


def group_map(
    function: PythonFunction,
    grouping: tuple[Attribute, ...],
    values: tuple[Attribute, ...],
    output: tuple[Attribute, ...],
) -> Callable[[pa.Table], pa.Table]:
    """Return a function over each group, opened."""
    form = _FORMS.get(function.eval_type)
    if form is None:
        raise Unsupported("UNSUPPORTED_FEATURE.PYTHON_EVAL_TYPE", evalType=function.eval_type)
    call = load(function.command)
    wants_key = len(inspect.signature(call).parameters) > 1
    key_of = _keys_as_seen(grouping, function)

    def made(found: Groups) -> Iterator[Any]:
        for key in found.keys:
            given = form(found.rows(key))
            answer = call(key_of(key), given) if wants_key else call(given)
            yield from answer if function.eval_type in _ITERATORS else [answer]

    def run(rows: pa.Table) -> pa.Table:
        return gathered(made(Groups(rows, grouping, values, function)), output, function)

    return guarded(function.name, run)


def _keys_as_seen(
    grouping: tuple[Attribute, ...], function: PythonFunction
) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """Return what makes a group's key what a function sees: the values, or Arrow's scalars in the session's zone."""
    if function.eval_type in PANDAS:
        return _itself
    kinds = [sent_type(to_arrow(a.type), function.zone) for a in grouping]
    return lambda key: tuple(map(pa.scalar, key, kinds))


def _itself(given: Any) -> Any:
    return given


_FORMS: dict[int, Callable[[Any], Any]] = {
    Kind.SQL_GROUPED_MAP_PANDAS_UDF: _itself,
    Kind.SQL_GROUPED_MAP_PANDAS_ITER_UDF: lambda frame: iter([frame]),
    Kind.SQL_GROUPED_MAP_ARROW_UDF: _itself,
    Kind.SQL_GROUPED_MAP_ARROW_ITER_UDF: lambda table: iter(table.combine_chunks().to_batches()),
}
_ITERATORS = (Kind.SQL_GROUPED_MAP_PANDAS_ITER_UDF, Kind.SQL_GROUPED_MAP_ARROW_ITER_UDF)
PANDAS = (
    Kind.SQL_MAP_PANDAS_ITER_UDF,
    Kind.SQL_GROUPED_MAP_PANDAS_UDF,
    Kind.SQL_GROUPED_MAP_PANDAS_ITER_UDF,
    Kind.SQL_COGROUPED_MAP_PANDAS_UDF,
)
"""Kinds that see frames; the others see Arrow tables."""


def cogroup_map(work: CoGroupWork) -> Callable[[pa.Table, pa.Table], pa.Table]:
    """Return a function over each pair of groups of equal keys, opened; a side without rows is empty."""
    function = work.function
    call = load(function.command)
    wants_key = len(inspect.signature(call).parameters) > 2
    key_of = _keys_as_seen(work.left_grouping, function)

    def made(lefts: Groups, rights: Groups) -> Iterator[Any]:
        for key in dict.fromkeys([*lefts.keys, *rights.keys]):
            sides = lefts.rows(key), rights.rows(key)
            yield call(key_of(key), *sides) if wants_key else call(*sides)

    def run(left: pa.Table, right: pa.Table) -> pa.Table:
        lefts = Groups(left, work.left_grouping, work.left_values, function)
        rights = Groups(right, work.right_grouping, work.right_values, function)
        return gathered(made(lefts, rights), work.output, function)

    return guarded(function.name, run)
