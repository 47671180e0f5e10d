"""A resolved plan, cut at watermarks and stateful operators.

::

    Project                       fragment 3   Project ─ Placeholder(state 0)
      Aggregate          cut to   stateful 0   Aggregate over what fragment 2 made
        Watermark                 event time 0 over what fragment 1 made
          Filter                  fragment 1   Filter ─ Placeholder(source 0)
            StreamScan
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod

from workbench.engine.analysis.lowering import bounded
from workbench.engine.operators.join_plan import prepare_join
from workbench.engine.operators.partials import split_aggregate
from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import Attribute, Named
from workbench.engine.plan.walk import attributes_of, map_parts, operators_of
from workbench.engine.streaming.pushdown import push_filters
from workbench.engine.streaming.steps import EventTime, Fragment, Stateful, Step, StreamPlan

Needed = frozenset[int] | None
"""Ids of the columns a node above reads; None: all."""

_ALL_COLUMNS = (
    o.Union, o.SetOperation, o.Distinct, o.Expand, o.PythonTable, o.PythonTableOver, o.MapBatches,
)  # fmt: skip


def cut(operator: o.Operator, output_mode: str) -> StreamPlan:
    """Return a streaming query as sources and steps.

    Parameters
    ----------
    operator : Operator
        A plan the analysis found legal for ``output_mode``; it holds at least one StreamScan.
    output_mode : str
        append, update or complete: in complete mode ``limit`` keeps no state.
    """
    cutter = _Cutter(output_mode)
    rest = cutter.cut(push_filters(operator), None)
    cutter.fragment(rest)
    return StreamPlan(tuple(cutter.sources), numbered(cutter.steps), operator.output)


def numbered(steps: list[Step]) -> tuple[Step, ...]:
    """Return steps whose stateful ones have Spark's numbers: 0 for the last, then leftwards and down (IncrementalExecution)."""
    if not steps:
        return ()
    found = dict.fromkeys(_downwards({step.name: step for step in steps}, steps[-1].name))
    numbers = {name: number for number, name in enumerate(found)}
    return tuple(
        replace(step, index=numbers[step.name]) if isinstance(step, Stateful) else step
        for step in steps
    )


def _downwards(steps: dict[str, Step], name: str) -> Iterator[str]:
    """Yield the names of a step's stateful ancestors, each before its own."""
    step = steps.get(name)
    if isinstance(step, Stateful):
        yield name
    for source in _inputs(step):
        yield from _downwards(steps, source)


def _inputs(step: Step | None) -> Iterator[str]:
    if isinstance(step, Stateful):
        yield from step.sources
    elif isinstance(step, EventTime):
        yield step.source
    elif isinstance(step, Fragment):
        yield from (
            one.name for one in operators_of(step.operator) if isinstance(one, o.Placeholder)
        )


def is_streaming(operator: o.Operator) -> bool:
    """Whether a plan reads any streaming source."""
    return any(isinstance(node, o.StreamScan) for node in operators_of(operator))


