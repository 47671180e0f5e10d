"""Why is nothing coming out? Progress in, sentence out."""

from __future__ import annotations

import math

import pytest

from tests.ui.fake_query import START_MS, iso, progress
from workbench.ui.history import History
from workbench.ui.source_lag import source_lag
from workbench.ui.why import why
from workbench.ui.wording import readable

NOTHING = {"sink": {"description": "MemorySink", "numOutputRows": 0}}
UNCOUNTED = {"sink": {"description": "FileSink", "numOutputRows": -1}}
STATELESS = {"stateOperators": [], "eventTime": {}}


def asked(*events, then=lambda history: None, after_ms=1_000):
    history = History("query-1", "flights")
    for event in events:
        history.add(event)
    then(history)
    return why(history, START_MS + after_ms)


def test_nothing_has_happened():
    assert asked() == "The first batch is not finished yet."
    idle = asked(then=lambda history: history.idle(START_MS))
    assert idle == "No new data so far, so no batch has run yet."


def test_rows_come_out():
    assert asked(progress(0), progress(1)) == "Rows are coming out: 5 in batch 1."


def test_a_paused_query_says_what_would_come_next():
    said = asked(progress(0), progress(1, **NOTHING), then=lambda h: h.pause(True))
    assert said == (
        "It is paused: no batch starts until it is resumed, or stepped. The watermark is at 2013-01-01 00:26:30."
    )
    assert asked(progress(0), progress(1), then=lambda h: h.pause(True)).endswith("or stepped.")


def test_stopped_by_somebody():
    assert "stopped" in asked(progress(0), then=lambda h: h.ended("run-1", START_MS, None))


def test_stopped_by_an_error():
    error = "org.apache.spark.SparkException: [DIVIDE_BY_ZERO] Division by zero.\n\tat org.apache"
    assert (
        asked(then=lambda h: h.ended("run-1", START_MS, error))
        == "It failed: [DIVIDE_BY_ZERO] Division by zero."
    )


def test_no_new_data_says_since_when_and_what_stays_open():
    events = [progress(batch, **NOTHING) for batch in (0, 1)]
    said = asked(*events, then=lambda h: h.idle(START_MS), after_ms=60_000)
    assert said.startswith("No new data for 59.8 s.")
    assert "41 rows in state stay" in said


def test_the_watermark_is_one_batch_late():
    early = {"eventTime": {"max": iso(START_MS), "watermark": "1970-01-01T00:00:00.000Z"}}
    assert asked(progress(0, **NOTHING, **early)).startswith("There is no watermark yet")


def test_the_window_is_still_open():
    said = asked(*(progress(batch, **NOTHING) for batch in range(3)))
    assert "The watermark is at 2013-01-01 00:26:30, 10.0 s behind the newest event" in said
    assert "42 rows wait in state" in said


SLOW_SINK = [
    {
        "node": "state0",
        "kind": "state",
        "title": "aggregation",
        "inputs": [],
        "rows": 9,
        "share": 0.1,
    },
    {
        "node": "sink",
        "kind": "sink",
        "title": "ForeachBatchSink",
        "inputs": [],
        "rows": 9,
        "share": 0.8,
    },
]


def test_the_next_window_is_named_where_the_server_tells():
    closes = START_MS + 5 * 60_000
    state = {"customMetrics": {"nextCloseMs": closes}}
    said = asked(*(progress(batch, state=state, **NOTHING) for batch in range(3)))
    assert "The next window closes when it reaches 00:31:40, 5 min 10 s further on." in said
    passed = {"customMetrics": {"nextCloseMs": START_MS - 60_000}}
    said = asked(*(progress(batch, state=passed, **NOTHING) for batch in range(3)))
    assert "has passed the point where the next window closes: it does with the next batch" in said


@pytest.mark.parametrize("mode", ["append", "update", "complete"])
def test_the_output_mode_says_when_rows_come_out(mode):
    def known(history):
        history.output_mode = mode

    told = asked(*(progress(batch, **NOTHING) for batch in range(3)), then=known)
    assert f"In {mode} mode" in told
    without = {"eventTime": {}}
    told = asked(*(progress(batch, **NOTHING, **without) for batch in range(3)), then=known)
    assert told.startswith("Nothing changed that could come out.")
    assert f"In {mode} mode" in told


