"""One run of a stream from files to files, to its end: what the crash tests kill and start again.

``python -m tests.crash.stream_run SHAPE FOLDER``: reads ``FOLDER/in``, writes ``FOLDER/out``, checkpoint ``FOLDER/checkpoint``.
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


def source(folder: Path, streaming: bool) -> r.Relation:
    """The input files, one a batch when streamed."""
    options = {"path": str(folder / "in"), "maxFilesPerTrigger": "1"}
    read = r.ReadSource("json", schema=SCHEMA, options=options, is_streaming=streaming)
    return r.Watermark(read, "t", "5 minutes") if streaming else read


def query(session: EngineSession, folder: Path, shape: str, streaming: bool) -> r.Relation:
    """The query over the input, streamed or as a batch."""
    for name in ("e", "f"):
        view = c.CreateView(source(folder, streaming), name, is_global=False, replace=True)
        session.run_command(view, threading.Event())
    rows = r.SqlQuery(SHAPES[shape])
    return r.Deduplicate(rows, all_columns=True) if shape == "distinct" else rows


def new_session() -> EngineSession:
    session = EngineSession()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    session.conf.set("spark.sql.streaming.minBatchesToRetain", "3")
    session.conf.set("spark.sql.streaming.stateStore.minDeltasForSnapshot", "2")
    return session


def run(shape: str, folder: Path) -> None:
    """Run the stream until it has read everything there is."""
    session = new_session()
    command = c.StartStream(
        query(session, folder, shape, streaming=True),
        "json",
        {"checkpointLocation": str(folder / "checkpoint")},
        "append",
        ("availableNow", ""),
        path=str(folder / "out"),
    )
    started = session.run_command(command, threading.Event()).stream
    started.await_termination()


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]))