@dataclass(slots=True)
class _Cutter:
    output_mode: str
    sources: list[tuple[str, o.StreamScan]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    watermarks: int = 0
    operators: int = 0

    def fragment(self, operator: o.Operator) -> str:
        """Add the step that runs an operator, unless it is a table already made; return the table's name."""
        if isinstance(operator, o.Placeholder):
            return operator.name
        name = f"fragment{len(self.steps)}"
        self.steps.append(Fragment(name, operator))
        return name

    def stateful(self, operator: o.Operator, children: tuple[o.Operator, ...]) -> o.Placeholder:
        """Add a stateful step over the operators' tables and return its result."""
        sources = tuple(self.fragment(child) for child in children)
        index, self.operators = self.operators, self.operators + 1
        name = f"state{index}"
        self.steps.append(Stateful(name, sources, operator, index))
        return o.Placeholder(name, operator.output)

    def cut(self, operator: o.Operator, needed: Needed) -> o.Operator:
        """Return what is left to compute above the steps added for an operator."""
        if not is_streaming(operator):
            return bounded(operator)
        return self._cut(operator, needed)

    @singledispatchmethod
    def _cut(self, operator: o.Operator, needed: Needed) -> o.Operator:
        below = _needed_below(operator, needed)
        return map_parts(operator, o.Operator, lambda child: self.cut(child, below))

    @_cut.register(o.StreamScan)
    def _(self, operator: o.StreamScan, needed: Needed) -> o.Operator:
        name = f"source{len(self.sources)}"
        self.sources.append((name, operator))
        return o.Placeholder(name, operator.output)

    @_cut.register(o.Watermark)
    def _(self, operator: o.Watermark, needed: Needed) -> o.Operator:
        index, self.watermarks = self.watermarks, self.watermarks + 1
        pairs = [
            (below, above)
            for below, above in zip(operator.child.output, operator.output, strict=True)
            if needed is None or above.id in needed or below.id == operator.column.id
        ]
        below = None if needed is None else frozenset(pair[0].id for pair in pairs)
        source = self.fragment(
            _narrowed(self.cut(operator.child, below), [pair[0] for pair in pairs])
        )
        name = f"events{index}"
        output = tuple(pair[1] for pair in pairs)
        column = next(a for b, a in pairs if operator.column.id in (a.id, b.id))
        self.steps.append(
            EventTime(name, source, column, operator.delay_ms, output, index, operator.mark)
        )
        return o.Placeholder(name, output)

    @_cut.register(o.Project)
    def _(self, operator: o.Project, needed: Needed) -> o.Operator:
        kept = tuple(e for e in operator.expressions if needed is None or e.attribute.id in needed)
        # One column stays where none is read, so that rows can still be counted.
        narrow = o.Project(operator.child, kept or operator.expressions[:1])
        return replace(narrow, child=self.cut(operator.child, frozenset(attributes_of(narrow))))

    @_cut.register(o.Aggregate)
    def _(self, operator: o.Aggregate, needed: Needed) -> o.Operator:
        child = self.cut(operator.child, frozenset(attributes_of(operator)))
        split = split_aggregate(operator, child)
        return split.finish(self.stateful(split.stateful, split.children))

    @_cut.register(o.Distinct)
    def _(self, operator: o.Distinct, needed: Needed) -> o.Operator:
        child = self.cut(operator.child, None)
        return self.stateful(replace(operator, child=child), (child,))

    @_cut.register(o.SetOperation)
    def _(self, operator: o.SetOperation, needed: Needed) -> o.Operator:
        rest = map_parts(operator, o.Operator, lambda child: self.cut(child, None))
        if operator.kind != "except" or operator.is_all:
            return rest
        # A row that left in an earlier batch must not leave again: EXCEPT is distinct over the whole stream.
        return self.stateful(o.Distinct(rest, ()), (rest,))

    @_cut.register(o.Limit)
    def _(self, operator: o.Limit, needed: Needed) -> o.Operator:
        child = self.cut(operator.child, needed)
        if self.output_mode == "complete":
            return replace(operator, child=child)
        return self.stateful(replace(operator, child=child), (child,))

    @_cut.register(o.Join)
    def _(self, operator: o.Join, needed: Needed) -> o.Operator:
        below = _needed_below(operator, needed)
        left, right = self.cut(operator.left, below), self.cut(operator.right, below)
        output = _join_output(operator.kind, left, right, operator.output)
        joined = replace(operator, left=left, right=right, output=output)
        if not (is_streaming(operator.left) and is_streaming(operator.right)):
            return joined
        prepared = prepare_join(joined)
        return self.stateful(prepared, (prepared.left, prepared.right))

    @_cut.register(o.GroupStateMap)
    def _(self, operator: o.GroupStateMap, needed: Needed) -> o.Operator:
        child = self.cut(operator.child, None)
        return self.stateful(replace(operator, child=child), (child,))

    @_cut.register(o.TransformWithState)
    def _(self, operator: o.TransformWithState, needed: Needed) -> o.Operator:
        child = self.cut(operator.child, None)
        return self.stateful(replace(operator, child=child), (child,))


def _needed_below(operator: o.Operator, needed: Needed) -> Needed:
    own = _read_by(operator)
    if needed is None or isinstance(operator, _ALL_COLUMNS):
        return None
    if isinstance(operator, (o.Filter, o.Join, o.Generate, o.Sort, o.Limit)):
        return needed | own
    return None


def _read_by(operator: o.Operator) -> set[int]:
    # A join's output is a field of it, but nothing it reads.
    return attributes_of(replace(operator, output=()) if isinstance(operator, o.Join) else operator)


def _narrowed(operator: o.Operator, kept: list[Attribute]) -> o.Operator:
    have = {attribute.id: attribute for attribute in operator.output}
    columns = [have[attribute.id] for attribute in kept]
    if [a.id for a in operator.output] == [a.id for a in columns]:
        return operator
    return o.Project(operator, tuple(Named(column, column) for column in columns))


def _join_output(
    kind: str, left: o.Operator, right: o.Operator, output: tuple[Attribute, ...]
) -> tuple[Attribute, ...]:
    """Return a join's columns where its sides may have lost columns nobody reads."""
    known = {attribute.id: attribute for attribute in output}
    sides = left.output if kind in ("semi", "anti") else (*left.output, *right.output)
    return tuple(known[attribute.id] for attribute in sides if attribute.id in known)
