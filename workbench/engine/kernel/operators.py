"""Operators to DataFusion frames, one small function per operator."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce, singledispatch
from typing import TYPE_CHECKING

import pyarrow as pa
from datafusion import DataFrame, Expr, col, lit
from datafusion import functions as f

from workbench.base.errors import IllegalState, Unsupported
from workbench.engine.connectors.contract import FileScan
from workbench.engine.kernel.expressions import build, build_all, build_as, build_keys
from workbench.engine.kernel.files import scan_files
from workbench.engine.kernel.first_files import first_rows
from workbench.engine.kernel.python_calls import opened
from workbench.engine.kernel.python_work import (
    BatchesWork,
    CoGroupWork,
    GroupWork,
    TableFunctionWork,
)
from workbench.engine.kernel.ranges import numbers
from workbench.engine.kernel.recursion import grown
from workbench.engine.kernel.running import partitions
from workbench.engine.kernel.sample import sample
from workbench.engine.kernel.tables import collect, conform, frame
from workbench.engine.kernel.wanted import stoppable_condition, stoppable_rows
from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import (
    AggregateCall,
    Attribute,
    Lambda,
    Literal,
    Named,
    SortKey,
    Typed,
    next_id,
)
from workbench.engine.plan.walk import transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datafusion import SessionContext


@dataclass(frozen=True, slots=True)
class Compilation:
    """What compiling needs beside the plan: the DataFusion context, the placeholders' tables, how many partitions.

    ``single`` is a context that works in one partition, whatever it reads. ``scanned`` gathers the paths of the files that
    DataFusion itself will read.
    """

    context: SessionContext
    single: SessionContext
    inputs: Mapping[str, pa.Table | FileScan]
    partitions: int
    observed: dict[str, pa.Table]
    scanned: list[str] = field(default_factory=list)

    def frame(self, table: pa.Table, output: tuple[Attribute, ...]) -> DataFrame:
        """Return a frame over a table whose columns are, by position, ``output``."""
        return frame(self.context, conform(table, output), self.partitions)

    def rows(self, operator: o.Operator) -> pa.Table:
        """Run an operator now and return its rows."""
        return collect(compile_operator(operator, self), operator.output)

    def given(self, name: str, rows: pa.Table) -> Compilation:
        """Return a compilation that knows one more placeholder's rows."""
        return replace(self, inputs={**self.inputs, name: rows})


@singledispatch
def compile_operator(operator: o.Operator, run: Compilation) -> DataFrame:
    """Return the DataFusion frame of an operator; its columns are the output attributes' ``column`` names, in order."""
    raise Unsupported("UNSUPPORTED_FEATURE.OPERATOR", operator=type(operator).__name__)


@compile_operator.register
def _local(operator: o.LocalTable, run: Compilation) -> DataFrame:
    if not operator.output:
        return _no_columns(operator.table.num_rows, run)
    return run.frame(operator.table, operator.output)


def _no_columns(rows: int, run: Compilation) -> DataFrame:
    table = pa.table({"c0": pa.nulls(rows)})
    return frame(run.context, table, 1)


@compile_operator.register
def _range(operator: o.Range, run: Compilation) -> DataFrame:
    return numbers(range(operator.start, operator.end, operator.step), operator.output, run)


@compile_operator.register
def _scan(operator: o.Scan, run: Compilation) -> DataFrame:
    return _source(operator.reader.rows(), operator.output, run)


@compile_operator.register
def _recursive(operator: o.Recursive, run: Compilation) -> DataFrame:
    return run.frame(grown(operator, run), operator.output)


@compile_operator.register
def _placeholder(operator: o.Placeholder, run: Compilation) -> DataFrame:
    return _source(run.inputs[operator.name], operator.output, run)


def _source(
    rows: pa.Table | FileScan, output: tuple[Attribute, ...], run: Compilation
) -> DataFrame:
    if isinstance(rows, FileScan):
        return scan_files(rows, output, run)
    return run.frame(rows, output)


@compile_operator.register
def _project(operator: o.Project, run: Compilation) -> DataFrame:
    child = compile_operator(operator.child, run)
    if not operator.expressions:
        return child
    return child.select(*build_all(operator.expressions))


@compile_operator.register
def _filter(operator: o.Filter, run: Compilation) -> DataFrame:
    return compile_operator(operator.child, run).filter(build(operator.condition))


@compile_operator.register
def _aggregate(operator: o.Aggregate, run: Compilation) -> DataFrame:
    operator = _with_argument_columns(operator)
    child = compile_operator(operator.child, run)
    if not operator.aggregates:
        return child.select(*build_all(operator.grouping)).distinct()
    return child.aggregate(build_all(operator.grouping), build_all(operator.aggregates))


