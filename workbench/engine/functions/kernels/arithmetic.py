"""Arithmetic over Arrow arrays under ANSI rules: what does not fit is an error, or NULL in the ``try`` mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.base.errors import ArithmeticFault
from workbench.engine.functions import faults

Values = Any
SHORT, WORD = 16, 32
SYMBOLS = {"add": "+", "subtract": "-", "multiply": "*"}
CHECKED: dict[str, Callable[..., pa.Array]] = {
    "add": pc.add_checked,
    "subtract": pc.subtract_checked,
    "multiply": pc.multiply_checked,
}
WRAPPING: dict[str, Callable[..., pa.Array]] = {
    "add": pc.add,
    "subtract": pc.subtract,
    "multiply": pc.multiply,
}


def is_zero(values: Values) -> pa.Array:
    """Return where values are zero; NULL stays NULL."""
    return pc.equal(values, pa.scalar(0, values.type))


def valid(*values: Values) -> Any:
    """Return where no value is NULL."""
    found = pc.is_valid(values[0])
    for more in values[1:]:
        found = pc.and_(found, pc.is_valid(more))
    return found


def any_true(mask: Any) -> bool:
    """Return whether any place is true."""
    if isinstance(mask, pa.Scalar):
        return bool(mask.as_py())
    return bool(pc.any(mask).as_py())


def whole(left: Values, right: Values, operation: str, alternative: str) -> pa.Array:
    """Return integer ``operation``; overflow is an error that names ``alternative``."""
    try:
        return CHECKED[operation](left, right)
    except pa.ArrowInvalid:
        if left.type.bit_width >= WORD:
            raise faults.overflow(alternative) from None
        raise _narrow_overflow(left, right, operation) from None


def _narrow_overflow(left: Values, right: Values, operation: str) -> ArithmeticFault:
    """Return the error of bytes or shorts, which names the numbers."""
    one, other = same_length(left, right)
    bad = pc.is_null(_without_overflow(one, other, operation))
    place = pc.index(pc.and_(bad, valid(one, other)), True).as_py()
    suffix = "S" if left.type.bit_width == SHORT else "Y"
    return ArithmeticFault(
        "BINARY_ARITHMETIC_OVERFLOW",
        value1=f"{one[place].as_py()}{suffix}",
        symbol=SYMBOLS[operation],
        value2=f"{other[place].as_py()}{suffix}",
        functionName=f"`try_{operation}`",
    )


def try_whole(left: Values, right: Values, operation: str) -> pa.Array:
    """Return integer ``operation``, NULL where it overflows."""
    try:
        return CHECKED[operation](left, right)
    except pa.ArrowInvalid:
        return _without_overflow(left, right, operation)


def _without_overflow(left: Values, right: Values, operation: str) -> pa.Array:
    """Compute in 38 digits, where nothing overflows, and keep what fits."""
    kind = left.type
    exact = WRAPPING[operation](left.cast(pa.decimal256(20, 0)), right.cast(pa.decimal256(20, 0)))
    bits = kind.bit_width - 1
    low, high = (pa.scalar(bound, exact.type) for bound in (-(2**bits), 2**bits - 1))
    fits = pc.and_(pc.greater_equal(exact, low), pc.less_equal(exact, high))
    return pc.if_else(fits, WRAPPING[operation](left, right), pa.scalar(None, kind))


def divide_doubles(left: Values, right: Values, is_try: bool = False) -> pa.Array:
    """Return ``left / right``; a zero divisor under a value is an error, or NULL in the try form."""
    zero = is_zero(right)
    if any_true(zero):
        if not is_try and any_true(pc.and_(zero, pc.is_valid(left))):
            raise faults.division_by_zero()
        right = pc.if_else(zero, pa.scalar(None, right.type), right)
    return pc.divide(left, right)


def remainder(left: Values, right: Values, is_try: bool = False) -> pa.Array:
    """Return the remainder with the sign of ``left``; a zero divisor is an error, or NULL in the try form."""
    return _modular(left, right, np.fmod, is_try)


def positive_remainder(left: Values, right: Values) -> pa.Array:
    """Return the remainder made positive by adding the divisor (Spark: ``Pmod``)."""

    def positive(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        rest = np.fmod(one, other)
        return np.where(rest < 0, np.fmod(rest + other, other), rest).astype(rest.dtype)

    return _modular(left, right, positive, is_try=False)


def _modular(left: Values, right: Values, step: Callable, is_try: bool) -> pa.Array:
    left, right = same_length(left, right)
    kind = left.type
    zero = is_zero(right)
    if not is_try and any_true(pc.and_(zero, pc.is_valid(left))):
        raise ArithmeticFault("REMAINDER_BY_ZERO", config=faults.ANSI)
    nulls = ~np.asarray(pc.and_kleene(valid(left, right), pc.invert(pc.fill_null(zero, True))))
    one = numbers(left)
    other = np.where(nulls, np.array(1, dtype=one.dtype), numbers(right))
    # The smallest number over -1 overflows in the processor; its remainder is zero like any other's.
    if pa.types.is_integer(kind):
        other = np.where(other == -1, np.array(1, one.dtype), other)
    with np.errstate(all="ignore"):
        return pa.array(step(one, other), kind, mask=nulls)


def whole_division(left: Values, right: Values, is_try: bool = False) -> pa.Array:
    """Return ``left div right`` of longs, cut towards zero."""
    zero = is_zero(right)
    if any_true(zero):
        if not is_try and any_true(pc.and_(zero, pc.is_valid(left))):
            raise faults.division_by_zero()
        right = pc.if_else(zero, pa.scalar(None, right.type), right)
    try:
        return pc.divide_checked(left, right)
    except pa.ArrowInvalid:
        raise faults.overflow("try_divide") from None


def negate(values: Values) -> pa.Array:
    """Return ``-values``; the smallest whole number has no counterpart."""
    try:
        return pc.negate_checked(values)
    except pa.ArrowInvalid:
        raise faults.overflow() from None


def absolute(values: Values) -> pa.Array:
    """Return the distance from zero."""
    try:
        return pc.abs_checked(values)
    except pa.ArrowInvalid:
        raise faults.overflow() from None


def same_length(*values: Values) -> tuple[pa.Array, ...]:
    """Return all as arrays of one length; scalars are repeated."""
    length = next((len(value) for value in values if not isinstance(value, pa.Scalar)), 1)
    return tuple(
        pa.repeat(value, length) if isinstance(value, pa.Scalar) else value for value in values
    )


def numbers(values: pa.Array) -> np.ndarray:
    """Return the numbers as NumPy, zero in place of NULL."""
    if values.null_count:
        values = values.fill_null(0)
    return values.to_numpy(zero_copy_only=False)
