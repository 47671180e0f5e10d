"""What an open dashboard costs: processor time of the kernel with nobody looking, and with a view shown.

Run it: ``python tests/benchmarks/dashboard_cost.py [rounds] [seconds a round]``. Rounds with and without a view
alternate while one query runs, so that whatever else the machine does meets both. First a query with little to do,
five batches a second: what its kernel takes more of a processor with a view is what a view costs, and the most that
a query which keeps one processor busy can lose. Then one that takes all it gets, in rows a second and processor time
a row; on a machine that others use its share of a processor is small, and a view's share of that too large.

The page is not part of it: messages are packed as for a page and then dropped.
"""

# ruff: noqa: T201 - a script that prints its figures

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import workbench as wb
from workbench.ui.live import live

CALM, BUSY = (100, "200 milliseconds"), (200_000, "0 seconds")


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


@dataclass(frozen=True, slots=True)
class Round:
    """Some seconds of one query."""

    rows_a_second: float
    cpu: float
    cpu_of_feed: float

    @property
    def ns_a_row(self):
        return self.cpu / max(1, self.rows_a_second) * 1e9


def main(rounds, seconds):
    spark = wb.session()
    calm, page = compare(spark, CALM, rounds, seconds)
    report_cost(calm, page, rounds * seconds)
    busy, _ = compare(spark, BUSY, rounds, seconds)
    report_speed(busy)


def compare(spark, kind, rounds, seconds):
    """Return the rounds of one query by whether a view was shown, and the page."""
    rows, trigger = kind
    frame = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", rows).load()
    writer = frame.selectExpr("value % 1000 AS k", "value * 2 AS v").writeStream.format("noop")
    query = writer.trigger(processingTime=trigger).start()
    handle, page = live(query), Page()
    widget = handle.dashboard
    widget.comm = page
    widget.feed.show(widget)
    found = {True: [], False: []}
    measure(handle, rows, seconds)
    for number in range(rounds * 2):
        # open, closed, closed, open: a machine that slows down meets both.
        is_open = number % 4 in (0, 3)
        look(widget, is_open)
        sent = page.messages
        found[is_open].append(measure(handle, rows, seconds))
        assert is_open or page.messages == sent, "a message was sent to nobody"
    query.stop()
    return found, page


def look(widget, is_open):
    """Say hello or goodbye, as a page does."""
    widget.hear(widget, {"kind": "hello" if is_open else "bye", "view": "page"}, [])


def measure(handle, rows, seconds):
    """Return what the next seconds bring."""
    batches, began, spent = len(handle.history), time.perf_counter(), time.process_time()
    fed = cpu_of(handle.feed.thread)
    time.sleep(seconds)
    took = time.perf_counter() - began
    return Round(
        (len(handle.history) - batches) * rows / took,
        (time.process_time() - spent) / took,
        (cpu_of(handle.feed.thread) - fed) / took,
    )


def cpu_of(thread):
    """Return the seconds of processor time a thread has taken."""
    scheduled = Path(f"/proc/self/task/{thread.native_id}/schedstat")
    return int(scheduled.read_text().split()[0]) / 1e9


def medians(rounds, name):
    """Return a figure's median with nobody looking, and with a view."""
    return [statistics.median(getattr(one, name) for one in rounds[key]) for key in (False, True)]


def report_cost(rounds, page, shown_seconds):
    closed, opened = medians(rounds, "cpu")
    print("Of one processor, beside a query with little to do:")
    print(
        f"  nobody looking {closed:6.2%}, dashboard open {opened:6.2%}: it costs {opened - closed:.2%}"
    )
    print(f"  of it the thread that sends: {medians(rounds, 'cpu_of_feed')[1]:.2%}")
    each = page.bytes / max(1, page.messages)
    print(f"  messages: {page.messages / shown_seconds:.1f} a second, {each:,.0f} bytes each")


def report_speed(rounds):
    cpu, rows, cost = (medians(rounds, name) for name in ("cpu", "rows_a_second", "ns_a_row"))
    print(f"A query that takes all it gets ({cpu[0]:.2f} processors):")
    for name, speed, ns in zip(("nobody looking", "dashboard open"), rows, cost, strict=True):
        print(f"  {name} {speed / 1e6:6.2f} million rows/s, {ns:6.1f} ns of processor time a row")


if __name__ == "__main__":
    arguments = [float(argument) for argument in sys.argv[1:]]
    main(int(arguments[0]) if arguments else 8, arguments[1] if len(arguments) > 1 else 4.0)
