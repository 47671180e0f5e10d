"""A frame that is used twice has one watermark, two frames have two; the times are Apache Spark 4.2.1's."""

from __future__ import annotations

import json
import os

import pytest
from pyspark.sql import functions as F  # noqa: N812 - the usual name

FILES = [[(1, 1), (20, 100)], [(5, 2), (21, 3)], [(9, 1), (40, 200)], [(41, 1)], [(42, 500)]]
ONE = ["00:00", "00:15", "00:16", "00:35", "00:36", "00:37"]
TWO = ["00:00", "23:56", "00:15", "00:16", "00:35", "00:36"]


@pytest.fixture
def rows(spark, tmp_path):
    """A stream of (t, x): the large values come before the small ones catch up."""
    (tmp_path / "in").mkdir()
    for number, given in enumerate(FILES):
        path = tmp_path / "in" / f"{number}.json"
        lines = [{"t": f"2024-01-01T00:{minute:02}:00Z", "x": x} for minute, x in given]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        os.utime(path, (1_700_000_000 + number,) * 2)
    reader = spark.readStream.schema("t TIMESTAMP, x BIGINT").option("maxFilesPerTrigger", 1)
    return reader.json(str(tmp_path / "in"))


def late(frame):
    return frame.withWatermark("t", "5 minutes")


def once(frame):
    marked = late(frame)
    return marked.filter("x < 50").union(marked.filter("x >= 50"))


def twice(frame):
    return late(frame).filter("x < 50").union(late(frame).filter("x >= 50"))


def a_view(frame):
    late(frame).createOrReplaceTempView("marked")
    text = "SELECT * FROM marked WHERE x < 50 UNION ALL SELECT * FROM marked WHERE x >= 50"
    return frame.sparkSession.sql(text)


@pytest.mark.parametrize(("make", "expected"), [(once, ONE), (twice, TWO), (a_view, ONE)])
def test_watermarks_of_a_union(rows, tmp_path, make, expected):
    counted = make(rows).groupBy(F.window("t", "10 minutes")).count()
    writer = counted.writeStream.outputMode("append").format("noop").trigger(availableNow=True)
    query = writer.option("checkpointLocation", str(tmp_path / "checkpoint")).start()
    query.awaitTermination()
    told = [one.eventTime["watermark"] for one in query.recentProgress]
    assert [text[11:16] for text in told] == expected
