"""``%progress``: the last batches of a query as a table."""

from __future__ import annotations

from typing import Any

import pandas as pd
from IPython.core.magic import Magics, line_magic, magics_class, needs_local_scope
from IPython.core.magic_arguments import argument, magic_arguments

from workbench.magics.arguments import at_least_one, keep, parse, with_traceback
from workbench.magics.errors import one_line
from workbench.magics.spark import current
from workbench.magics.streams import ended, find, title


@magics_class
class ProgressMagic(Magics):
    """Shows what a query did."""

    @magic_arguments()
    @argument("name", nargs="?", help="the query's name or id (the only one)")
    @argument("-n", "--limit", type=at_least_one, default=10, help="how many batches (10)")
    @argument("-o", "--output", help="keep the table under this name")
    @with_traceback
    @needs_local_scope
    @line_magic
    @one_line
    def progress(self, line: str, local_ns: dict[str, Any] | None = None) -> Any:
        """Show a query's newest batches, one a line, also those of a query that has ended.

        The columns: its rows, rows a second, milliseconds of each step, the watermark, and rows of state.
        """
        given = parse(self.progress, line)
        name, recent = batches(current(local_ns), given.name)
        if not recent:
            print(f"{name} has finished no batch yet.")
            return None
        made = pd.DataFrame([flat(one) for one in recent[-given.limit :]])
        keep(self.shell, given.output, made)
        return made


def batches(spark: Any, name: str | None) -> tuple[str, list[Any]]:
    """Return what a query is called, and what it said of its batches."""
    running = {query.name for query in spark.streams.active} | {
        str(query.id) for query in spark.streams.active
    }
    if name and name not in running and (past := ended(spark, name)) is not None:
        return name, list(past.raw)
    query = find(spark, name)
    return title(query), query.recentProgress


def flat(progress: Any) -> dict[str, Any]:
    """Return one batch as a line: rows, rates, milliseconds a phase, watermark, state."""
    durations = {f"{name} ms": value for name, value in progress["durationMs"].items()}
    state = sum(one["numRowsTotal"] for one in progress.get("stateOperators") or ())
    return {
        "batch": progress["batchId"],
        "at": progress["timestamp"],
        "rows": progress["numInputRows"],
        "rows/s": progress.get("processedRowsPerSecond"),
        **durations,
        "watermark": (progress.get("eventTime") or {}).get("watermark"),
        "state rows": state,
    }
