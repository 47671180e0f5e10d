"""``%streams``: every query of the session; stop one, stop all, wait for one."""

from __future__ import annotations

from typing import Any

import pandas as pd
from IPython.core.magic import Magics, line_magic, magics_class, needs_local_scope
from IPython.core.magic_arguments import argument, magic_arguments

from workbench.magics.arguments import parse
from workbench.magics.errors import no_such, one_line
from workbench.magics.spark import current

COLUMNS = ("name", "state", "batch", "rows in/s", "rows done/s", "watermark", "id")


@magics_class
class StreamsMagic(Magics):
    """Looks after queries."""

    @magic_arguments()
    @argument(
        "action",
        nargs="?",
        choices=("list", "stop", "await"),
        default="list",
        help="list, stop or await (list)",
    )
    @argument("name", nargs="?", help="a query's name or id; stop without one stops all")
    @argument("--timeout", type=float, default=None, help="seconds to wait")
    @needs_local_scope
    @line_magic
    @one_line
    def streams(self, line: str, local_ns: dict[str, Any] | None = None) -> Any:
        """Show every active query, stop queries, or wait for one."""
        given = parse(self.streams, line)
        spark = current(local_ns)
        if given.action == "stop":
            for query in [find(spark, given.name)] if given.name else list(spark.streams.active):
                query.stop()
        elif given.action == "await":
            return find(spark, given.name or "").awaitTermination(given.timeout)
        return table(spark)


def find(spark: Any, name: str) -> Any:
    """Return the active query of a name or id."""
    active = list(spark.streams.active)
    for query in active:
        if name in (query.name, str(query.id)):
            return query
    raise no_such("active query", name, [query.name or str(query.id) for query in active])


def table(spark: Any) -> pd.DataFrame:
    """Return the active queries as a frame."""
    return pd.DataFrame([row(query) for query in spark.streams.active], columns=list(COLUMNS))


def row(query: Any) -> tuple[Any, ...]:
    """Return one query's line."""
    progress = query.lastProgress
    if progress is None:
        return (query.name, query.status["message"], None, None, None, None, str(query.id))
    watermark = (progress["eventTime"] or {}).get("watermark")
    rates = progress["inputRowsPerSecond"], progress["processedRowsPerSecond"]
    return (
        query.name,
        query.status["message"],
        progress["batchId"],
        *rates,
        watermark,
        str(query.id),
    )
