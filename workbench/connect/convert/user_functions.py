"""``mapInPandas``, ``applyInPandas`` and their kin as messages; the caller has converted the children."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyspark.sql.types import DataType, StructType

from workbench.connect.convert import types
from workbench.connect.convert.context import Context
from workbench.connect.convert.expressions import expressions, sort_orders
from workbench.connect.convert.functions import python_function
from workbench.engine.plan import relations as r


def _map_partitions(message: Any, child: r.Relation, context: Context) -> r.Relation:
    return r.MapBatches(child, python_function(message.func, context))


def group_map(
    message: Any, child: r.Relation, initial: r.Relation | None, context: Context
) -> r.Relation:
    """``applyInPandas``, ``applyInArrow``; ``transformWithState`` and its initial state."""
    stateful = message.HasField("transform_with_state_info")
    return r.GroupMap(
        child=child,
        grouping=expressions(message.grouping_expressions, context),
        function=python_function(message.func, context),
        sorting=sort_orders((one.sort_order for one in message.sorting_expressions), context),
        stateful=_stateful(message, initial, context) if stateful else None,
    )


def _stateful(message: Any, initial: r.Relation | None, context: Context) -> r.StatefulInfo:
    info = message.transform_with_state_info
    return r.StatefulInfo(
        output_mode=message.output_mode,
        time_mode=info.time_mode,
        output_schema=_struct(types.from_proto(info.output_schema, context.parse_ddl)),
        event_time_column=info.event_time_column_name,
        initial=initial,
        initial_grouping=expressions(message.initial_grouping_expressions, context),
    )


def _struct(kind: DataType) -> StructType:
    return kind if isinstance(kind, StructType) else StructType().add("value", kind)


def _with_state(message: Any, child: r.Relation, context: Context) -> r.Relation:
    return r.GroupStateMap(
        child=child,
        grouping=expressions(message.grouping_expressions, context),
        function=python_function(message.func, context),
        output_schema=_schema(message.output_schema, context),
        state_schema=_schema(message.state_schema, context),
        output_mode=message.output_mode,
        timeout=message.timeout_conf,
    )


def _schema(text: str, context: Context) -> StructType:
    return types.struct_from_json(text) or context.struct(text)


def co_group_map(message: Any, left: r.Relation, right: r.Relation, context: Context) -> r.Relation:
    """``cogroup().applyInPandas``."""
    return r.CoGroupMap(
        left=left,
        left_grouping=expressions(message.input_grouping_expressions, context),
        right=right,
        right_grouping=expressions(message.other_grouping_expressions, context),
        function=python_function(message.func, context),
    )


MAPS: dict[str, Callable[[Any, r.Relation, Context], r.Relation]] = {
    "map_partitions": _map_partitions,
    "apply_in_pandas_with_state": _with_state,
}
