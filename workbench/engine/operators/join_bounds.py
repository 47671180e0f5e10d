"""From a condition on two event times to when a row can match no more.

With ``rt >= lt AND rt <= lt + INTERVAL 5 SECONDS`` and the watermark at W, later rows of the right side have ``rt > W``.
They match ``lt >= rt - 5 s`` only, so rows of the left side with ``lt <= W - 5 s`` (less the smallest step, since equality
counts) can go. Source: Spark's ``StreamingJoinHelper.getStateValueWatermark``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyspark.sql import types as t

from workbench.engine.plan.typed import Attribute, Call, Cast, Literal, Typed

_LESS = {"<": 0, "<=": -1}
_GREATER = {">": 0, ">=": -1}
_SIGNS = {"+": 1, "-": -1, "moment_plus_span": 1, "moment_minus_span": -1, "time_shift": 1}
_MICROS_PER_MS = 1000


@dataclass(frozen=True, slots=True)
class Bound:
    """Rows at or before the watermark plus ``shift_ms`` match no later row."""

    shift_ms: int

    def limit_ms(self, watermark_ms: int) -> int:
        """Return the time for a watermark."""
        return watermark_ms + self.shift_ms


@dataclass(frozen=True, slots=True)
class _Sum:
    """``Σ sign · attribute + constant``, in microseconds."""

    terms: tuple[tuple[int, int], ...]
    constant: int

    def plus(self, other: _Sum, sign: int) -> _Sum:
        moved = tuple((i, sign * s) for i, s in other.terms)
        return _Sum((*self.terms, *moved), self.constant + sign * other.constant)


def bound_of(condition: Iterable[Typed], mine: Attribute, other: Attribute | None) -> Bound | None:
    """Return the bound on ``mine`` that a condition and the watermark on ``other`` give; None where there is none."""
    if other is None:
        return None
    found = [shift for part in condition if (shift := _shift(part, mine.id, other.id)) is not None]
    return Bound(min(found)) if found else None


def distance(part: Typed) -> tuple[int, int, int] | None:
    """Read ``smaller + gap <= larger`` from a comparison of two attributes: their ids and the gap in microseconds."""
    difference = _difference(part)
    if difference is None or sorted(sign for _, sign in difference.terms) != [-1, 1]:
        return None
    smaller = next(i for i, sign in difference.terms if sign == 1)
    larger = next(i for i, sign in difference.terms if sign == -1)
    return smaller, larger, difference.constant + (part.function in ("<", ">"))


def _shift(part: Typed, mine: int, other: int) -> int | None:
    """Solve ``smaller < larger`` for ``mine > other + constant`` and return the constant in ms."""
    difference = _difference(part)
    if difference is None or sorted(difference.terms) != sorted([(mine, -1), (other, 1)]):
        return None
    adjust = _LESS.get(part.function, _GREATER.get(part.function, 0))
    return difference.constant // _MICROS_PER_MS + adjust


def _difference(part: Typed) -> _Sum | None:
    """Return what a comparison says is below, or at, zero."""
    if not isinstance(part, Call) or part.function not in {**_LESS, **_GREATER}:
        return None
    smaller, larger = part.arguments if part.function in _LESS else part.arguments[::-1]
    below, above = _linear(smaller), _linear(larger)
    return None if below is None or above is None else below.plus(above, -1)


def _linear(expression: Typed) -> _Sum | None:
    if isinstance(expression, Attribute):
        return _Sum(((expression.id, 1),), 0)
    if isinstance(expression, Literal):
        return _constant(expression)
    if isinstance(expression, Cast):
        return (
            _linear(expression.child)
            if _is_time(expression.type) and _is_time(expression.child.type)
            else None
        )
    if isinstance(expression, Call) and expression.function in _SIGNS:
        return _combined(expression)
    return None


def _combined(call: Call) -> _Sum | None:
    parts = [_linear(argument) for argument in call.arguments]
    if len(parts) != 2 or None in parts:
        return None
    return parts[0].plus(parts[1], _SIGNS[call.function])


def _constant(literal: Literal) -> _Sum | None:
    if literal.value is None or isinstance(literal.value, bool):
        return None
    if isinstance(
        literal.type, (t.DayTimeIntervalType, t.LongType, t.IntegerType, t.TimestampType)
    ):
        return _Sum((), int(literal.value))
    return None


def _is_time(kind: t.DataType) -> bool:
    return isinstance(kind, (t.TimestampType, t.TimestampNTZType))
