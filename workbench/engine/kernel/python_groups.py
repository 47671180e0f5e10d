"""Python functions over batches and groups: ``mapInPandas``, ``applyInPandas``, ``cogroup`` and their Arrow forms."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.util import PythonEvalType as Kind

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import Unsupported, UserCodeError
from workbench.engine.kernel.python_functions import load, user_error

if TYPE_CHECKING:
    from workbench.engine.plan import operators as o
    from workbench.engine.plan.typed import Attribute

BATCH_ROWS = 10_000


def shown(table: pa.Table, attributes: tuple[Attribute, ...]) -> pa.Table:
    """Return the columns of some attributes under the names a user knows."""
    return pa.Table.from_arrays([table.column(a.column) for a in attributes], names=[a.name for a in attributes])


def exact(table: pa.Table, output: tuple[Attribute, ...], name: str) -> pa.Table:
    """Return what a user's function gave as the declared columns, by name.

    Raises
    ------
    UserCodeError
        A column is missing, or cannot become the declared type.
    """
    missing = [a.name for a in output if a.name not in table.column_names]
    if missing and len(table.column_names) != len(output):
        raise UserCodeError("RESULT_COLUMNS_MISMATCH", functionName=name, missing=", ".join(missing), given=", ".join(table.column_names))
    picked = [table.column(a.name) if not missing else table.column(i) for i, a in enumerate(output)]
    try:
        columns = [c.cast(to_arrow(a.type)) for c, a in zip(picked, output, strict=True)]
    except pa.ArrowInvalid as error:
        raise UserCodeError("RESULT_TYPE_MISMATCH", functionName=name, message=error) from error
    return pa.Table.from_arrays(columns, names=[a.column for a in output])


def _empty(output: tuple[Attribute, ...]) -> pa.Table:
    return pa.table({a.column: pa.array([], to_arrow(a.type)) for a in output})


def _frames(made: Iterator[Any], output: tuple[Attribute, ...], name: str) -> pa.Table:
    tables = [exact(_as_table(one), output, name) for one in made]
    return pa.concat_tables(tables) if tables else _empty(output)


def _as_table(made: Any) -> pa.Table:
    if isinstance(made, pd.DataFrame):
        return pa.Table.from_pandas(made.rename(columns=str), preserve_index=False)
    if isinstance(made, pa.RecordBatch):
        return pa.Table.from_batches([made])
    return made


def map_batches(rows: pa.Table, operator: o.MapBatches) -> pa.Table:
    """Run a function over an iterator of batches."""
    function = operator.function
    given = shown(rows, operator.child.output)
    batches: Iterator[Any] = iter(given.to_batches(max_chunksize=BATCH_ROWS))
    if function.eval_type == Kind.SQL_MAP_PANDAS_ITER_UDF:
        batches = (batch.to_pandas(date_as_object=True) for batch in batches)
    return _guarded(function.name, lambda: _frames(load(function.command)(batches), operator.output, function.name))


def _guarded(name: str, run: Callable[[], pa.Table]) -> pa.Table:
    try:
        return run()
    except UserCodeError:
        raise
    except Exception as error:
        raise user_error(name, error) from error


def groups(rows: pa.Table, keys: tuple[Attribute, ...]) -> list[tuple[tuple[Any, ...], pa.Table]]:
    """Return each group's key and rows; null keys are a group, as in Spark."""
    if not rows.num_rows:
        return []
    if not keys:
        return [((), rows)]
    codes = np.zeros(rows.num_rows, dtype=np.int64)
    for key in keys:
        encoded = rows.column(key.column).combine_chunks().dictionary_encode(null_encoding="encode")
        codes = codes * (len(encoded.dictionary) + 1) + encoded.indices.to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    edges = np.flatnonzero(np.diff(codes[order])) + 1
    ordered = rows.take(pa.array(order))
    starts = [0, *edges.tolist()]
    ends = [*edges.tolist(), rows.num_rows]
    return [
        (tuple(ordered.column(k.column)[s].as_py() for k in keys), ordered.slice(s, e - s))
        for s, e in zip(starts, ends, strict=True)
    ]


