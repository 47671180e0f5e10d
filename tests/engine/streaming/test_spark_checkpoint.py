"""A query moves between Apache Spark and this engine with its checkpoint, and each file looks the same."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from pathlib import Path

import pytest

from tests.spark_process import spark_environ
from workbench.engine.plan import commands as c
from workbench.engine.plan import relations as r
from workbench.engine.session import EngineSession

pytestmark = [pytest.mark.spark, pytest.mark.slow]


def run_spark(python, *folders):
    script = Path(__file__).with_name("spark_stream.py")
    command = [python, str(script), *map(str, folders)]
    subprocess.run(command, check=True, capture_output=True, timeout=180, env=spark_environ())


def run_ours(folder):
    session = EngineSession()
    options = {"path": str(folder / "in"), "maxFilesPerTrigger": "1"}
    read = r.ReadSource("json", schema="k STRING, x BIGINT", options=options, is_streaming=True)
    session.run_command(c.CreateView(read, "e", is_global=False, replace=True), threading.Event())
    command = c.StartStream(
        r.SqlQuery("SELECT upper(k) k, x + 1 x FROM e"),
        "json",
        {"checkpointLocation": str(folder / "checkpoint")},
        "append",
        ("availableNow", ""),
        path=str(folder / "out"),
    )
    session.run_command(command, threading.Event()).stream.await_termination(60)


def add(folder, *numbers):
    (folder / "in").mkdir(exist_ok=True)
    for number in numbers:
        (folder / "in" / f"{number}.json").write_text(
            json.dumps({"k": f"k{number}", "x": number}) + "\n"
        )


def manifest(folder):
    """The rows the sink's manifest vouches for."""
    rows = []
    for log in (folder / "out/_spark_metadata").iterdir():
        if log.name.isdigit():
            for line in log.read_text().splitlines()[1:]:
                path = Path(json.loads(line)["path"].removeprefix("file://"))
                rows += [json.loads(text) for text in path.read_text().splitlines()]
    return sorted((row["k"], row["x"]) for row in rows)


def shape(path):
    """A file's text with what must differ (ids, times, paths) left out."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "UUID", path.read_text())
    text = re.sub(r"\d{13}", "TIME", text)
    return re.sub(r'"file://[^"]*"', '"PATH"', text)


NAMES = (
    "metadata",
    *(f"{log}/{batch}" for log in ("offsets", "commits", "sources/0") for batch in (0, 1)),
)


def shapes(folder):
    """What the files of a checkpoint look like."""
    return {name: shape(folder / "checkpoint" / name) for name in NAMES}


@pytest.fixture(scope="module")
def two(tmp_path_factory, spark_python):
    """Two folders, each of which one of the two has read, and how the checkpoint looked then; the other has gone on.

    Spark starts once: it takes many times as long as what it is asked for.
    """
    spark, ours = (tmp_path_factory.mktemp(name) for name in ("spark", "ours"))
    for folder in (spark, ours):
        add(folder, 1, 2)
    run_ours(ours)
    looked = {"ours": shapes(ours)}
    add(ours, 3)
    run_spark(spark_python, spark, ours)
    looked["spark"] = shapes(spark)
    add(spark, 3)
    run_ours(spark)
    return looked, (spark, ours)


@pytest.mark.parametrize("name", NAMES)
def test_every_file_looks_the_same(two, name):
    looked, _ = two
    provider = '"spark.sql.streaming.stateStore.providerClass":"[^"]*"'
    ours, sparks = (re.sub(provider, "PROVIDER", looked[who][name]) for who in ("ours", "spark"))
    assert ours == sparks


def test_each_goes_on_where_the_other_stopped(two):
    for folder in two[1]:
        assert manifest(folder) == [("K1", 2), ("K2", 3), ("K3", 4)]
        assert (folder / "checkpoint/commits/2").exists()
