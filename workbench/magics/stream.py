"""``%%stream``: SQL becomes a running, named query, shown live."""

from __future__ import annotations

from typing import Any

from IPython.core.magic import Magics, cell_magic, magics_class, needs_local_scope, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments
from pyspark.errors import AnalysisException

from workbench.magics.arguments import at_least_one, keep, parse, with_traceback
from workbench.magics.errors import UsageError, one_line
from workbench.magics.replacing import SINGLE, Started, replaced
from workbench.magics.spark import current
from workbench.magics.sql import first_rows
from workbench.magics.values import filled
from workbench.ui import live

MODES = (SINGLE, "append", "update", "complete")


@magics_class
class StreamMagic(Magics):
    """Starts queries from SQL text."""

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self.started: dict[str, Started] = {}

    @magic_arguments("%stream")
    @argument("name", help="the query's name, and the name of the table its rows are in")
    @argument(
        "--mode",
        choices=MODES,
        default="append",
        help="the output mode (append); single: run over what is there, then end",
    )
    @argument(
        "--trigger",
        default="",
        help="how often a batch starts, such as 1s or '5 seconds' (as soon as there is data)",
    )
    @argument(
        "--checkpoint",
        default="",
        help="a folder for offsets and state, so that running the cell again goes on",
    )
    @argument(
        "-n", "--limit", type=at_least_one, default=20, help="how many rows single shows (20)"
    )
    @argument("-o", "--output", help="keep the query under this name")
    @argument("-q", "--quiet", action="store_true", help="show nothing")
    @with_traceback
    @no_var_expand
    @needs_local_scope
    @cell_magic
    @one_line
    def stream(self, line: str, cell: str, local_ns: dict[str, Any] | None = None) -> Any:
        """Start the cell's SQL as a streaming query, shown live; a query of this name that runs is replaced.

        A view over a streaming DataFrame is a stream::

            df.createOrReplaceTempView("flights")

            %%stream hourly --mode append --trigger 1s
            SELECT window.start, origin, count(*) AS n
            FROM flights WATERMARK dep DELAY OF INTERVAL 10 MINUTES
            GROUP BY window(dep, '1 hour'), origin

        ``session_window(dep, '30 minutes')`` groups by pauses instead. ``{{ n + 1 }}`` in the SQL is the value of a Python
        expression. The rows are in a table of the query's name: ``%sql SELECT * FROM hourly``.
        """
        given = parse(self.stream, line)
        spark = current(local_ns)
        frame = spark.sql(filled(cell, self.shell.user_ns))
        _check(spark, frame, given.name)
        query, said = replaced(spark, self.started, given.name, Started(frame, given))
        keep(self.shell, given.output, query)
        if said and not given.quiet:
            print(said)
        if given.mode == SINGLE:
            self._finish(query)
            return None if given.quiet else first_rows(spark.table(given.name), given.limit)
        return None if given.quiet else live(query)

    def _finish(self, query: Any) -> None:
        try:
            query.awaitTermination()
        except KeyboardInterrupt:
            query.stop()
            raise


def _check(spark: Any, frame: Any, name: str) -> None:
    """Refuse what is no stream, and a name that would hide one."""
    if not frame.columns:
        raise UsageError(f"%%stream {name} wants a SELECT. Commands run with %%sql.")
    if not frame.isStreaming:
        raise UsageError(
            f"%%stream {name} reads no stream. Use %%sql for a batch, or read a view over spark.readStream."
        )
    try:
        hidden = spark.table(name).isStreaming
    except AnalysisException:
        return
    if hidden:
        raise UsageError(
            f"{name} is a stream already, which the table of this query would hide. Choose another name, such as {name}_out."
        )
