"""A look into a running query: the figures of a node of its plan, and the newest rows that passed there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from workbench.base.arrow_types import from_arrow, to_arrow
from workbench.base.errors import IllegalArgument, WorkbenchError

if TYPE_CHECKING:
    from workbench.engine.plan.typed import Attribute
    from workbench.engine.streaming.execution import Execution
    from workbench.engine.streaming.nodes import Node
    from workbench.engine.streaming.progress import StreamingQueryProgress

_NOTHING = {"rows": 0.0, "rows_per_second": 0.0, "ms": 0.0, "share": 0.0}


def node_row(
    node: Node, figures: dict[str, dict[str, float]], last: StreamingQueryProgress | None
) -> dict[str, Any]:
    """Return a node and its figures as one row of a table."""
    state = None
    if node.state is not None and last is not None and node.state < len(last.state_operators):
        state = last.state_operators[node.state]
    return {
        "node": node.name,
        "kind": node.kind,
        "title": node.title,
        "detail": node.detail,
        "inputs": list(node.inputs),
        **_NOTHING,
        **figures.get(node.name, {}),
        "state_rows": -1 if state is None else state.num_rows_total,
        "state_bytes": -1 if state is None else state.memory_used_bytes,
    }


def peek(execution: Execution, name: str, rows: int) -> pa.Table:
    """Return the newest rows that passed a node, oldest first, under the columns' own names."""
    nodes = {node.name: node for node in execution.nodes}
    if name not in nodes:
        raise IllegalArgument("WORKBENCH_PEEK", node=name, nodes=", ".join(nodes))
    output = nodes[name].output
    found = execution.meter.newest(name, rows)
    if found is None or found.num_columns != len(output):
        return pa.table([pa.array([], arrow_of(one)) for one in output], names=names_of(output))
    columns = [shown(column) for column in found.columns]
    return pa.table(columns, names=names_of(output))


def names_of(output: tuple[Attribute, ...]) -> list[str]:
    """Return the columns' names; a name that comes again gets the column's id."""
    names: list[str] = []
    for one in output:
        names.append(one.column if one.name in names else one.name)
    return names


def arrow_of(one: Attribute) -> pa.DataType:
    """Return a column's Arrow type; text for what has none."""
    try:
        return to_arrow(one.type)
    except WorkbenchError:
        return pa.string()


def shown(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    """Return a column as it can travel: what Spark has no type for, an aggregate's buffer say, becomes text."""
    try:
        from_arrow(column.type)
    except WorkbenchError:
        return pa.array([None if one is None else str(one) for one in column.to_pylist()])
    return column
