"""``wb.replay``: a table played back as a streaming DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from workbench.base.errors import IllegalArgument, Unsupported
from workbench.base.replay_clock import ReplayClock
from workbench.base.replay_clock import clock as shared_clock
from workbench.engine.connectors.replay_table import REPLAYS

if TYPE_CHECKING:
    from datetime import date, datetime

    from pyspark.sql import DataFrame, SparkSession


def replay(
    table: pa.Table | Any,
    time: str,
    speed: float | None = 3600.0,
    start: datetime | date | str | None = None,
    end: datetime | date | str | None = None,
    *,
    clock: ReplayClock | None = None,
    max_rows: int | None = None,
    spark: SparkSession | None = None,
) -> DataFrame:
    """Play a table back as a stream, in the order its rows arrived.

    Parameters
    ----------
    table : pyarrow.Table, pandas.DataFrame or DataFrame
        The rows; a Spark DataFrame is collected once.
    time : str
        The timestamp column that says when each row arrives. A row without one never does.
    speed : float or None, default 3600
        Seconds of data per second; ``math.inf`` for everything at once; None to move by ``wb.clock.step()`` only. It sets
        the speed of the shared clock; a clock given as ``clock`` keeps its own.
    start, end : datetime, date or ISO text, optional
        Play the rows that arrive at or after ``start`` and before ``end``; UTC unless they say otherwise.
    clock : ReplayClock, optional
        A clock of its own for this replay. By default all replays share ``wb.clock``, so that they stay in step.
    max_rows : int, optional
        The most rows one micro-batch takes. With an infinite speed it makes every run the same, batch by batch.
    spark : SparkSession, optional
        The session to make the stream in; the active one by default, else ``wb.session()``.

    Returns
    -------
    DataFrame
        A streaming DataFrame. The clock starts to run when a query on it does.

    Examples
    --------
    >>> flights = wb.datasets.flights()
    >>> stream = wb.replay(flights, time="dep", speed=3600)  # doctest: +SKIP
    """
    name = REPLAYS.add(as_arrow(table), time, start, end, clock or shared_clock)
    reader = embedded(spark).readStream.format("replay").option("replay", name)
    if clock is None:
        shared_clock.speed = speed
    if max_rows is not None:
        reader = reader.option("maxRowsPerTrigger", max_rows)
    return reader.load()


def as_arrow(table: pa.Table | Any) -> pa.Table:
    """Return the rows of whatever table was given."""
    if isinstance(table, pa.Table):
        return table
    if hasattr(table, "toArrow"):
        return table.toArrow()
    if hasattr(table, "iloc"):
        return pa.Table.from_pandas(table, preserve_index=False)
    raise IllegalArgument("WORKBENCH_REPLAY.NOT_A_TABLE", type=type(table).__name__)


def embedded(spark: SparkSession | None) -> SparkSession:
    """Return a session on this process's engine, or raise: no other server can see a table of this process."""
    from pyspark.sql.connect.session import SparkSession as Client

    from workbench.connect.channel import PrivateChannelBuilder
    from workbench.session import session

    chosen = spark or Client.getActiveSession() or session()
    builder = getattr(getattr(chosen, "client", None), "_builder", None)
    if not isinstance(builder, PrivateChannelBuilder):
        raise Unsupported("WORKBENCH_REPLAY.NOT_HERE")
    return chosen
