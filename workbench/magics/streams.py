"""``%streams``: every query of the session; stop one, stop all, wait for one."""

from __future__ import annotations

import time
from typing import Any

import pandas as pd
from IPython.core.magic import Magics, line_magic, magics_class, needs_local_scope
from IPython.core.magic_arguments import argument, magic_arguments

from workbench.magics.arguments import parse, seconds, with_traceback
from workbench.magics.errors import UsageError, no_such, one_line, reason
from workbench.magics.spark import current
from workbench.magics.stateful.sample import is_sample
from workbench.ui.feed import feed_of
from workbench.ui.history import History

COLUMNS = ("name", "state", "batch", "rows in/s", "rows done/s", "watermark", "id")
NEWS_S = 2.0
"""How long the news of a query's end may take: listeners hear of it after the query is gone."""
NONE = (
    "No query runs. %%stream NAME starts one from SQL, df.writeStream…start() one from a DataFrame."
)


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
    @argument("--timeout", type=seconds, help="how many seconds await waits (until it ends)")
    @with_traceback
    @needs_local_scope
    @line_magic
    @one_line
    def streams(self, line: str, local_ns: dict[str, Any] | None = None) -> Any:
        """Show every query of the session, also those that have ended; stop queries, or wait for one.

        ``%streams`` shows all, ``%streams stop NAME`` stops one, ``%streams stop`` stops all, and ``%streams await NAME`` waits
        until it ends; when it failed, with its error.
        """
        given = parse(self.streams, line)
        spark = current(local_ns)
        if given.action == "await":
            print(awaited(find(spark, given.name), given.timeout))
            return None
        if given.action == "stop":
            for query in [find(spark, given.name)] if given.name else list(spark.streams.active):
                query.stop()
        return table(spark)


def find(spark: Any, name: str | None) -> Any:
    """Return the active query of a name or id; without one the only query.

    Raises
    ------
    UsageError
        No such query runs; how it ended, or which there are.
    """
    active = list(spark.streams.active)
    chosen = [query for query in active if name in (query.name, str(query.id), None)]
    if len(chosen) == 1:
        return chosen[0]
    names = [title(query) for query in active]
    if name is None:
        raise UsageError(f"Which query? There are: {', '.join(names)}." if names else NONE)
    if (past := ended(spark, name)) is not None:
        raise UsageError(f"{name} does not run: {ending(past)}")
    raise no_such("query", name, [*names, *(one.title for one in histories(spark))])


def title(query: Any) -> str:
    """Return what a query is called."""
    return query.name or str(query.id)


def awaited(query: Any, timeout: float | None) -> str:
    """Wait for a query; return what came of it."""
    has_ended = query.awaitTermination(timeout)
    return (
        f"{title(query)} has ended."
        if has_ended
        else f"{title(query)} runs on after {timeout:g} s."
    )


def histories(spark: Any) -> list[History]:
    """Return the session's queries that have ended, the newest of each name."""
    active = {str(query.id) for query in spark.streams.active}
    known = list(feed_of(spark).histories.values())
    over = [one for one in known if one.query_id not in active and not is_sample(one.name)]
    end = time.monotonic() + NEWS_S
    while not all(one.is_over for one in over) and time.monotonic() < end:
        time.sleep(0.02)
    return list({one.title: one for one in over}.values())


def ended(spark: Any, name: str) -> History | None:
    """Return the query of a name or id that has ended."""
    found = [one for one in histories(spark) if name in (one.name, one.query_id)]
    return found[-1] if found else None


def ending(past: History) -> str:
    """Return how a query ended."""
    return (
        f"it failed. {reason(past.error)}"
        if past.error
        else "it was stopped, or had read all there is."
    )


def table(spark: Any) -> pd.DataFrame | None:
    """Return the session's queries as a frame; failures are told in full."""
    active = list(spark.streams.active)
    names = {query.name for query in active}
    over = [one for one in histories(spark) if one.name not in names]
    for one in over:
        if one.error:
            print(f"{one.title}: {ending(one)}")
    rows = [row(one, one.status["message"], one.lastProgress) for one in active]
    rows += [row(one, one.state if one.is_over else "stopped", one.last) for one in over]
    if not rows:
        print(NONE)
        return None
    return pd.DataFrame(rows, columns=list(COLUMNS))


def row(query: Any, state: str, progress: Any) -> tuple[Any, ...]:
    """Return the line of a query, or of the history of one."""
    found = progress or {}
    return (
        query.name,
        state,
        found.get("batchId"),
        found.get("inputRowsPerSecond"),
        found.get("processedRowsPerSecond"),
        (found.get("eventTime") or {}).get("watermark"),
        str(query.query_id if isinstance(query, History) else query.id),
    )
