"""The trigger's interval, guessed from when batches start."""

from __future__ import annotations

import math

import pytest

from workbench.ui.pace import Pace


def paced(*batches):
    pace = Pace()
    return [pace.after(interval, took) for interval, took in batches][-1]


@pytest.mark.parametrize(
    ("batches", "interval"),
    [
        ([(1000, 40)] * 5, 1000),
        ([(1000, 40), (1003, 300), (998, 20), (60_000, 20), (1001, 35)], 1001),
        ([(1000, 40)] * 2, math.nan),
        ([(40, 40)] * 9, math.nan),
        ([(200, 10), (900, 10), (4000, 10), (90, 10)], math.nan),
        ([(math.nan, math.nan)] * 5, math.nan),
    ],
    ids=[
        "steady",
        "steady with one long idle time",
        "too few",
        "back to back",
        "as data comes",
        "unknown",
    ],
)
def test_the_interval_is_known_when_waits_are_alike(batches, interval):
    assert paced(*batches) == pytest.approx(interval, nan_ok=True)
