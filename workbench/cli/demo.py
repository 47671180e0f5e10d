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

START, END = "2013-03-07T05:00", "2013-03-09T05:00"
PATIENCE = "8 hours"
AIRPORTS = ["EWR", "JFK", "LGA"]


def run(arguments: list[str]) -> int:
    """Run the demo; return 0 when the stream and the batch agree."""
    parser = argparse.ArgumentParser(
        prog="workbench demo", description="Flights per airport and hour, live."
    )
    parser.add_argument(
        "--speed", type=float, default=6_000, help="seconds of data per second; 0: all at once"
    )
    speed = parser.parse_args(arguments).speed
    say("starting the engine in this process")
    spark = wb.session()
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    flights = wb.datasets.flights()
    stream = wb.replay(
        flights, time="dep", speed=speed or math.inf, start=START, end=END, max_rows=500
    )
    storm = spark.createDataFrame(flights).where(f"dep >= '{START}Z' and dep < '{END}Z'")
    query = (
        hourly(stream)
        .writeStream.format("memory")
        .queryName("departures")
        .outputMode("append")
        .start()
    )
    try:
        watch(query, storm.count())
    finally:
        query.stop()
    return answer(spark, hourly(storm))


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
    event_time = progress.get("eventTime") or {}
    state = sum(operator["numRowsTotal"] for operator in progress["stateOperators"])
    done = "#" * (24 * rows // total)
    return (
        f"[{done:<24}] batch {progress['batchId']:>3}  {rows:>5,}/{total:,} rows  "
        f"{progress.get('processedRowsPerSecond') or 0:>7,.0f} rows/s  {state:>3} open groups  "
        f"watermark {event_time.get('watermark', 'none yet')[:16]}"
    )


def show(text: str) -> None:
    """Write a line over the last one on a terminal, and below it elsewhere."""
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", flush=True)
    else:
        print(text.rstrip("\n"), flush=True)


def answer(spark: Any, batch: Any) -> int:
    """Print the closed hours and how they compare with the batch answer."""
    streamed = spark.table("departures")
    by_hour = streamed.groupBy("window.start").pivot("origin", AIRPORTS).sum("flights")
    by_hour.na.fill(0).orderBy("start").show(100, truncate=False)
    closed = {tuple(row) for row in streamed.collect()}
    whole = {tuple(row) for row in batch.collect()}
    agree = len(closed & whole)
    print(f"the same query as a batch: {agree} of the {len(closed)} closed hours agree")
    return 0 if closed and agree == len(closed) else 1
