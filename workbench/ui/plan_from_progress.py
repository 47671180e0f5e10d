"""A plan's graph as far as progress tells it: for servers that have no look inside."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

UNKNOWN = {
    "rows": math.nan,
    "rows_per_second": math.nan,
    "share": math.nan,
    "state_rows": -1,
    "state_bytes": -1,
}


def nodes_from(progress: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return sources, stateful operators and the sink of one progress event, in a row.

    Progress does not say which source feeds which operator, so all of them feed the first; operators come downstream
    first there.
    """
    if not progress:
        return []
    total = float((progress.get("durationMs") or {}).get("triggerExecution") or 0)
    sources = [source_node(index, one) for index, one in enumerate(progress.get("sources") or ())]
    operators = list(reversed(progress.get("stateOperators") or ()))
    inputs = [node["node"] for node in sources]
    chain = []
    for index, operator in enumerate(operators):
        chain.append(operator_node(index, operator, inputs, total))
        inputs = [chain[-1]["node"]]
    return [*sources, *chain, sink_node(progress.get("sink") or {}, inputs, total)]


def source_node(index: int, source: Mapping[str, Any]) -> dict[str, Any]:
    """Return a source with its rows."""
    rate = source.get("processedRowsPerSecond", source.get("inputRowsPerSecond"))
    description = str(source.get("description") or "source")
    figures = {
        "rows": source.get("numInputRows", math.nan),
        "rows_per_second": rate if rate is not None else math.nan,
    }
    return node(f"source{index}", "source", description, [], figures)


def operator_node(
    index: int, operator: Mapping[str, Any], inputs: list[str], total_ms: float
) -> dict[str, Any]:
    """Return a stateful operator with its state and the time Spark counts for it."""
    spent = sum(
        float(operator.get(key) or 0)
        for key in ("allUpdatesTimeMs", "allRemovalsTimeMs", "commitTimeMs")
    )
    partitions = max(1.0, float(operator.get("numShufflePartitions") or 1))
    figures = {
        # Spark adds up the partitions' times, which ran beside each other.
        "share": min(1.0, spent / partitions / total_ms) if total_ms else math.nan,
        "state_rows": operator.get("numRowsTotal", -1),
        "state_bytes": operator.get("memoryUsedBytes", -1),
    }
    return node(f"state{index}", "state", str(operator.get("operatorName")), inputs, figures)


def sink_node(sink: Mapping[str, Any], inputs: list[str], total_ms: float) -> dict[str, Any]:
    """Return the sink with its rows, where it counts them."""
    rows = float(sink.get("numOutputRows", -1))
    rate = rows * 1000 / total_ms if rows >= 0 and total_ms else math.nan
    figures = {"rows": rows, "rows_per_second": rate}
    return node("sink", "sink", str(sink.get("description") or "sink"), inputs, figures)


def node(
    name: str, kind: str, title: str, inputs: list[str], figures: Mapping[str, Any]
) -> dict[str, Any]:
    """Return one node; figures that are not given are unknown."""
    return {
        "node": name,
        "kind": kind,
        "title": title,
        "detail": title,
        "inputs": inputs,
        **UNKNOWN,
        **figures,
    }
