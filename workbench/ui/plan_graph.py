"""Where the nodes of a plan stand, and which of them is the bottleneck. Decides; asks nobody."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.ui import wording

BUSY = 0.25
"""A node is a bottleneck where it takes at least this share of the batches' time, and more than any other."""

Node = Mapping[str, Any]


def graph(nodes: Sequence[Node]) -> list[dict[str, Any]]:
    """Return the nodes for the page: place, words and figures; each stands behind those it reads.

    Parameters
    ----------
    nodes : sequence of dict
        `node`, `kind`, `title`, `detail`, `inputs`, `rows`, `rows_per_second`, `share`, `state_rows`, `state_bytes`;
        figures nobody knows are negative or NaN.
    """
    worst = bottleneck(nodes)
    columns = depths(nodes)
    taken: dict[int, int] = {}
    drawn = []
    for node in nodes:
        column = columns[node["node"]]
        taken[column] = taken.get(column, -1) + 1
        drawn.append(
            {
                "name": node["node"],
                "kind": node["kind"],
                "title": wording.shorten(node["title"], 60),
                "detail": wording.shorten(node["detail"], 300),
                "inputs": list(node["inputs"]),
                "column": column,
                "row": taken[column],
                "rate": wording.rate(known(node["rows_per_second"])),
                "speed": max(0.0, _or_zero(node["rows_per_second"])),
                "share": _or_zero(node["share"]),
                "time": share_text(node["share"]),
                "state": state_text(node),
                "rows": wording.count(known(node["rows"])),
                "worst": node["node"] == worst,
            }
        )
    return drawn


def depths(nodes: Sequence[Node]) -> dict[str, int]:
    """Return how far each node is from the sources."""
    found: dict[str, int] = {}
    for node in nodes:
        found[node["node"]] = 1 + max((found.get(name, -1) for name in node["inputs"]), default=-1)
    return found


def bottleneck(nodes: Sequence[Node]) -> str:
    """Return the node that takes most of the time; "" where none stands out, or no time is known."""
    shares = {node["node"]: _or_zero(node["share"]) for node in nodes}
    if not shares:
        return ""
    most = max(shares, key=shares.__getitem__)
    return most if shares[most] >= BUSY else ""


def known(value: Any) -> float:
    """Return a figure; NaN for one nobody knows, which may be negative."""
    found = float(value)
    return found if found >= 0 else math.nan


def share_text(share: Any) -> str:
    """Return a share of the batches' time."""
    found = known(share)
    return "-" if math.isnan(found) else f"{found:.0%} of the time"


def state_text(node: Node) -> str:
    """Return how much state a node keeps; "" for none."""
    rows = known(node["state_rows"])
    if math.isnan(rows):
        return ""
    return f"{wording.count(rows)} rows in state, {wording.size(known(node['state_bytes']))}"


def _or_zero(value: Any) -> float:
    found = known(value)
    return 0.0 if math.isnan(found) else found
