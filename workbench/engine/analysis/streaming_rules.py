"""What may not stream: the shapes and output modes Spark 4.2 refuses.

Source: Spark's ``UnsupportedOperationChecker``, measured on 4.2.1 as a table of 63 shapes and three output modes.
"""

from __future__ import annotations

from collections.abc import Callable

from workbench.base.errors import AnalysisError
from workbench.engine.analysis.join_watermarks import bounds_state, has_watermark_key
from workbench.engine.analysis.lowering import is_session
from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import WATERMARK_DELAY
from workbench.engine.plan.walk import operators_of

APPEND, UPDATE, COMPLETE = "append", "update", "complete"
_GROUP_STATE = (o.GroupStateMap, o.TransformWithState)


def is_streaming(operator: o.Operator) -> bool:
    """Whether a streaming source is anywhere below."""
    return any(isinstance(one, o.StreamScan) for one in operators_of(operator))


def check_batch(operator: o.Operator) -> None:
    """Refuse to run a stream as a batch.

    Raises
    ------
    AnalysisError
        ``STREAMING_QUERY_NOT_STARTED``: it must be started with ``writeStream``.
    """
    for one in operators_of(operator):
        if isinstance(one, o.StreamScan):
            raise AnalysisError("STREAMING_QUERY_NOT_STARTED", format=one.format)


def check_stream(operator: o.Operator, mode: str) -> None:
    """Refuse a streaming plan Spark refuses in an output mode.

    Parameters
    ----------
    operator : Operator
        The plan.
    mode : str
        append, update or complete.

    Raises
    ------
    AnalysisError
        ``STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION`` where the mode does not fit the aggregates, Spark's class for
        windows, ``STREAMING_UNSUPPORTED.*`` where Spark has no class.
    """
    if not is_streaming(operator):
        raise AnalysisError("STREAMING_UNSUPPORTED.NOT_STREAMING")
    streaming = [one for one in operators_of(operator) if is_streaming(one)]
    _check_mode([one for one in streaming if isinstance(one, o.Aggregate)], mode)
    _check_chains(operator, mode)
    for one in streaming:
        for kind, check in _CHECKS:
            if isinstance(one, kind):
                check(one, mode)


def _wrong_mode(mode: str, what: str) -> AnalysisError:
    return AnalysisError(
        "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION", outputMode=mode, operation=what
    )


def _check_mode(aggregates: list[o.Aggregate], mode: str) -> None:
    if mode == COMPLETE and not aggregates:
        raise _wrong_mode(mode, "no streaming aggregations")
    for one in aggregates:
        keys = [key.attribute for key in one.grouping]
        if mode == APPEND and not any(WATERMARK_DELAY in key.metadata for key in keys):
            raise _wrong_mode(mode, "streaming aggregations without watermark")
        if mode == UPDATE and any(is_session(key) for key in keys):
            raise _wrong_mode(mode, "session window on streaming aggregations")


def is_stateful(operator: o.Operator) -> bool:
    """Whether an operator of a stream keeps state."""
    if isinstance(operator, o.Join):
        return is_streaming(operator.left) and is_streaming(operator.right)
    if isinstance(operator, o.Limit):
        return operator.count is not None
    return isinstance(operator, (o.Aggregate, o.Distinct, *_GROUP_STATE))


def _check_chains(operator: o.Operator, mode: str) -> None:
    """A stateful operator that may change its mind, or that gives rows of any event time, cannot feed another."""
    for one in operators_of(operator):
        if not (is_streaming(one) and is_stateful(one)) or isinstance(one, o.Limit):
            continue
        below = [
            x
            for child in one.children
            for x in operators_of(child)
            if is_streaming(x) and is_stateful(x)
        ]
        for feeder in below:
            if isinstance(feeder, o.Aggregate) and mode != APPEND:
                raise AnalysisError("STREAMING_UNSUPPORTED.MULTIPLE_STATEFUL", outputMode=mode)
            if isinstance(feeder, o.GroupStateMap):
                raise AnalysisError("STREAMING_UNSUPPORTED.GROUP_STATE_BEFORE_STATEFUL")


def _aggregate(operator: o.Aggregate, _mode: str) -> None:
    if operator.is_pivot:
        raise AnalysisError("STREAMING_UNSUPPORTED.OPERATION", operation="pivot")
    if any(named.child.distinct for named in operator.aggregates):
        raise AnalysisError("STREAMING_UNSUPPORTED.DISTINCT_AGGREGATION")