def _with_argument_columns(operator: o.Aggregate) -> o.Aggregate:
    """Give computed arguments columns of their own.

    DataFusion names an aggregate without the casts in it, so ``sum(a)`` and ``sum(CAST(a AS DOUBLE))`` would be one name.
    """
    columns: dict[Typed, Attribute] = {}

    def moved(argument: Typed) -> Typed:
        if isinstance(argument, (Attribute, Literal, SortKey, Lambda)):
            return argument
        return columns.setdefault(argument, Attribute("a", argument.type, argument.nullable))

    def bare(part: Typed) -> Typed:
        if not isinstance(part, AggregateCall):
            return part
        return replace(part, arguments=tuple(map(moved, part.arguments)))

    aggregates = tuple(
        replace(named, child=transform(named.child, bare)) for named in operator.aggregates
    )
    if not columns:
        return operator
    kept = (Named(a, a) for a in operator.child.output)
    child = o.Project(operator.child, (*kept, *(Named(e, a) for e, a in columns.items())))
    return replace(operator, child=child, aggregates=aggregates)


@compile_operator.register
def _expand(operator: o.Expand, run: Compilation) -> DataFrame:
    child = compile_operator(operator.child, run)
    parts = [
        child.select(
            *(
                build_as(e, a.type).alias(a.column)
                for e, a in zip(projection, operator.output, strict=True)
            )
        )
        for projection in operator.projections
    ]
    return reduce(lambda left, right: left.union(right), parts)


@compile_operator.register
def _window(operator: o.Window, run: Compilation) -> DataFrame:
    child = compile_operator(operator.child, run)
    kept = [col(attribute.column) for attribute in operator.child.output]
    return child.select(*kept, *build_all(operator.calls))


@compile_operator.register
def _sort(operator: o.Sort, run: Compilation) -> DataFrame:
    return compile_operator(operator.child, run).sort(*build_keys(operator.keys))


@compile_operator.register
def _limit(operator: o.Limit, run: Compilation) -> DataFrame:
    # The first rows are those of the first partition, whichever is ready first; so there is one.
    in_order = (
        replace(run, context=run.single, partitions=1) if _is_in_order(operator.child) else run
    )
    firsts = first_rows(operator, in_order) if in_order is not run else None
    if firsts is not None:
        return in_order.frame(firsts, operator.output)
    child = compile_operator(operator.child, in_order)
    if operator.count is None:
        return child.limit(2**62, operator.offset)
    return child.limit(operator.count, operator.offset)


def _is_in_order(operator: o.Operator) -> bool:
    """Whether users expect an operator's rows in order: it only chooses from rows in memory or a range, or reads what comes first."""
    is_filtered = False
    while isinstance(operator, (o.Project, o.Filter, o.Limit)):
        is_filtered = is_filtered or isinstance(operator, o.Filter)
        operator = operator.child
    if isinstance(operator, o.Scan):
        # Who looks for few rows in large files wants every core to look.
        return not is_filtered
    return isinstance(operator, (o.LocalTable, o.Range))


@compile_operator.register
def _tail(operator: o.Tail, run: Compilation) -> DataFrame:
    rows = run.rows(operator.child)
    return run.frame(rows.slice(max(0, rows.num_rows - operator.count)), operator.output)


@compile_operator.register
def _sample(operator: o.Sample, run: Compilation) -> DataFrame:
    return run.frame(sample(run.rows(operator.child), operator), operator.output)


@compile_operator.register
def _distinct(operator: o.Distinct, run: Compilation) -> DataFrame:
    child = compile_operator(operator.child, run)
    keys = [attribute.column for attribute in operator.keys]
    if not keys:
        return child.distinct()
    firsts = [
        Named(AggregateCall("first", (a,), a.type, a.nullable), a)
        for a in operator.output
        if a.column not in keys
    ]
    if not firsts:
        return child.distinct()
    grouped = child.aggregate([col(name) for name in keys], build_all(tuple(firsts)))
    return grouped.select(*(col(attribute.column) for attribute in operator.output))


@compile_operator.register
def _union(operator: o.Union, run: Compilation) -> DataFrame:
    parts = [
        compile_operator(child, run).select(*_renamed(child.output, operator.output))
        for child in operator.inputs
    ]
    return reduce(lambda left, right: left.union(right), parts)


def _renamed(old: tuple[Attribute, ...], new: tuple[Attribute, ...]) -> list[Expr]:
    return [col(a.column).alias(b.column) for a, b in zip(old, new, strict=True)]


