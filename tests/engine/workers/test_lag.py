"""Who falls behind is decided from figures alone, and not in a hurry."""

from __future__ import annotations

from workbench.engine.workers.lag import judge

EVEN = {"a": (100, 0.1), "b": (100, 0.1), "c": (100, 0.1)}
SLOW = {**EVEN, "b": (100, 0.5)}


def after(*batches, start=None):
    paces = start or {}
    for batch in batches:
        paces = judge(paces, batch)
    return paces


def lagging(paces):
    return [name for name, pace in paces.items() if pace.lags]


def test_nobody_lags_among_equals():
    assert lagging(after(*[EVEN] * 5)) == []


def test_one_slow_batch_moves_nothing():
    assert lagging(after(EVEN, SLOW, EVEN, SLOW, EVEN)) == []


def test_three_slow_batches_in_a_row_are_a_lag():
    assert lagging(after(*[SLOW] * 2)) == []
    assert lagging(after(*[SLOW] * 3)) == ["b"]


def test_a_worker_that_is_quick_again_recovers_after_three_batches_and_stays_so():
    slow = after(*[SLOW] * 3)
    recovering = [lagging(after(*[EVEN] * count, start=slow)) for count in range(12)]
    first = recovering.index([])
    assert first > 2
    assert recovering == [["b"]] * first + [[]] * (12 - first)


def test_fewer_rows_are_no_lag_and_little_work_says_nothing():
    half = {"a": (200, 0.2), "b": (100, 0.1)}
    idle = {"a": (200, 0.2), "b": (1, 0.015)}
    assert lagging(after(*[half] * 5)) == []
    assert lagging(after(*[idle] * 5)) == []
    assert lagging(after(*[idle] * 5, start=after(*[SLOW] * 3))) == ["b"]


def test_a_worker_alone_never_lags_and_a_gone_one_is_forgotten():
    assert lagging(after(*[{"a": (1, 5.0)}] * 5)) == []
    assert set(after(EVEN, {"a": (1, 1.0)})) == {"a"}