def _distinct(operator: o.Distinct, _mode: str) -> None:
    if operator.within_watermark and not any(
        WATERMARK_DELAY in a.metadata for a in operator.child.output
    ):
        raise AnalysisError("STREAMING_UNSUPPORTED.DEDUPLICATE_WITHOUT_WATERMARK")


def _limit(operator: o.Limit, mode: str) -> None:
    if operator.offset or operator.count is None:
        raise AnalysisError("STREAMING_UNSUPPORTED.OPERATION", operation="offset")
    if mode == UPDATE:
        raise AnalysisError("STREAMING_UNSUPPORTED.LIMIT_IN_UPDATE")


def _sort(operator: o.Sort, mode: str) -> None:
    has_groups = any(isinstance(one, o.Aggregate) for one in operators_of(operator.child))
    if mode != COMPLETE or not has_groups:
        raise AnalysisError("STREAMING_UNSUPPORTED.SORT")


def _window(operator: o.Window, _mode: str) -> None:
    names = ", ".join(call.child.function.function for call in operator.calls)
    columns = ", ".join(call.attribute.name for call in operator.calls)
    raise AnalysisError(
        "NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING",
        windowFunc=names,
        columnName=columns,
        windowSpec="",
    )


def _union(operator: o.Union, _mode: str) -> None:
    if not all(is_streaming(child) for child in operator.inputs):
        raise AnalysisError("STREAMING_UNSUPPORTED.UNION_WITH_STATIC")


def _set_operation(operator: o.SetOperation, _mode: str) -> None:
    if operator.kind == "intersect" or is_streaming(operator.right):
        raise AnalysisError("STREAMING_UNSUPPORTED.OPERATION", operation=operator.kind)


def _refused(name: str) -> Callable[[o.Operator, str], None]:
    def refuse(_operator: o.Operator, _mode: str) -> None:
        raise AnalysisError("STREAMING_UNSUPPORTED.OPERATION", operation=name)

    return refuse


_STATIC_RIGHT = ("inner", "left", "semi", "anti")
_STATIC_LEFT = ("inner", "right")


def _join(operator: o.Join, mode: str) -> None:
    left, right = is_streaming(operator.left), is_streaming(operator.right)
    if left and right:
        _two_streams(operator, mode)
        return
    allowed = _STATIC_RIGHT if left else _STATIC_LEFT
    if operator.kind not in allowed:
        side = "left" if left else "right"
        raise AnalysisError("STREAMING_UNSUPPORTED.STATIC_JOIN", kind=operator.kind, side=side)


def _two_streams(join: o.Join, mode: str) -> None:
    if mode == COMPLETE:
        raise AnalysisError("STREAMING_UNSUPPORTED.JOIN_MODE", kind=join.kind, outputMode=mode)
    if join.kind == "anti":
        raise AnalysisError(
            "STREAMING_UNSUPPORTED.OPERATION", operation="left anti join of two streams"
        )
    if join.kind in ("left", "right", "full") and mode != APPEND:
        raise AnalysisError("STREAMING_UNSUPPORTED.JOIN_MODE", kind=join.kind, outputMode=mode)
    sides = {
        "left": ("left",),
        "semi": ("left",),
        "right": ("right",),
        "full": ("left", "right"),
    }.get(join.kind)
    if (
        sides
        and not has_watermark_key(join)
        and not any(bounds_state(join, side) for side in sides)
    ):
        raise AnalysisError("STREAMING_UNSUPPORTED.JOIN_WITHOUT_WATERMARK", kind=join.kind)


def _group_state(operator: o.GroupStateMap | o.TransformWithState, mode: str) -> None:
    if operator.output_mode.lower() != mode:
        raise AnalysisError(
            "STREAMING_UNSUPPORTED.GROUP_STATE_MODE",
            operatorMode=operator.output_mode,
            outputMode=mode,
        )


_CHECKS: tuple[tuple[type | tuple[type, ...], Callable], ...] = (
    (o.Aggregate, _aggregate),
    (o.Distinct, _distinct),
    (o.Limit, _limit),
    (o.Sort, _sort),
    (o.Window, _window),
    (o.Union, _union),
    (o.SetOperation, _set_operation),
    (o.Sample, _refused("sample")),
    (o.Tail, _refused("tail")),
    (o.Join, _join),
    (_GROUP_STATE, _group_state),
)