@compile_operator.register
def _set_operation(operator: o.SetOperation, run: Compilation) -> DataFrame:
    """Lower to a semi or anti join on null-safe equality; with ALL, on the row's number among its equals too."""
    left = compile_operator(operator.left, run).select(
        *_renamed(operator.left.output, operator.output)
    )
    right = compile_operator(operator.right, run)
    names = [attribute.column for attribute in operator.output]
    right_names = [f"r{next_id()}" for _ in names]
    pairs = zip(operator.right.output, right_names, strict=True)
    right = right.select(*(col(a.column).alias(name) for a, name in pairs))
    keys = list(zip(names, right_names, strict=True))
    if operator.is_all:
        left, right = _numbered(left, names, "n"), _numbered(right, right_names, "rn")
        keys.append(("n", "rn"))
    else:
        left = left.distinct()
    condition = reduce(lambda x, y: x & y, (_same(col(a), col(b)) for a, b in keys))
    how = "semi" if operator.kind == "intersect" else "anti"
    return left.join_on(right, condition, how=how).select(*(col(name) for name in names))


def _numbered(made: DataFrame, names: list[str], number: str) -> DataFrame:
    columns = [col(name) for name in names]
    return made.select(*columns, f.row_number(partition_by=columns).alias(number))


def _same(left: Expr, right: Expr) -> Expr:
    return (left == right) | (left.is_null() & right.is_null())


@compile_operator.register
def _join(operator: o.Join, run: Compilation) -> DataFrame:
    left, right = compile_operator(operator.left, run), compile_operator(operator.right, run)
    condition = lit(True) if operator.condition is None else build(operator.condition)
    if operator.condition is not None:
        condition = stoppable_condition(operator, condition)
    return left.join_on(right, condition, how=operator.kind)


@compile_operator.register
def _generate(operator: o.Generate, run: Compilation) -> DataFrame:
    """Make the generator's rows as a list of structs, unnest it, and take the struct apart."""
    from workbench.engine.functions import generators

    child = stoppable_rows(operator.child, compile_operator(operator.child, run))
    kept = [col(attribute.column) for attribute in operator.child.output]
    call = operator.generator
    rows = generators.build(call, build_all(call.arguments)).alias("g")
    made = child.select(*kept, rows).unnest_columns("g", preserve_nulls=call.outer)
    parts = [
        f.get_field(col("g"), field.name).alias(attribute.column)
        for field, attribute in zip(call.type.fields, operator.generated, strict=True)
    ]
    return made.select(*kept, *parts)


@compile_operator.register
def _watermark(operator: o.Watermark, run: Compilation) -> DataFrame:
    child = compile_operator(operator.child, run)
    return child.select(*_renamed(operator.child.output, operator.output))


@compile_operator.register
def _observe(operator: o.Observe, run: Compilation) -> DataFrame:
    rows = run.rows(operator.child)
    inner = run.given(operator.name, rows)
    names = [attribute.name for attribute in operator.metrics.output]
    run.observed[operator.name] = inner.rows(operator.metrics).rename_columns(names)
    return run.frame(rows, operator.output)


@compile_operator.register
def _map_batches(operator: o.MapBatches, run: Compilation) -> DataFrame:
    return run.frame(opened(BatchesWork.of(operator))(run.rows(operator.child)), operator.output)


@compile_operator.register
def _group_map(operator: o.GroupMap, run: Compilation) -> DataFrame:
    return run.frame(opened(GroupWork.of(operator))(run.rows(operator.child)), operator.output)


@compile_operator.register
def _cogroup_map(operator: o.CoGroupMap, run: Compilation) -> DataFrame:
    rows = opened(CoGroupWork.of(operator))(run.rows(operator.left), run.rows(operator.right))
    return run.frame(rows, operator.output)


@compile_operator.register
def _table_function(operator: o.PythonTable, run: Compilation) -> DataFrame:
    """Evaluate the arguments beside the child's columns, then call the function row by row."""
    child = compile_operator(operator.child, run)
    kept = [col(attribute.column) for attribute in operator.child.output]
    names = [f"a{i}" for i in range(len(operator.arguments))]
    arguments = [build(e).alias(name) for e, name in zip(operator.arguments, names, strict=True)]
    made = child.select(*kept, *arguments) if kept or arguments else child
    batches = [batch for part in partitions(made) for batch in part]
    work = TableFunctionWork.beside(operator, names)
    return run.frame(opened(work)(pa.Table.from_batches(batches)), operator.output)


@compile_operator.register
def _table_function_over(operator: o.PythonTableOver, run: Compilation) -> DataFrame:
    work = TableFunctionWork.over(operator)
    return run.frame(opened(work)(run.rows(operator.child)), operator.output)


@compile_operator.register
def _stream_scan(operator: o.StreamScan, run: Compilation) -> DataFrame:
    raise IllegalState("STREAMING_SOURCE_IN_BATCH", format=operator.format)
