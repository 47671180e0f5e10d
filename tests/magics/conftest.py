"""A shell with the extension loaded."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell


@pytest.fixture
def shell(spark):
    """A shell with the extension loaded; every query is stopped at the end."""
    made = InteractiveShell.instance()
    made.run_line_magic("load_ext", "workbench")
    made.user_ns["spark"] = spark
    yield made
    for query in spark.streams.active:
        query.stop()


@pytest.fixture
def ticks(spark):
    """A view over a stream of three rows a batch, one event-time second a batch."""
    frame = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 3).load()
    frame.createOrReplaceTempView("ticks")
    return frame
