"""``python -m workbench demo``: the first notebook's query in a terminal, for someone with no browser.

Two days of a snowstorm over New York, played back in half a minute: departures counted by airport and scheduled hour while
they come in late, then the answer, then the same query as a batch to compare it with.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Mapping
from typing import Any

import workbench as wb
from workbench.cli.environment import say

PATIENCE = "8 hours"
AIRPORTS = ["EWR", "JFK", "LGA"]
HOURS_A_SECOND = 2.0
BAR = 24
NO_WATERMARK = "1970-01-01"


def run(arguments: list[str]) -> int:
    """Run the demo; return 0 when the stream and the batch agree."""
    speed = speed_of(arguments)
    say("starting the engine in this process")
    spark = wb.session()
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    flights = snowstorm()
    departed = spark.createDataFrame(flights).where("dep IS NOT NULL")
    stream = wb.replay(flights, time="dep", speed=speed, max_rows=500)
    query = (
        hourly(stream).writeStream.format("memory").queryName("departures").outputMode("append")
    ).start()
    try:
        watch(query, departed.count())
    finally:
        query.stop()
    return answer(spark, hourly(departed))


def speed_of(arguments: list[str]) -> float:
    """Return the seconds of data per second that were asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m workbench demo", description="Count late flights, live."
    )
    parser.add_argument(
        "--speed",
        type=float,
        default=HOURS_A_SECOND,
        metavar="HOURS",
        help="hours of data per second (%(default)s); 0 plays everything at once",
    )
    return parser.parse_args(arguments).speed * 3600 or math.inf


def snowstorm() -> Any:
    """Return the flights that were to leave on the 7th and 8th of March."""
    import pyarrow.compute as pc

    two_days = (pc.field("month") == 3) & pc.field("day").isin([7, 8])
    return wb.datasets.flights().filter(two_days)


def hourly(flights: Any) -> Any:
    """Count departures by airport and scheduled hour, in a stream or a batch alike."""
    from pyspark.sql import functions as f

    hours = f.window("sched_dep", "1 hour")
    counts = flights.withWatermark("sched_dep", PATIENCE).groupBy(hours, "origin")
    return counts.agg(
        f.count("*").alias("flights"), f.round(f.avg("dep_delay"), 1).alias("minutes_late")
    )


def watch(query: Any, total: int) -> None:
    """Show how far the query is until every row is in."""
    seen, rows = -1, 0
    while rows < total and query.isActive:
        for progress in query.recentProgress:
            if progress["batchId"] > seen:
                seen, rows = progress["batchId"], rows + progress["numInputRows"]
                show(line(progress, rows, total))
        time.sleep(0.1)
    query.processAllAvailable()
    show(f"all {rows:,} rows are in\n")


def line(progress: Mapping[str, Any], rows: int, total: int) -> str:
    """Return one progress as a line of text."""
    known = (progress["eventTime"] or {}).get("watermark", NO_WATERMARK)
    watermark = "not yet" if known.startswith(NO_WATERMARK) else known[:16]
    groups = sum(operator["numRowsTotal"] for operator in progress["stateOperators"])
    done = "#" * (BAR * rows // total)
    return (
        f"[{done:<{BAR}}] {rows:>5,} of {total:,} flights | batch {progress['batchId']:>3} | "
        f"{groups:>3} open counts | watermark {watermark}"
    )


def show(text: str) -> None:
    """Write a line over the last one on a terminal, and below it elsewhere."""
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", flush=True)
    else:
        print(text.rstrip("\n"), flush=True)


def answer(spark: Any, batch: Any) -> int:
    """Print the finished hours, and how they compare with the batch answer."""
    from pyspark.sql import functions as f

    streamed = spark.table("departures")
    by_hour = streamed.groupBy(f.date_format("window.start", "MM-dd HH:mm").alias("due"))
    by_hour.pivot("origin", AIRPORTS).sum("flights").na.fill(0).orderBy("due").show(100)
    finished, wrong = streamed.count(), streamed.exceptAll(batch).count()
    print(f"{finished} counts are finished, {wrong} of them differ from the same query as a batch")
    return 0 if finished and not wrong else 1
