"""A process is killed between any two durable steps of the file source and sink; the next one finds every row once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PUMP = Path(__file__).with_name("pump.py")
FILES = 7

PLACES = [
    "file-source.chosen",
    "file-source.log.written",
    "file-source.log.durable",
    "file-source.clean",
    "file-sink.files",
    "file-sink.log.written",
    "file-sink.log.durable",
]


def run(folder, crash_at=""):
    root = Path(__file__).parents[3]
    environment = {**os.environ, "WORKBENCH_CRASH_AT": crash_at, "PYTHONPATH": str(root)}
    return subprocess.run(
        [sys.executable, str(PUMP), str(folder)], env=environment, timeout=120, check=False
    ).returncode


@pytest.mark.crash
@pytest.mark.parametrize("place", PLACES)
def test_every_row_is_there_once(files, place):
    for i in range(FILES):
        files.put(
            f"in/{i}.json",
            f'{{"a":{i},"k":{i % 2}}}\n{{"a":{i + 100},"k":1}}\n',
            1_700_000_000_000 + i,
        )

    # The third call is a folded log entry; the first is the first of the stream.
    assert run(files.folder, f"{place}:3") == -signal.SIGKILL
    assert run(files.folder, f"{place}:1") == -signal.SIGKILL
    assert run(files.folder) == 0

    rows = sorted(row[0] for row in files.rows("json", "out"))
    assert rows == [*range(FILES), *range(100, 100 + FILES)]
    manifested = {row.rpartition("/")[2] for row in _manifest(files)}
    assert {path.name for path in (files.folder / "out").rglob("part-*")} == manifested


def _manifest(files):
    log = files.folder / "out/_spark_metadata"
    return [
        json.loads(line)["path"]
        for path in log.iterdir()
        if path.name[0] != "."
        for line in path.read_text().split("\n")[1:]
    ]
