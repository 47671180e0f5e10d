"""``%%stream``: SQL becomes a running, named query, shown live."""

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class, needs_local_scope, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from workbench.magics.arguments import parse
from workbench.magics.errors import one_line
from workbench.magics.spark import current
from workbench.ui import live

SINGLE = "single"
MODES = (SINGLE, "append", "update", "complete")


@magics_class
class StreamMagic(Magics):
    """Starts queries from SQL text."""

    @magic_arguments()
    @argument("name", help="the query's name, and the name of the table its rows are in")
    @argument(
        "--mode",
        choices=MODES,
        default="append",
        help="the output mode; single: run over what is there, then end",
    )
    @argument(
        "--trigger",
        default="",
        help="how often a batch starts, such as 1s or '5 seconds' (as soon as there is data)",
    )
    @argument(
        "--checkpoint",
        default="",
        help="where to keep offsets and state, so that a restart goes on",
    )
    @argument("-o", "--output", help="keep the query under this name")
    @argument("-q", "--quiet", action="store_true", help="show nothing")
    @no_var_expand
    @needs_local_scope
    @cell_magic
    @one_line
    def stream(self, line: str, cell: str, local_ns: dict[str, Any] | None = None) -> Any:
        """Start the cell's SQL as a streaming query; a query of this name that runs is replaced.

        A view over a streaming DataFrame is a stream: ``df.createOrReplaceTempView("flights")``, then ``FROM flights``.
        ``WATERMARK column DELAY OF INTERVAL 10 MINUTES`` after a table sets a watermark.
        """
        given = parse(self.stream, line)
        spark = current(local_ns)
        frame = spark.sql(cell)
        if not frame.isStreaming:
            raise UsageError(
                f"%%stream {given.name} reads no stream. Use %%sql for a batch, or read a view over spark.readStream."
            )
        replaced = replace(spark, given.name)
        query = self._start(frame, given)
        if given.output:
            self.shell.user_ns[given.output] = query
        if replaced and not given.quiet:
            print(what_was_kept(given.name, given.checkpoint, given.mode))
        if given.mode == SINGLE:
            query.awaitTermination()
            return None if given.quiet else spark.table(given.name).limit(20).toPandas()
        return None if given.quiet else live(query)

    def _start(self, frame: Any, given: Any) -> Any:
        mode = "append" if given.mode == SINGLE else given.mode
        writer = frame.writeStream.format("memory").queryName(given.name).outputMode(mode)
        if given.checkpoint:
            writer = writer.option("checkpointLocation", given.checkpoint)
        if given.mode == SINGLE:
            writer = writer.trigger(availableNow=True)
        elif given.trigger:
            writer = writer.trigger(processingTime=spelled(given.trigger))
        return writer.start()


_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "min": "minutes", "h": "hours"}


def spelled(length: str) -> str:
    """Return a short length of time as Spark writes it.

    >>> spelled("250ms"), spelled("2 minutes")
    ('250 milliseconds', '2 minutes')
    """
    text = length.strip().strip("'\"")
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = text[len(digits) :]
    return f"{digits.strip()} {_UNITS[unit]}" if unit in _UNITS else text


def replace(spark: Any, name: str) -> bool:
    """Stop the active query of a name; return whether there was one."""
    running = [query for query in spark.streams.active if query.name == name]
    for query in running:
        query.stop()
    return bool(running)


def what_was_kept(name: str, checkpoint: str, mode: str) -> str:
    """Return the sentence that says what a replaced query kept."""
    if not checkpoint:
        return f"{name}: replaced. Nothing was kept: without --checkpoint the query starts from the beginning of its sources."
    if mode == "complete":
        return f"{name}: replaced. It goes on from {checkpoint}: offsets and state were kept, the table is rebuilt."
    return f"{name}: replaced. Offsets and state in {checkpoint} were kept; the rows in the table {name} were not."
