"""Moves files from a source to a sink as a query does, offsets and commits durable, in a process a test may kill.

Usage: ``pump.py FOLDER``; reads ``FOLDER/in``, writes ``FOLDER/out``, keeps its notes in ``FOLDER/cp``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from workbench.base.ddl import parse_ddl
from workbench.engine.connectors import registry
from workbench.engine.connectors.contract import SinkContext, SourceContext
from workbench.engine.connectors.files import durable


def conf(key):
    return {
        "spark.sql.streaming.fileSource.log.compactInterval": "3",
        "spark.sql.streaming.fileSink.log.compactInterval": "3",
    }.get(key)


def now_ms():
    return int(time.time() * 1000)


def notes(folder):
    found = {int(path.name): path.read_text() for path in folder.glob("[0-9]*")}
    return [found[batch] for batch in sorted(found)]


def pump(folder: Path) -> None:
    schema = parse_ddl("a bigint, k bigint")
    options = {"path": str(folder / "in"), "maxFilesPerTrigger": "1", "cleanSource": "delete"}
    source = registry.find("json").source(
        options, schema, SourceContext(folder / "cp/sources/0", conf, now_ms)
    )
    sink = registry.find("json").sink(
        {"path": str(folder / "out")}, schema, ["k"], SinkContext("q", "", conf, now_ms)
    )
    offsets, commits = notes(folder / "cp/offsets"), notes(folder / "cp/commits")
    while True:
        batch = len(commits)
        start = offsets[batch - 1] if batch else None
        if len(offsets) == batch:
            end = source.latest_offset(start)
            if end is None or end == start:
                return
            durable.write_new(folder / "cp/offsets" / str(batch), end.encode())
            offsets.append(end)
        sink.add_batch(batch, source.batch(start, offsets[batch]), "append")
        durable.write_new(folder / "cp/commits" / str(batch), b"done")
        commits.append("done")
        source.commit(offsets[batch])


if __name__ == "__main__":
    pump(Path(sys.argv[1]))
