"""A hundred thousand batches under a moving hand: each movement costs the page about what it costs over a thousand.

Processor time of the page's thread is compared, since frames tell of whatever else the machine does; those are printed.
"""

from __future__ import annotations

import statistics
import sys

import numpy as np
import pytest

from tests.ui.fake_query import FakeQuery, FakeSession, progress
from workbench.ui.history import CAPACITY
from workbench.ui.live import live

FEW, MANY = 1_000, CAPACITY
PATTERN, EVERY_MS = 100, 200.0
MOVES, REST_MS = 25, 1500
TIMES_AS_MUCH = 3
COUNTED = {"batch": 1.0} | dict.fromkeys(
    ("time", "event.min", "event.avg", "event.max", "watermark"), EVERY_MS
)
DRAG = """async ([moves, rest]) => {
  const [place, width] = document.querySelectorAll(".wb-scrub input");
  const put = (input, value) => ((input.value = value), input.dispatchEvent(new Event("input")));
  const calm = () => new Promise((resolve) => setTimeout(resolve, rest));
  put(width, 800);
  await calm();
  const long = [];
  const watch = new PerformanceObserver((list) => long.push(...list.getEntries().map((task) => task.duration)));
  watch.observe({ entryTypes: ["longtask"] });
  const frames = [];
  for (let move = 1, last = performance.now(); move <= moves; move++) {
    put(place, (1000 * move) / moves);
    await new Promise(requestAnimationFrame);
    frames.push(performance.now() - last);
    last = performance.now();
  }
  await calm();
  watch.disconnect();
  return { frames, long };
}"""


def history_of(batches):
    """A handle with a history of so many batches: a hundred real ones again and again, their times going on."""
    query = FakeQuery(FakeSession())
    handle = live(query)
    for batch in range(PATTERN):
        handle.history.add(progress(batch, query=query.id, run=query.runId, took=40 + batch % 30))
    ring = handle.history.ring
    columns = handle.history.since(0).columns
    ring.arrays = {name: np.tile(values, batches // PATTERN) for name, values in columns.items()}
    for name, step in COUNTED.items():
        ring.arrays[name] = columns[name][1] + step * np.arange(batches)
    ring.total = ring.size = batches
    return handle


def dragged(browser, path):
    """Drag through a history; return the page's processor seconds a movement, and the frames."""
    opened = browser.new_context(viewport={"width": 1500, "height": 1250}).new_page()
    errors = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(path.as_uri())
    opened.wait_for_selector("[data-chart=watermark] canvas", timeout=120_000)
    devtools = opened.context.new_cdp_session(opened)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent():
        found = devtools.send("Performance.getMetrics")["metrics"]
        return next(each["value"] for each in found if each["name"] == "TaskDuration")

    opened.evaluate(DRAG, [MOVES, REST_MS])
    before = spent()
    frames = opened.evaluate(DRAG, [MOVES, REST_MS])
    cost = (spent() - before) / MOVES
    assert errors == []
    opened.context.close()
    return cost, frames


@pytest.mark.timeout(600)
def test_a_movement_over_many_batches_costs_what_it_costs_over_few(browser, tmp_path):
    costs = {}
    for batches in (FEW, MANY):
        path = history_of(batches).export(tmp_path / f"{batches}.html")
        costs[batches], found = dragged(browser, path)
        frames = sorted(found["frames"])
        sys.stdout.write(
            f"\n{batches:,} batches: {costs[batches] * 1000:.1f} ms of processor time a movement; frames: median"
            f" {statistics.median(frames):.0f} ms, nine of ten within {frames[int(len(frames) * 0.9)]:.0f} ms;"
            f" {len(found['long'])} tasks over 50 ms, the longest {max(found['long'], default=0):.0f} ms"
        )
    assert costs[MANY] < TIMES_AS_MUCH * costs[FEW]
