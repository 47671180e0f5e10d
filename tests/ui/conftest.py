"""A real Spark Connect server for the views: what a fake cannot tell."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.browser.lab import free_port
from tests.spark_process import spark_environ
from workbench.ui.feed import feed_of

SERVER = Path(__file__).with_name("spark_server.py")


@pytest.fixture(scope="session")
def spark_url(spark_python, tmp_path_factory):
    port, folder = free_port(), tmp_path_factory.mktemp("spark")
    command = [spark_python, str(SERVER), str(port), str(folder / "warehouse")]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, cwd=folder, env=spark_environ()
        )
    assert server.stdout.readline().strip() == b"ready", (folder / "log").read_text()[-3000:]
    yield f"sc://127.0.0.1:{port}"
    server.terminate()
    server.wait(30)
    server.stdout.close()


@pytest.fixture(scope="session")
def spark(spark_url):
    from pyspark.sql.connect.session import SparkSession

    session = SparkSession.builder.remote(spark_url).create()
    yield session
    session.streams.removeListener(feed_of(session))
    session.stop()
