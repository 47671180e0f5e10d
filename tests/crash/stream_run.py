"""One run of a stream from files to files, to its end: what the crash tests kill and start again.

``python -m tests.crash.stream_run SHAPE FOLDER [PROVIDER [PARTITIONS]]``: reads ``FOLDER/in``, writes ``FOLDER/out``, checkpoint ``FOLDER/checkpoint``.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from workbench.engine.plan import commands as c
from workbench.engine.plan import relations as r
from workbench.engine.session import EngineSession

SCHEMA = "t TIMESTAMP, k STRING, x BIGINT"

SHAPES = {
    "rows": "SELECT t, upper(k) k, x FROM e WHERE x % 3 <> 0",
    "windows": "SELECT window(t, '10 minutes') w, k, count(*) n, sum(x) s, avg(x) a FROM e GROUP BY 1, 2",
    "distinct": "SELECT t, k FROM e",
    "sessions": "SELECT session_window(t, '1 minute') w, k, count(*) n FROM e GROUP BY 1, 2",
    "join": "SELECT a.t, a.k, a.x, b.x y FROM e a JOIN f b ON a.k = b.k AND b.t >= a.t AND b.t <= a.t + INTERVAL 2 MINUTES",
}

_BAND = "ON a.k = b.k AND b.t >= a.t AND b.t <= a.t + INTERVAL 2 MINUTES"
STREAMED = {
    "left": f"SELECT a.t, a.k, a.x, b.x y FROM e a LEFT JOIN f b {_BAND} AND b.x > a.x",
    "full": f"SELECT a.t, a.k, b.t u, b.x y FROM e a FULL JOIN f b {_BAND} AND b.x > a.x",
    "semi": f"SELECT * FROM e a LEFT SEMI JOIN f b {_BAND} AND b.x > a.x",
    "within": "SELECT t, k, x % 9 x, window(t, '5 minutes').start s FROM e",
    "limit": "SELECT t, k, x FROM e LIMIT 70",
    "chain": "SELECT window(w, '30 minutes') w, sum(n) n FROM (SELECT window(t, '5 minutes') w, k, count(*) n FROM e GROUP BY 1, 2) GROUP BY 1",
    "collected": "SELECT window(t, '10 minutes') w, sort_array(collect_list(x)) l, max_by(k, x) m FROM e GROUP BY 1",
}
"""Shapes whose answer is not that of a batch query."""


def source(folder: Path, streaming: bool) -> r.Relation:
    """The input files, one a batch when streamed: JSON, or parquet where a test has written that."""
    kind = "parquet" if any((folder / "in").glob("*.parquet")) else "json"
    options = {"path": str(folder / "in"), "maxFilesPerTrigger": "1"}
    read = r.ReadSource(kind, schema=SCHEMA, options=options, is_streaming=streaming)
    return r.Watermark(read, "t", "5 minutes") if streaming else read


def query(session: EngineSession, folder: Path, shape: str, streaming: bool) -> r.Relation:
    """The query over the input, streamed or as a batch."""
    for name in ("e", "f"):
        view = c.CreateView(source(folder, streaming), name, is_global=False, replace=True)
        session.run_command(view, threading.Event())
    rows = r.SqlQuery({**SHAPES, **STREAMED}[shape])
    if shape == "within":
        # Rows of one key are less than the delay apart: the others may pass or not, as batches fall.
        return r.Deduplicate(rows, ("k", "x", "s"), within_watermark=True)
    return r.Deduplicate(rows, all_columns=True) if shape == "distinct" else rows


def new_session(provider: str = "") -> EngineSession:
    session = EngineSession()
    session.conf.set("spark.sql.streaming.stateStore.providerClass", provider)
    session.conf.set("spark.sql.shuffle.partitions", "2")
    session.conf.set("spark.sql.session.timeZone", "UTC")
    session.conf.set("spark.sql.streaming.minBatchesToRetain", "3")
    session.conf.set("spark.sql.streaming.stateStore.minDeltasForSnapshot", "2")
    session.conf.set("spark.sql.streaming.stateStore.maintenanceInterval", "0ms")
    session.conf.set("workbench.streaming.readAheadRows", "1")
    return session


def run(shape: str, folder: Path, provider: str = "", partitions: str = "") -> None:
    """Run the stream until it has read everything there is.

    ``partitions``: into how many parts its state is divided from now on; further numbers, after commas, while it runs.
    """
    first, *later = partitions.split(",")
    session = new_session(provider)
    options = {"checkpointLocation": str(folder / "checkpoint")}
    command = c.StartStream(
        query(session, folder, shape, streaming=True),
        "json",
        options | {"statePartitions": first} if first else options,
        "append",
        ("availableNow", ""),
        path=str(folder / "out"),
    )
    started = session.run_command(command, threading.Event()).stream
    for number in later:
        if not started.await_termination(0.05):
            started.tune(state_partitions=int(number))
    started.await_termination()


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
