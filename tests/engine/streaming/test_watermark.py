from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa

from workbench.engine.streaming.watermark import (
    EventTimeStats,
    Watermarks,
    event_time_stats,
    propagate,
)


def seen(delay_ms, max_ms):
    return delay_ms, EventTimeStats(1, 0, max_ms, 0)


NOTHING = (10, EventTimeStats(0))


def test_the_watermark_is_the_latest_event_less_the_delay():
    assert Watermarks().after([seen(30_000, 100_000)]).now_ms == 70_000


def test_it_never_moves_back():
    assert Watermarks(70_000).after([seen(30_000, 50_000)]).now_ms == 70_000


def test_a_batch_without_rows_moves_nothing():
    before = Watermarks().after([seen(10, 100)])
    assert before.after([NOTHING]) == before


def test_the_slowest_of_two_decides_by_default():
    assert Watermarks().after([seen(0, 100), seen(0, 40)]).now_ms == 40


def test_the_fastest_decides_with_policy_max():
    assert Watermarks(policy="max").after([seen(0, 100), seen(0, 40)]).now_ms == 100


def test_a_source_that_has_sent_nothing_holds_it_back():
    assert Watermarks().after([seen(0, 100), NOTHING]).now_ms == 0


def test_after_a_restart_it_waits_for_every_source_again():
    restarted = Watermarks(40)
    assert restarted.after([seen(0, 100), NOTHING]).now_ms == 40
    assert restarted.after([seen(0, 100), seen(0, 60)]).now_ms == 60


def test_statistics_of_times():
    times = pa.chunked_array(
        [
            pa.array(
                [datetime(1970, 1, 1, 0, 0, s, tzinfo=UTC) for s in (1, 3)] + [None],
                pa.timestamp("us", "UTC"),
            )
        ]
    )
    assert event_time_stats(times) == EventTimeStats(2, 1000, 3000, 2000)


def test_the_time_of_a_window_is_its_end():
    kind = pa.struct([("start", pa.timestamp("us", "UTC")), ("end", pa.timestamp("us", "UTC"))])
    windows = pa.chunked_array([pa.array([{"start": 0, "end": 5_000_000}], kind)])
    assert event_time_stats(windows).max_ms == 5000


def test_no_times_no_statistics():
    assert (
        event_time_stats(pa.chunked_array([pa.array([None], pa.timestamp("us", "UTC"))])).count == 0
    )


def test_an_operator_takes_the_slowest_of_its_inputs():
    keeps, later = (lambda ms: ms), (lambda ms: ms - 5)
    found = propagate(100, {1: [None], 2: [None], 0: [1, 2]}, {1: keeps, 2: later, 0: keeps})
    assert found == {1: 100, 2: 100, 0: 95}


def test_uses_of_one_frame_are_one_watermark_that_goes_with_the_farthest():
    first = Watermarks().after([seen(0, 100), seen(0, 40), seen(0, 70)], marks=[7, 7, 8])
    assert (first.now_ms, first.nodes) == (70, (100, 100, 70))
    assert first.after([NOTHING, NOTHING, seen(0, 500)], marks=[7, 7, 8]).now_ms == 100
