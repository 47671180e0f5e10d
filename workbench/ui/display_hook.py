"""Streams as the last line of a cell: a query shows its live view, a streaming DataFrame says how to start."""

from __future__ import annotations

import html
from typing import Any
from uuid import uuid4

from pyspark.errors import AnalysisException
from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.streaming.query import StreamingQuery

from workbench.ui.feed import feed_of
from workbench.ui.live import LiveQuery, handle_of
from workbench.ui.still import renew_all

NOT_STARTED = """\
A streaming DataFrame, not started: {schema}
  wb.display(df)                                                      start it and see its rows live
  df.writeStream.format("memory").queryName("name").start()           start it as a query called `name`
  df.writeStream.format("console").start()                            print every batch"""


def install(shell: Any, spark: Any | None = None) -> None:
    """Teach IPython to show streaming queries and streaming DataFrames; calling it again changes nothing.

    `print(query)` gives the text twin too: PySpark's query has no text of its own but its address.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
        `get_ipython()`; None outside IPython, where only `print` is taught.
    spark : pyspark.sql.connect.session.SparkSession, optional
        Listen to this session from now on, so that no query's first batches are missed.
    """
    StreamingQuery.__str__ = query_text
    if spark is not None:
        feed_of(spark)
    if shell is not None:
        bundles = shell.display_formatter.mimebundle_formatter
        bundles.for_type(StreamingQuery, show_query)
        bundles.for_type(DataFrame, show_frame)
        shell.display_formatter.ipython_display_formatter.for_type(StreamingQuery, show_still)
        shell.events.register("post_run_cell", renew_all)


def uninstall(shell: Any) -> None:
    """Undo `install`."""
    if "__str__" in vars(StreamingQuery):
        del StreamingQuery.__str__
    if shell is not None:
        bundles = shell.display_formatter.mimebundle_formatter
        for kind in (StreamingQuery, DataFrame):
            bundles.pop(kind, None)
        shell.display_formatter.ipython_display_formatter.pop(StreamingQuery, None)
        if renew_all in shell.events.callbacks["post_run_cell"]:
            shell.events.unregister("post_run_cell", renew_all)


def query_text(query: Any) -> str:
    """Return a query's text twin."""
    return repr(handle_of(query))


def show_query(query: Any, **_: Any) -> Any:
    """Return a query's live view for IPython."""
    return handle_of(query)._repr_mimebundle_()


def show_still(query: Any) -> None:
    """Display a query in a notebook that runs by itself, else leave it to `show_query`."""
    handle_of(query)._ipython_display_()


def show_frame(frame: Any, **_: Any) -> dict[str, str] | None:
    """Return how to start a streaming DataFrame; None leaves any other DataFrame to PySpark."""
    if not frame.isStreaming:
        return None
    text = NOT_STARTED.format(schema=frame.schema.simpleString())
    return {"text/plain": text, "text/html": f"<pre>{html.escape(text)}</pre>"}


def display(
    frame: Any, *, mode: str | None = None, name: str | None = None, trigger: str | None = None
) -> LiveQuery:
    """Start a streaming DataFrame into a table in memory and return its live handle, to be shown.

    Parameters
    ----------
    frame : pyspark.sql.connect.dataframe.DataFrame
        A streaming DataFrame.
    mode : str, optional
        `append`, `update` or `complete`. By default `complete` where the query allows it (it aggregates, and the
        whole result is kept in memory), else `append`.
    name : str, optional
        The query's and the table's name; a new one by default.
    trigger : str, optional
        A processing-time interval such as `"1 second"`; by default batches follow each other.

    Returns
    -------
    LiveQuery

    Raises
    ------
    ValueError
        If the DataFrame is not streaming.
    """
    if not frame.isStreaming:
        raise ValueError(
            "wb.display starts streaming DataFrames; this one is not streaming: use `.show()`"
        )
    writer = frame.writeStream.format("memory").queryName(name or f"display_{uuid4().hex[:8]}")
    if trigger:
        writer = writer.trigger(processingTime=trigger)
    if mode:
        return handle_of(writer.outputMode(mode).start())
    try:
        return handle_of(writer.outputMode("complete").start())
    except AnalysisException:
        return handle_of(writer.outputMode("append").start())
