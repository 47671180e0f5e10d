"""Relations that call a user's Python function on batches or groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError, IllegalArgument
from workbench.engine.analysis.python_calls import here
from workbench.engine.analysis.relations.basic import project
from workbench.engine.analysis.relations.inputs import attributes
from workbench.engine.analysis.relations.join import beside
from workbench.engine.analysis.relations.register import understands
from workbench.engine.analysis.scope import Resolved
from workbench.engine.plan import operators as o
from workbench.engine.plan import relations as r
from workbench.engine.plan import typed

if TYPE_CHECKING:
    from workbench.engine.analysis.analyzer import Analyzer
    from workbench.engine.plan.expressions import Expression


def _returned(function: object) -> tuple[typed.Attribute, ...]:
    kind = function.return_type
    if not isinstance(kind, t.StructType):
        raise AnalysisError(
            "INVALID_PANDAS_UDF_RETURN_TYPE", name=function.name, type=kind.simpleString()
        )
    return attributes(kind)


def keyed(
    analyzer: Analyzer, child: Resolved, grouping: tuple[Expression, ...]
) -> tuple[Resolved, tuple[typed.Attribute, ...], tuple[typed.Attribute, ...]]:
    """Return an input with its grouping keys as columns, the keys, and the value columns (the input's own)."""
    resolver = analyzer.at(child.scope)
    keys = [one for item in grouping for one in resolver.named(item)]
    values = child.operator.output
    known = {a.id for a in values}
    more = [k for k in keys if k.attribute.id not in known]
    if not more:
        return child, tuple(k.attribute for k in keys), values
    made = project(child, [*(typed.Named(a, a) for a in values), *more])
    new = made.operator.output[len(values) :]
    again = iter(new)
    chosen = tuple(k.attribute if k.attribute.id in known else next(again) for k in keys)
    return made, chosen, values


@understands(r.MapBatches)
def _map_batches(analyzer: Analyzer, relation: r.MapBatches) -> Resolved:
    child = analyzer.resolve(relation.child)
    return analyzer.fresh(
        o.MapBatches(
            child.operator, here(relation.function, analyzer.context), _returned(relation.function)
        )
    )


@understands(r.GroupMap)
def _group_map(analyzer: Analyzer, relation: r.GroupMap) -> Resolved:
    child = analyzer.resolve(relation.child)
    made, keys, values = keyed(analyzer, child, relation.grouping)
    function = here(relation.function, analyzer.context)
    if relation.stateful is None:
        return analyzer.fresh(
            o.GroupMap(made.operator, keys, values, function, _returned(function))
        )
    info = relation.stateful
    _check_times(info)
    initial, initial_keys = None, ()
    if info.initial is not None:
        start, initial_keys, _ = keyed(
            analyzer, beside(made, analyzer.resolve(info.initial)), info.initial_grouping
        )
        initial = start.operator
    output = attributes(info.output_schema)
    output = tuple(_marked(a, info.event_time_column) for a in output)
    return analyzer.fresh(
        o.TransformWithState(made.operator, keys, values, function, output, info.output_mode,
                             info.time_mode, info.event_time_column, initial, initial_keys)
    )  # fmt: skip


_TIME_MODES = ("none", "processingtime", "eventtime")


def _check_times(info: r.StatefulInfo) -> None:
    if info.time_mode.lower() not in _TIME_MODES:
        raise IllegalArgument("STATEFUL_PROCESSOR_UNKNOWN_TIME_MODE", timeMode=info.time_mode)
    names = info.output_schema.fieldNames()
    if info.event_time_column and info.event_time_column not in names:
        proposal = ", ".join(f"`{name}`" for name in names)
        raise AnalysisError(
            "UNRESOLVED_COLUMN.WITH_SUGGESTION",
            objectName=f"`{info.event_time_column}`",
            proposal=proposal,
        )


def _marked(attribute: typed.Attribute, event_time_column: str) -> typed.Attribute:
    """The output's event-time column carries a watermark of no further delay."""
    if attribute.name != event_time_column:
        return attribute
    return typed.Attribute(
        attribute.name, attribute.type, attribute.nullable, metadata={typed.WATERMARK_DELAY: 0}
    )


@understands(r.CoGroupMap)
def _cogroup_map(analyzer: Analyzer, relation: r.CoGroupMap) -> Resolved:
    left, left_keys, left_values = keyed(
        analyzer, analyzer.resolve(relation.left), relation.left_grouping
    )
    other = beside(left, analyzer.resolve(relation.right))
    right, right_keys, right_values = keyed(analyzer, other, relation.right_grouping)
    function = here(relation.function, analyzer.context)
    output = _returned(function)
    return analyzer.fresh(
        o.CoGroupMap(
            left.operator,
            right.operator,
            left_keys,
            right_keys,
            left_values,
            right_values,
            function,
            output,
        )
    )


@understands(r.GroupStateMap)
def _group_state(analyzer: Analyzer, relation: r.GroupStateMap) -> Resolved:
    made, keys, values = keyed(analyzer, analyzer.resolve(relation.child), relation.grouping)
    output = attributes(relation.output_schema)
    return analyzer.fresh(
        o.GroupStateMap(made.operator, keys, values, here(relation.function, analyzer.context), output, relation.state_schema,
                        relation.output_mode, relation.timeout)
    )  # fmt: skip
