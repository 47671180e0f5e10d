"""A query's plan: the graph with live figures, and the text its server gives."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from pyspark.sql.connect.proto import StreamingQueryCommand

from workbench.ui.plan_graph import graph
from workbench.ui.plan_watch import PlanWatch

if TYPE_CHECKING:
    import pandas as pd


class QueryPlan:
    """The plan; asked for when it is printed or displayed.

    Parameters
    ----------
    query : pyspark.sql.connect.streaming.query.StreamingQuery
        The query.
    watch : PlanWatch
        Knows the nodes and their figures.
    """

    def __init__(self, query: Any, watch: PlanWatch) -> None:
        self.query = query
        self.watch = watch

    def text(self, *, extended: bool = False) -> str:
        """Return what `query.explain()` prints; PySpark can only print it, so its message is sent from here."""
        command = StreamingQueryCommand()
        command.explain.extended = extended
        return str(self.query._execute_streaming_query_cmd(command).explain.result).strip()  # noqa: SLF001

    @property
    def nodes(self) -> pd.DataFrame:
        """One row a node: what it is, what it reads, rows, rows a second, its share of the batches' time, its state."""
        import pandas as pd  # heavy, and only needed here

        return pd.DataFrame(self.watch.nodes())

    def graph(self) -> str:
        """Return the nodes with their figures as lines of text, each below those it reads."""
        return "\n".join(line(node) for node in graph(self.watch.nodes()))

    def __repr__(self) -> str:
        """Return the plan as text: its nodes with their figures, then what the server explains."""
        return "\n".join(part for part in (self.graph(), self.text()) if part)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        text = repr(self)
        return {"text/plain": text, "text/html": f"<pre>{html.escape(text)}</pre>"}


def line(node: dict[str, Any]) -> str:
    """Return one node as a line of text."""
    words = [
        f"{'  ' * node['column']}{node['name']}",
        node["title"],
        node["rate"],
        node["time"],
        node["state"],
    ]
    said = "  ".join(word for word in words if word and word != "-")
    return f"{said}  <- the bottleneck" if node["worst"] else said