def group_map(rows: pa.Table, operator: o.GroupMap) -> pa.Table:
    """Run a function over each group."""
    function = operator.function
    call = load(function.command)
    wants_key = len(inspect.signature(call).parameters) > 1
    form = _FORMS.get(function.eval_type)
    if form is None:
        raise Unsupported("UNSUPPORTED_FEATURE.PYTHON_EVAL_TYPE", evalType=function.eval_type)

    def made() -> Iterator[Any]:
        for key, group in groups(rows, operator.grouping):
            given = form(shown(group, operator.values))
            answer = call(_key(key, function.eval_type), given) if wants_key else call(given)
            yield from [answer] if isinstance(answer, (pd.DataFrame, pa.Table)) else answer

    return _guarded(function.name, lambda: _frames(made(), operator.output, function.name))


def _key(key: tuple[Any, ...], eval_type: int) -> tuple[Any, ...]:
    is_arrow = eval_type in (Kind.SQL_GROUPED_MAP_ARROW_UDF, Kind.SQL_COGROUPED_MAP_ARROW_UDF, Kind.SQL_GROUPED_MAP_ARROW_ITER_UDF)
    return tuple(map(pa.scalar, key)) if is_arrow else key


def _to_pandas(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(date_as_object=True)


_FORMS: dict[int, Callable[[pa.Table], Any]] = {
    Kind.SQL_GROUPED_MAP_PANDAS_UDF: _to_pandas,
    Kind.SQL_GROUPED_MAP_PANDAS_ITER_UDF: lambda table: iter([_to_pandas(table)]),
    Kind.SQL_GROUPED_MAP_ARROW_UDF: lambda table: table,
    Kind.SQL_GROUPED_MAP_ARROW_ITER_UDF: lambda table: iter(table.to_batches()),
    Kind.SQL_COGROUPED_MAP_PANDAS_UDF: _to_pandas,
    Kind.SQL_COGROUPED_MAP_ARROW_UDF: lambda table: table,
}


def cogroup_map(left: pa.Table, right: pa.Table, operator: o.CoGroupMap) -> pa.Table:
    """Run a function over each pair of groups of equal keys; a side without rows is empty."""
    function = operator.function
    call, form = load(function.command), _FORMS[function.eval_type]
    lefts, rights = dict(groups(left, operator.left_grouping)), dict(groups(right, operator.right_grouping))
    wants_key = len(inspect.signature(call).parameters) > 2  # noqa: PLR2004

    def made() -> Iterator[Any]:
        for key in {**lefts, **rights}:
            sides = (
                form(shown(lefts.get(key, left.slice(0, 0)), operator.left_values)),
                form(shown(rights.get(key, right.slice(0, 0)), operator.right_values)),
            )
            yield call(_key(key, function.eval_type), *sides) if wants_key else call(*sides)

    return _guarded(function.name, lambda: _frames(made(), operator.output, function.name))


def table_function(rows: pa.Table, operator: o.PythonTable, names: list[str]) -> pa.Table:
    """Run a table function once per row; each call is a new object, as in Spark."""
    handler = load(operator.function.command)
    arguments = [rows.column(name).to_pylist() for name in names]
    places: list[int] = []
    made: list[tuple[Any, ...]] = []

    def run() -> pa.Table:
        for place in range(rows.num_rows):
            one = handler()
            answers = one.eval(*(column[place] for column in arguments)) or ()
            found = [*answers, *(one.terminate() or () if hasattr(one, "terminate") else ())]
            made.extend(tuple(answer) for answer in found)
            places.extend([place] * len(found))
        kept = rows.select([a.column for a in operator.child.output]).take(pa.array(places, pa.int64()))
        columns = [pa.array(list(values), to_arrow(a.type)) for values, a in zip(zip(*made, strict=True), operator.generated, strict=True)]
        columns = columns or [pa.array([], to_arrow(a.type)) for a in operator.generated]
        return pa.Table.from_arrays([*kept.columns, *columns], names=[a.column for a in operator.output])

    return _guarded(operator.function.name, run)


