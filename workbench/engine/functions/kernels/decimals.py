"""Exact decimal arithmetic: computed in up to 76 digits, then rounded half up into the result's type."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from workbench.base.errors import ArithmeticFault
from workbench.engine.functions import faults
from workbench.engine.functions.kernels.arithmetic import any_true, is_zero, same_length, valid

WIDE = 76
GAINED = 4
MOST = 37
WIDEST = 38
"""Digits Arrow adds to the quotient of whole decimals."""
OPERATIONS: dict[str, Callable[..., pa.Array]] = {
    "add": pc.add,
    "subtract": pc.subtract,
    "multiply": pc.multiply,
}


def _wide(values: Any) -> Any:
    return values.cast(pa.decimal256(values.type.precision, values.type.scale))


def out_of_range(value: object, kind: pa.DataType) -> ArithmeticFault:
    """Return the error of a decimal that does not fit its type."""
    return ArithmeticFault(
        "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
        value=value,
        precision=kind.precision,
        scale=kind.scale,
        config=faults.ANSI,
    )


def fit(values: Any, kind: pa.DataType, is_try: bool = False) -> pa.Array:
    """Return decimals of any width rounded half up into ``kind``; too large is an error, or NULL in the try form."""
    if values.type.scale > kind.scale:
        values = pc.round(values, kind.scale, round_mode="half_towards_infinity")
    whole_digits = values.type.precision - values.type.scale
    if whole_digits > kind.precision - kind.scale:
        values = _bounded(values, kind, is_try)
    return _rescaled(values, kind)


def _bounded(values: Any, kind: pa.DataType, is_try: bool) -> Any:
    wide = _wide(values)
    digits = kind.precision - kind.scale
    bound = pa.scalar(power_of_ten(digits), pa.decimal256(digits + 1, 0))
    fits = pc.less(pc.abs(wide), bound)
    if not is_try and any_true(pc.invert(fits)):
        bad = wide if isinstance(wide, pa.Scalar) else pc.filter(wide, pc.invert(fits))[0]
        raise out_of_range(bad.as_py(), kind)
    return pc.if_else(fits, values, pa.scalar(None, values.type))


def power_of_ten(digits: int) -> Decimal:
    """Return a power of ten, exact whatever the decimal context."""
    return Decimal((0, (1,) + (0,) * digits, 0))


def _rescaled(values: Any, kind: pa.DataType) -> pa.Array:
    if values.type == kind:
        return values
    if pa.types.is_decimal256(values.type) and not pa.types.is_decimal256(kind):
        values = values.cast(pa.decimal256(kind.precision, kind.scale), safe=False)
    return values.cast(kind, safe=False)


def decimal(
    left: Any, right: Any, operation: str, to: pa.DataType, is_try: bool = False
) -> pa.Array:
    """Return ``add``, ``subtract`` or ``multiply`` of decimals in the result's type."""
    if _is_narrow(left.type, right.type, operation):
        return fit(OPERATIONS[operation](left, right), to, is_try)
    # Arrow adds the precisions up and refuses more than 76; no product of 38 digits each has more.
    one, other = (
        _as_scale(_wide(side), side.type.scale, MOST) for side in same_length(left, right)
    )
    exact = OPERATIONS[operation](one, other)
    return fit(_as_scale(exact, exact.type.scale), to, is_try)


def _is_narrow(left: pa.DataType, right: pa.DataType, operation: str) -> bool:
    """Return whether an exact result has at most 38 digits."""
    if operation == "multiply":
        return left.precision + right.precision < WIDEST
    whole = max(left.precision - left.scale, right.precision - right.scale)
    return whole + max(left.scale, right.scale) < WIDEST


def divide(left: Any, right: Any, to: pa.DataType, is_try: bool = False) -> pa.Array:
    """Return the quotient, computed to at least one digit more than the result has and rounded half up."""
    left, right = same_length(left, without_zero(left, right, is_try))
    scale = max(right.type.scale + to.scale + 1 - GAINED, left.type.scale)
    top = _wide(left).cast(pa.decimal256(WIDE, scale))
    quotient = _quotient(_units(top), _units(_wide(right)))
    return fit(_as_scale(quotient, scale - right.type.scale + GAINED), to, is_try)


def without_zero(left: Any, right: Any, is_try: bool) -> Any:
    """Return the divisor with NULL for zero; a zero under a value is an error unless ``is_try``."""
    zero = is_zero(right)
    if not any_true(zero):
        return right
    if not is_try and any_true(pc.and_(zero, pc.is_valid(left))):
        raise faults.division_by_zero()
    return pc.if_else(zero, pa.scalar(None, right.type), right)


def _as_scale(values: pa.Array, scale: int, precision: int = WIDE) -> pa.Array:
    """Return the same digits read with another scale."""
    kind = pa.decimal256(precision, scale)
    return pa.Array.from_buffers(kind, len(values), values.buffers(), offset=values.offset)


def _units(values: pa.Array) -> pa.Array:
    return _as_scale(values, 0)


def _quotient(top: pa.Array, bottom: pa.Array) -> pa.Array:
    """Return ``top / bottom`` of whole numbers, cut after four digits.

    Arrow sizes a quotient by the types' precisions and refuses wide ones, so both are declared narrower than they are.
    """
    return _units(pc.divide(_as_scale(top, 0, 70), _as_scale(bottom, 0, 1)))


def _whole_quotient(top: pa.Array, bottom: pa.Array) -> pa.Array:
    digits = _as_scale(_quotient(top, bottom), GAINED)
    return digits.cast(pa.decimal256(WIDE - GAINED, 0), safe=False)


def _common_units(left: Any, right: Any) -> tuple[pa.Array, pa.Array, int]:
    scale = max(left.type.scale, right.type.scale)
    one, other = (_units(_wide(side).cast(pa.decimal256(WIDE, scale))) for side in (left, right))
    return one, other, scale


def remainder(left: Any, right: Any, to: pa.DataType, is_try: bool = False) -> pa.Array:
    """Return the remainder with the sign of ``left``."""
    left, right = same_length(left, right)
    zero = is_zero(right)
    if not is_try and any_true(pc.and_(zero, valid(left))):
        raise ArithmeticFault("REMAINDER_BY_ZERO", config=faults.ANSI)
    right = pc.if_else(zero, pa.scalar(None, right.type), right)
    one, other, scale = _common_units(left, right)
    times = _whole_quotient(one, other)
    product = pc.multiply(_as_scale(times, 0, 37), _as_scale(other, 0, 37))
    rest = pc.subtract(_as_scale(one, 0, 74), _as_scale(product, 0, 74))
    return fit(_as_scale(rest, scale), to, is_try)


def whole_division(left: Any, right: Any, to: pa.DataType) -> pa.Array:
    """Return ``left div right`` as a long."""
    left, right = same_length(left, without_zero(left, right, is_try=False))
    one, other, _scale = _common_units(left, right)
    try:
        return _whole_quotient(one, other).cast(to)
    except pa.ArrowInvalid:
        raise faults.overflow() from None


def positive_remainder(left: Any, right: Any, to: pa.DataType) -> pa.Array:
    """Return the remainder made positive by adding the divisor."""
    rest = remainder(left, right, to)
    below = pc.less(rest, pa.scalar(0, rest.type))
    if not any_true(below):
        return rest
    right = same_length(right, rest)[0]
    moved = fit(pc.add(_wide(rest), _wide(right)), to)
    return pc.if_else(below, remainder(moved, right, to), rest)
