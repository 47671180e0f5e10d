"""A query's plan as its server tells it."""

from __future__ import annotations

import html
from typing import Any

from pyspark.sql.connect.proto import StreamingQueryCommand


class QueryPlan:
    """The plan as text; asked for when it is printed or displayed.

    Parameters
    ----------
    query : pyspark.sql.connect.streaming.query.StreamingQuery
        The query.
    """

    def __init__(self, query: Any) -> None:
        self.query = query

    def text(self, *, extended: bool = False) -> str:
        """Return what `query.explain()` prints; PySpark can only print it, so its message is sent from here."""
        command = StreamingQueryCommand()
        command.explain.extended = extended
        return str(self.query._execute_streaming_query_cmd(command).explain.result).strip()  # noqa: SLF001

    def __repr__(self) -> str:
        """Return the plan as text."""
        return self.text()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        text = self.text()
        return {"text/plain": text, "text/html": f"<pre>{html.escape(text)}</pre>"}
