"""Arrays that count from a start to a stop: whole numbers, dates, timestamps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from workbench.base.errors import ExecutionError, IllegalArgument
from workbench.engine.functions.kernels import civil
from workbench.engine.functions.kernels.intervals import parts_of
from workbench.engine.functions.kernels.rebuild import lists_of, missing, ranges
from workbench.engine.functions.kernels.zones import DAY_US, instant, local_time

LONGEST = 2**31 - 16
SHORT_MONTH = 28


@dataclass(frozen=True, slots=True)
class Step:
    """Steps by row, in months, days and microseconds; whole numbers count in ``micros``."""

    months: np.ndarray
    days: np.ndarray
    micros: np.ndarray

    @property
    def length(self) -> np.ndarray:
        """The least a step may move, signed."""
        return (self.months * SHORT_MONTH + self.days) * DAY_US + self.micros

    def at(self, owners: np.ndarray) -> Step:
        """Return the steps of some rows."""
        return Step(self.months[owners], self.days[owners], self.micros[owners])


def sequence(
    start: pa.Array, stop: pa.Array, step: pa.Array | None = None, *, to: pa.DataType, zone: str
) -> pa.Array:
    """Return the values from start to stop, both included where the steps meet them.

    Raises
    ------
    IllegalArgument
        ``ILLEGAL_SEQUENCE_BOUNDARIES`` for a step that leads away from the stop.
    """
    nulls = missing(start, stop) if step is None else missing(start, stop, step)
    first, last = _plain(start), _plain(stop)
    steps = _default(first, last, start.type) if step is None else _steps(step, start.type)
    _check(first, last, steps, nulls)
    size = np.abs(steps.length)
    counts = np.where(nulls, 0, np.abs(last - first) // np.maximum(size, 1) + 1)
    if counts.max(initial=0) > LONGEST:
        raise ExecutionError(
            "COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER",
            numberOfElements=int(counts.max()), functionName="`sequence`", maxRoundedArrayLength=LONGEST,
            parameter="`count`",
        )  # fmt: skip
    owners = np.repeat(np.arange(len(counts)), counts)
    times = ranges(np.zeros(len(counts), dtype=np.int64), counts)
    made = _moved(first[owners], steps.at(owners), times, start.type, zone)
    forward = steps.length[owners] >= 0
    inside = np.where(forward, made <= last[owners], made >= last[owners])
    lengths = np.bincount(owners[inside], minlength=len(counts))
    return lists_of(lengths, _typed(made[inside], to.value_type), to, nulls)


def _plain(values: pa.Array) -> np.ndarray:
    """Return values as whole numbers: dates and timestamps in microseconds."""
    if pa.types.is_date(values.type):
        return civil.as_days(values) * DAY_US
    return civil.as_micros(values).astype(np.int64)


def _typed(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    if pa.types.is_date(kind):
        return pa.array((values // DAY_US).astype(np.int32)).cast(kind)
    return pa.array(values).cast(kind)


def _default(first: np.ndarray, last: np.ndarray, kind: pa.DataType) -> Step:
    sign, zeros = np.where(last >= first, 1, -1), np.zeros(len(first), dtype=np.int64)
    return Step(zeros, zeros, sign) if pa.types.is_integer(kind) else Step(zeros, sign, zeros)


def _steps(step: pa.Array, kind: pa.DataType) -> Step:
    zeros = np.zeros(len(step), dtype=np.int64)
    if pa.types.is_interval(step.type):
        return _whole_days(Step(*parts_of(step)), kind)
    plain = civil.as_micros(step).astype(np.int64)
    if pa.types.is_integer(step.type) and not pa.types.is_integer(kind):
        return Step(plain, zeros, zeros)
    return _whole_days(Step(zeros, zeros, plain), kind)


def _whole_days(steps: Step, kind: pa.DataType) -> Step:
    """Return the steps; between dates they are made of whole days."""
    if not pa.types.is_date(kind):
        return steps
    if (steps.micros % DAY_US).any():
        raise IllegalArgument("ILLEGAL_SEQUENCE_STEP")
    return Step(
        steps.months, steps.days + steps.micros // DAY_US, np.zeros(len(steps.days), dtype=np.int64)
    )


def _check(first: np.ndarray, last: np.ndarray, steps: Step, nulls: np.ndarray) -> None:
    length = steps.length
    leads = (
        ((length > 0) & (first <= last))
        | ((length < 0) & (first >= last))
        | ((length == 0) & (first == last))
    )
    wrong = ~leads & ~nulls
    if wrong.any():
        place = int(np.nonzero(wrong)[0][0])
        raise IllegalArgument(
            "ILLEGAL_SEQUENCE_BOUNDARIES", start=first[place], stop=last[place], step=length[place]
        )


def _moved(
    first: np.ndarray, steps: Step, times: np.ndarray, kind: pa.DataType, zone: str
) -> np.ndarray:
    """Return starts moved by ``times`` steps; months and days by the calendar of the zone."""
    if not (steps.months.any() or steps.days.any()):
        return first + times * steps.micros
    zoned = pa.types.is_timestamp(kind) and kind.tz is not None
    wall = civil.as_micros(local_time(pa.array(first), zone)) if zoned else first
    days = civil.add_months(wall // DAY_US, steps.months * times) + steps.days * times
    moved = days * DAY_US + wall % DAY_US
    if zoned:
        moved = civil.as_micros(instant(pa.array(moved).cast(pa.timestamp("us")), zone))
    return np.asarray(moved) + times * steps.micros
