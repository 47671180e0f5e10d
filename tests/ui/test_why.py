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


def asked(*events, then=lambda history: None):
    history = History("query-1", "flights")
    for event in events:
        history.add(event)
    then(history)
    return why(history, START_MS + 60_000)


def test_nothing_has_happened():
    assert asked() == "The first batch is not finished yet."


def test_rows_come_out():
    assert asked(progress(0), progress(1)) == "Rows are coming out: 5 in batch 1."


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
    said = asked(*events, then=lambda h: h.idle(START_MS))
    assert said.startswith("No new data since 59.8 s.")
    assert "41 rows in state stay open" in said


def test_the_watermark_is_one_batch_late():
    early = {"eventTime": {"max": iso(START_MS), "watermark": "1970-01-01T00:00:00.000Z"}}
    assert asked(progress(0, **NOTHING, **early)).startswith("There is no watermark yet")


def test_the_window_is_still_open():
    said = asked(*(progress(batch, **NOTHING) for batch in range(3)))
    assert "The watermark is at 2013-01-01 00:26:30, 10.0 s behind the newest event" in said
    assert "42 rows wait in state" in said


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
