"""Calendar intervals (months, days, microseconds) to text and back."""

from __future__ import annotations

import pyarrow as pa

from workbench.base.durations import parse_interval
from workbench.base.errors import IllegalArgument
from workbench.engine.functions.kernels.cast_context import Conversion

MICROS = 1_000_000


def calendar_text(array: pa.Array) -> pa.Array:
    """Return intervals as words, parts of zero left out (Spark: ``IntervalUtils.toMultiUnitsString``)."""
    return pa.array(
        [None if one is None else _words(*one) for one in array.to_pylist()], pa.string()
    )


def _words(months: int, days: int, nanos: int) -> str:
    micros = int(nanos / 1000)
    parts = [
        (_part(months, 12), "years"),
        (_rest(months, 12), "months"),
        (days, "days"),
        (_part(micros, 3600 * MICROS), "hours"),
        (_part(_rest(micros, 3600 * MICROS), 60 * MICROS), "minutes"),
    ]
    shown = [f"{count} {unit}" for count, unit in parts if count]
    seconds = _rest(micros, 60 * MICROS)
    if seconds or not shown:
        shown.append(f"{_seconds(seconds)} seconds")
    return " ".join(shown)


def _part(value: int, size: int) -> int:
    """Return how often ``size`` is in a value, cut towards zero."""
    return value // size if value >= 0 else -(-value // size)


def _rest(value: int, size: int) -> int:
    return value - _part(value, size) * size


def _seconds(micros: int) -> str:
    whole, fraction = divmod(abs(micros), MICROS)
    text = f"{whole}.{fraction:06d}".rstrip("0").rstrip(".")
    return f"-{text}" if micros < 0 else text


def calendar_of_text(array: pa.Array, how: Conversion) -> pa.Array:
    """Return the intervals texts name.

    Raises
    ------
    DateTimeFault
        ``CAST_INVALID_INPUT`` for a text that names none, unless the cast gives NULL.
    """
    return pa.array(
        [_interval(text, how) for text in array.to_pylist()], pa.month_day_nano_interval()
    )


def _interval(text: str | None, how: Conversion) -> tuple[int, int, int] | None:
    if text is None:
        return None
    try:
        found = parse_interval(text)
    except IllegalArgument:
        if how.is_try:
            return None
        raise how.invalid(text) from None
    return found.months, found.days, found.microseconds * 1000
