"""A query's definition with something changed that can only be changed between two runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from workbench.base.durations import parse_delay_ms
from workbench.base.errors import AnalysisError, IllegalArgument, Unsupported
from workbench.engine.analysis.streaming_rules import check_stream
from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import WATERMARK_DELAY, Attribute, Typed
from workbench.engine.plan.walk import map_parts, operators_of, transform, transform_operator
from workbench.engine.streaming.triggers import PROCESSING_TIME, Trigger

if TYPE_CHECKING:
    from workbench.engine.streaming.definition import StreamDefinition
    from workbench.engine.streaming.execution import Execution

MODES = ("append", "update", "complete")
Change = Callable[["StreamDefinition", Any], "StreamDefinition"]


def redefined(
    definition: StreamDefinition, settings: Mapping[str, Any], known: Mapping[str, Change]
) -> StreamDefinition:
    """Return a definition with settings changed; nothing runs and nothing is stopped.

    Parameters
    ----------
    definition : StreamDefinition
        What runs.
    settings : mapping of str to object
        Name → new value.
    known : mapping of str to callable
        What may be changed: ``RESTARTS`` or ``FORKS``.

    Raises
    ------
    IllegalArgument, Unsupported, AnalysisError
        A setting that is none, that this query has not, or a query that may not stream when changed.
    """
    for name, value in settings.items():
        if name not in known:
            raise IllegalArgument("WORKBENCH_TUNE.UNKNOWN", name=name, names=", ".join(known))
        definition = known[name](definition, value)
    check_stream(definition.plan, definition.output_mode)
    return definition


def with_delay(definition: StreamDefinition, delay: str | Mapping[str, str]) -> StreamDefinition:
    """Return a definition whose watermark waits so long; ``{column: delay}`` where it has several."""
    marks = [one for one in operators_of(definition.plan) if isinstance(one, o.Watermark)]
    columns = list(dict.fromkeys(mark.column.name for mark in marks))
    if not marks:
        raise Unsupported("WORKBENCH_TUNE.NO_WATERMARK")
    if not isinstance(delay, Mapping):
        if len(marks) > 1:
            raise Unsupported("WORKBENCH_TUNE.WHICH_WATERMARK", columns=", ".join(columns))
        delay = {columns[0]: delay}
    plan = definition.plan
    for column, text in delay.items():
        if column not in columns:
            raise IllegalArgument(
                "WORKBENCH_TUNE.NO_SUCH_WATERMARK", column=column, columns=", ".join(columns)
            )
        plan = delayed(plan, column, parse_delay_ms(str(text)))
    return replace(definition, plan=plan)


def delayed(plan: o.Operator, column: str, delay_ms: int) -> o.Operator:
    """Return a plan whose watermark on a column has another delay, there and in every column that tells of it.

    ::

        withWatermark('t', '10 seconds') → dropDuplicatesWithinWatermark(k)     delay 10 s in both
        withWatermark('t', '1 hour')     → dropDuplicatesWithinWatermark(k)     delay 1 h in both
    """
    old = {
        m.delay_ms
        for m in operators_of(plan)
        if isinstance(m, o.Watermark) and m.column.name == column
    }

    def attribute(part: Typed) -> Typed:
        # Another watermark of the same delay keeps its own only where it has another name.
        if not isinstance(part, Attribute) or part.metadata.get(WATERMARK_DELAY) not in old:
            return part
        return replace(part, metadata={**part.metadata, WATERMARK_DELAY: delay_ms})

    def node(operator: o.Operator) -> o.Operator:
        if isinstance(operator, o.Watermark) and operator.column.name == column:
            operator = replace(operator, delay_ms=delay_ms)
        return map_parts(operator, Typed, partial(transform, function=attribute))

    return transform_operator(plan, node)


def trigger_of(execution: Execution) -> Trigger:
    """Return a query's trigger as it is tuned, also where no batch has begun since."""
    interval_ms = execution.control.tuned.get("trigger_ms")
    return execution.trigger if interval_ms is None else Trigger(PROCESSING_TIME, interval_ms)


def with_trigger(definition: StreamDefinition, interval_ms: int) -> StreamDefinition:
    """Return a definition with another processing-time interval."""
    return replace(definition, trigger=Trigger(PROCESSING_TIME, interval_ms))


def with_mode(definition: StreamDefinition, mode: str) -> StreamDefinition:
    """Return a definition with another output mode."""
    if str(mode).lower() not in MODES:
        raise AnalysisError("STREAMING_OUTPUT_MODE.INVALID", outputMode=mode)
    return replace(definition, output_mode=str(mode).lower())


RESTARTS: dict[str, Change] = {"watermark": with_delay}
"""What a restart from the query's own checkpoint may change."""
FORKS: dict[str, Change] = {**RESTARTS, "trigger_ms": with_trigger, "output_mode": with_mode}
"""What a query on a copy of the checkpoint, with a sink of its own, may have other."""