def two_sources(batch, quiet_from=0, **metrics):
    """Two sources; the second sends nothing from a batch on."""
    (one,) = progress(batch)["sources"]
    rows = 0 if batch >= quiet_from else 100
    return [
        {**one, "description": "orders", "metrics": {"watermarkMs": metrics.get("orders")}},
        {**one, "description": "clicks", "numInputRows": rows, "metrics": {"watermarkMs": metrics.get("clicks")}},
    ]  # fmt: skip


def test_the_source_that_holds_the_watermark_back_is_named():
    ahead, behind = START_MS + 60_000, START_MS - 9_000
    said = asked(*(progress(n, sources=two_sources(n, orders=ahead, clicks=behind), **NOTHING) for n in range(4)))  # fmt: skip
    assert "Source 1 (clicks) holds it back: it is 1 min 9 s behind the other source" in said
    assert "has not moved for 1.00 s" in said
    early = {"eventTime": {"max": iso(START_MS), "watermark": "1970-01-01T00:00:00.000Z"}}
    said = asked(*(progress(n, sources=two_sources(n, orders=ahead, clicks=0), **early, **NOTHING) for n in range(4)))  # fmt: skip
    assert "Source 1 (clicks) holds it back: no event has come from there yet." in said
    said = asked(*(progress(n, sources=two_sources(n, orders=ahead, clicks=ahead), **NOTHING) for n in range(4)))  # fmt: skip
    assert "holds it back" not in said


def stands(n):
    """A watermark that has not moved since batch 5, while event times go on."""
    mark = START_MS - 60_000 + 200 * min(n, 5)
    return {"eventTime": {"max": iso(START_MS + 200 * n), "watermark": iso(mark)}}


def test_a_server_that_does_not_tell_how_far_its_sources_are_says_that_it_is_one_of_them():
    quiet = [progress(n, sources=two_sources(n, quiet_from=5), **stands(n), **NOTHING) for n in range(30)]  # fmt: skip
    said = asked(*quiet, after_ms=7_000)
    assert (
        "One of its 2 sources holds it back, this server does not tell which: it has not moved for 6.00 s"
        in said
    )
    assert "while event times went on by 4.80 s. Source 1 (clicks) has sent nothing for 6.20 s." in said  # fmt: skip
    both = [progress(n, sources=two_sources(n, quiet_from=99), **stands(n), **NOTHING) for n in range(30)]  # fmt: skip
    assert asked(*both).count("sources holds it back") == 1
    assert "has sent nothing" not in asked(*both)


def test_a_watermark_that_goes_with_the_events_is_held_back_by_no_source():
    """As when one watermark is on the union of both."""
    quiet = [progress(n, sources=two_sources(n, quiet_from=5), **NOTHING) for n in range(30)]
    assert "holds it back" not in asked(*quiet)
    older = [{**progress(n, sources=two_sources(n)), **NOTHING, "eventTime": {"max": iso(START_MS + 100 * (n % 3)), "watermark": iso(START_MS - 900)}} for n in range(30)]  # fmt: skip
    assert "holds it back" not in asked(*older)


def test_no_watermark_at_all_is_held_back_by_the_source_that_is_silent():
    none = {"eventTime": {"max": iso(START_MS), "watermark": "1970-01-01T00:00:00.000Z"}}
    said = asked(*(progress(n, sources=two_sources(n), **none, **NOTHING) for n in range(4)))
    assert said.startswith("There is no watermark yet")
    assert "One of its 2 sources holds it back" in said
    assert "Source 1 (clicks) has sent nothing so far." in said


def test_rows_that_never_reach_the_state_are_filtered_and_the_step_is_named():
    empty = {"numRowsTotal": 0, "numRowsUpdated": 0}

    def inside(history):
        history.nodes = [
            {"node": "source0", "kind": "source", "title": "rate", "inputs": [], "rows": 300, "share": 0},
            {"node": "fragment0", "kind": "step", "title": "Filter", "inputs": ["source0"], "rows": 0, "share": 0},
        ]  # fmt: skip

    events = [progress(n, state=empty, **NOTHING) for n in range(3)]
    assert asked(*events).endswith("none came out: a filter or join drops them all.")
    assert asked(*events, then=inside).endswith("the step fragment0 (Filter) drops them all.")


