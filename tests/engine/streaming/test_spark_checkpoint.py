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


def run_spark(python, folder):
    script = Path(__file__).with_name("spark_stream.py")
    command = [python, str(script), str(folder)]
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


@pytest.fixture(scope="module")
def two(tmp_path_factory, spark_python):
    """The same input run by both."""
    tmp_path = tmp_path_factory.mktemp("two")
    for name in ("spark", "ours"):
        (tmp_path / name).mkdir()
        add(tmp_path / name, 1, 2)
    run_spark(spark_python, tmp_path / "spark")
    run_ours(tmp_path / "ours")
    return tmp_path


@pytest.mark.parametrize(
    "name",
    ["metadata", "offsets/0", "offsets/1", "commits/0", "commits/1", "sources/0/0", "sources/0/1"],
)
def test_every_file_looks_the_same(two, name):
    spark, ours = (shape(two / who / "checkpoint" / name) for who in ("spark", "ours"))
    provider = '"spark.sql.streaming.stateStore.providerClass":"[^"]*"'
    assert re.sub(provider, "PROVIDER", ours) == re.sub(provider, "PROVIDER", spark)


def test_each_goes_on_where_the_other_stopped(two, spark_python):
    for who in ("spark", "ours"):
        add(two / who, 3)
    run_ours(two / "spark")
    run_spark(spark_python, two / "ours")
    for who in ("spark", "ours"):
        assert manifest(two / who) == [("K1", 2), ("K2", 3), ("K3", 4)]
        assert (two / who / "checkpoint/commits/2").exists()
