"""Latencies in a sketch: quantiles right to a share of themselves, merged exactly, carried as text."""

from __future__ import annotations

import math

import numpy as np
import pytest

from workbench.base.errors import IllegalArgument
from workbench.base.latency_sketch import RELATIVE_ERROR, LatencySketch

SHARES = (0.0, 0.5, 0.95, 0.99, 1.0)


@pytest.fixture
def latencies():
    return np.random.default_rng(7).lognormal(3, 1.5, 20_001)


def test_every_quantile_is_right_to_a_share_of_itself(latencies):
    sketch = LatencySketch.of(latencies)
    for share in SHARES:
        exact = np.quantile(latencies, share, method="inverted_cdf")
        assert sketch.quantile(share) == pytest.approx(exact, rel=RELATIVE_ERROR + 1e-6)


def test_the_merge_of_batches_is_the_sketch_of_all_their_rows(latencies):
    batches = np.array_split(latencies, 7)
    merged = sum((LatencySketch.of(batch) for batch in batches), LatencySketch())
    assert str(merged) == str(LatencySketch.of(latencies))


def test_it_travels_as_one_line_of_text(latencies):
    sketch = LatencySketch.of(np.append(latencies, 3.6e6))
    text = str(sketch)
    assert text.startswith("v1 ")
    assert "\n" not in text
    assert str(LatencySketch.parse(text)) == text
    assert LatencySketch.parse(text).quantile(1.0) == pytest.approx(3.6e6, rel=RELATIVE_ERROR)


def test_a_sample_stands_for_all_rows():
    sketch = LatencySketch.of(np.array([10.0, 20.0]), weight=1000)
    assert sketch.rows == 2000


def test_a_clock_that_went_back_gives_no_negative_time():
    assert 0 < LatencySketch.of(np.array([-50.0])).quantile(0.5) < 0.02


def test_no_rows_have_no_quantiles():
    assert math.isnan(LatencySketch().quantile(0.5))
    assert LatencySketch.of(np.array([])).rows == 0


@pytest.mark.parametrize("text", ["", "v1", "v1 x 4", "nonsense"])
def test_what_is_no_sketch_is_refused(text):
    with pytest.raises(IllegalArgument, match="not a sketch"):
        LatencySketch.parse(text)