def test_a_batch_that_does_not_end_is_told_and_so_is_a_slow_sink():
    def known(history):
        history.nodes = SLOW_SINK

    events = [progress(n) for n in range(3)]
    said = asked(*events, after_ms=60_000)
    assert said.startswith("No batch has ended for 59.6 s; the last one took 40 ms.")
    assert "so far the sink took 80% of the time" in asked(*events, then=known, after_ms=60_000)
    full = [progress(n, took=200, sources=waiting(n, 500 + 200 * n)) for n in range(6)]
    said = asked(*full, then=known)
    assert "most of it the sink, which is slow: 80% of the time" in said


def test_a_long_trigger_is_no_batch_under_way():
    def hourly(history):
        history.settings = {"trigger_ms": 3_600_000}

    events = [progress(n) for n in range(3)]
    assert asked(*events, then=hourly, after_ms=60_000).startswith("Rows are coming out")


def test_every_row_is_too_late():
    late = {"numRowsDroppedByWatermark": 100}
    said = asked(*(progress(batch, state=late, **NOTHING) for batch in range(3)))
    assert said.startswith("Every row of the newest batches came too late")


def test_everything_is_filtered():
    said = asked(*(progress(batch, **NOTHING, **STATELESS) for batch in range(4)))
    assert (
        said
        == "400 rows went in over the last 4 batches and none came out: a filter or join drops them all."
    )


def test_a_sink_that_does_not_count():
    said = asked(progress(0, **UNCOUNTED, **STATELESS))
    assert said == "Batches finish; this sink does not report how many rows it wrote."


def test_a_query_that_falls_behind_says_where_the_time_goes():
    said = asked(
        *(progress(batch, took=200, every=200, inputRowsPerSecond=900) for batch in range(6))
    )
    assert (
        "It falls behind: 900 rows/s arrive, 500 rows/s are processed (most time in addBatch)."
        in said
    )


def waiting(batch, rows):
    """A source that could have read `rows` more than it did."""
    (source,) = progress(batch)["sources"]
    return [{**source, "endOffset": {"row": batch}, "latestOffset": {"row": batch + rows}}]


def test_a_backlog_that_grows_beside_idle_time_wants_larger_batches():
    said = asked(*(progress(n, sources=waiting(n, 500 + 200 * n)) for n in range(6)))
    assert "It falls behind: 1,500 wait in the source, 200 more with every batch" in said
    assert (
        "a batch takes 100 rows and is done in 40 ms of 200 ms: larger batches would keep up"
        in said
    )


def test_a_backlog_that_grows_under_full_batches_names_the_step():
    said = asked(*(progress(n, took=200, sources=waiting(n, 500 + 200 * n)) for n in range(6)))
    assert "batches take all the time there is, most of it addBatch" in said


def test_a_backlog_that_shrinks_is_no_reason():
    said = asked(*(progress(n, sources=waiting(n, 5000 - 200 * n)) for n in range(6)))
    assert "falls behind" not in said


@pytest.mark.parametrize(
    ("source", "lag"),
    [
        ({"endOffset": {"t": {"0": 5, "1": 7}}, "latestOffset": {"t": {"0": 9, "1": 7}}}, 4),
        ({"endOffset": '{"row":5}', "latestOffset": '{"row":9}'}, 4),
        ({"metrics": {"numFilesOutstanding": "12"}, "endOffset": {"logOffset": 1}}, 12),
        ({"endOffset": 7, "latestOffset": 7}, 0),
    ],
)
def test_what_waits_in_a_source(source, lag):
    assert source_lag(source) == lag


@pytest.mark.parametrize("latest", [None, "not json", {"other": 3}])
def test_a_source_that_does_not_tell(latest):
    assert math.isnan(source_lag({"endOffset": {"row": 1}, "latestOffset": latest}))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (None, "no message"),
        ("\n\n x \ny", "x"),
        ("a.b.CError: boom", "boom"),
        (
            "[STREAM_FAILED] Query [id = 1, runId = 2] terminated with exception: [X] no SQLSTATE: P0001 SQLSTATE: XXKST",
            "[X] no",
        ),
    ],
)
def test_an_error_is_told_in_its_own_words(error, told):
    assert readable(error) == told
