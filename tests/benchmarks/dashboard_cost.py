"""What an open dashboard costs a query: rows per second with nobody looking, and with a view shown.

Run it: ``python tests/benchmarks/dashboard_cost.py [rounds] [seconds a round]``. One query runs all the time;
rounds with and without a view alternate, so that whatever else the machine does meets both. The page is not part
of it: messages are packed as for a page and then dropped.
"""

# ruff: noqa: T201 - a script that prints its figures

from __future__ import annotations

import json
import statistics
import sys
import time

import psutil

import workbench as wb
from workbench.ui.live import live

ROWS = 200_000


class Page:
    """A comm that packs every message, as Jupyter's session does, and counts it."""

    comm_id = "page"

    def __init__(self):
        self.messages = self.bytes = 0

    def send(self, data=None, metadata=None, buffers=None):
        self.messages += 1
        self.bytes += len(json.dumps(data)) + sum(map(len, buffers or ()))

    def on_msg(self, _):
        pass

    def close(self, *_, **__):
        pass


def main(rounds, seconds):
    spark = wb.session()
    rows = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", ROWS).load()
    query = (
        rows.selectExpr("value % 1000 AS k", "value * 2 AS v").writeStream.format("noop").start()
    )
    handle, page = live(query), Page()
    widget = handle.dashboard
    widget.comm = page
    widget.feed.show(widget)
    speeds, spent = {True: [], False: []}, 0.0
    measure(handle, seconds)
    for number in range(rounds * 2):
        looked_at = number % 2 == 0
        look(widget, looked_at)
        cpu = cpu_of(widget.feed.thread)
        speeds[looked_at].append(measure(handle, seconds))
        spent += (cpu_of(widget.feed.thread) - cpu) * looked_at
    query.stop()
    report(speeds, page, spent, rounds * seconds)


def look(widget, looked_at):
    """Say hello or goodbye, as a page does."""
    widget.hear(widget, {"kind": "hello" if looked_at else "bye", "view": "page"}, [])


def measure(handle, seconds):
    """Return the rows per second of the next seconds."""
    before, began = len(handle.history), time.perf_counter()
    time.sleep(seconds)
    return (len(handle.history) - before) * ROWS / (time.perf_counter() - began)


def cpu_of(thread):
    """Return the processor time a thread has taken."""
    threads = {
        found.id: found.user_time + found.system_time for found in psutil.Process().threads()
    }
    return threads[thread.native_id]


def report(speeds, page, spent, shown_seconds):
    closed, opened = (statistics.median(speeds[shown]) for shown in (False, True))
    print(
        f"nobody looking  {closed / 1e6:7.2f} million rows/s (median of {len(speeds[False])} rounds)"
    )
    print(
        f"dashboard open  {opened / 1e6:7.2f} million rows/s ({100 * (1 - opened / closed):+.1f} % slower)"
    )
    print(f"feed's thread   {100 * spent / shown_seconds:7.2f} % of one processor")
    print(
        f"messages        {page.messages / shown_seconds:7.1f} a second, {page.bytes / max(1, page.messages):,.0f} bytes each"
    )


if __name__ == "__main__":
    arguments = [float(argument) for argument in sys.argv[1:]]
    main(int(arguments[0]) if arguments else 8, arguments[1] if len(arguments) > 1 else 4.0)
