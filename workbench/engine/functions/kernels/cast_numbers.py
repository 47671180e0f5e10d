"""Casts to numbers and booleans."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.base.errors import ArithmeticFault
from workbench.engine.functions import faults
from workbench.engine.functions.kernels.arithmetic import any_true
from workbench.engine.functions.kernels.cast_context import Conversion
from workbench.engine.functions.kernels.decimals import power_of_ten
from workbench.engine.functions.kernels.mathematics import EXACT_DOUBLE, rounded

SPACE = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f \x7f"
MAX_DIGITS = 38
WHOLE = r"^[+-]?[0-9]+$"
REAL = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[dDfF]?$"
EXACT = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
TRUE = pa.array(["t", "true", "y", "yes", "1"])
FALSE = pa.array(["f", "false", "n", "no", "0"])
WORDS = {
    "inf": "inf",
    "+inf": "inf",
    "infinity": "inf",
    "+infinity": "inf",
    "-inf": "-inf",
    "-infinity": "-inf",
    "nan": "nan",
}


def trimmed(array: pa.Array) -> pa.Array:
    """Return text without the white space and control characters Spark trims before a cast."""
    return pc.utf8_trim(array, SPACE)


def from_text(array: pa.Array, how: Conversion) -> Any:
    """Read numbers or booleans from text."""
    if isinstance(how.target, t.BooleanType):
        return _boolean(array, how)
    plain = read_plainly(array, how.arrow)
    if plain is not None:
        return plain
    if isinstance(how.target, t.IntegralType):
        return _whole(array, how)
    if isinstance(how.target, t.DecimalType):
        return _decimal(array, how)
    return _real(array, how)


def read_plainly(array: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """Return text read by Arrow, or None when some of it is not in the plain form both understand.

    What Arrow reads Spark reads alike, but for ``0x…``.
    """
    try:
        made = array.cast(kind)
    except pa.ArrowInvalid:
        return None
    return None if any_true(pc.match_substring(array, "x", ignore_case=True)) else made


def _boolean(array: pa.Array, how: Conversion) -> pa.Array:
    words = pc.ascii_lower(trimmed(array))
    yes = pc.is_in(words, TRUE)
    good = pc.or_(yes, pc.is_in(words, FALSE))
    values = pc.if_else(pc.is_valid(array), yes, pa.scalar(None, pa.bool_()))
    return how.only(values, good, array)


def _whole(array: pa.Array, how: Conversion) -> pa.Array:
    words = trimmed(array)
    good = pc.match_substring_regex(words, WHOLE)
    # Nineteen digits at most fit a long; longer text is read in 38 digits to see whether it is only zeros in front.
    digits = pc.replace_substring_regex(words, r"^(\+|(-)?)0*([0-9]+)$", r"\2\3")
    good = pc.and_(good, pc.less_equal(pc.utf8_length(digits), 20))
    wide = pc.if_else(pc.fill_null(good, False), digits, pa.scalar(None, pa.string())).cast(
        pa.decimal128(38, 0)
    )
    bits = how.arrow.bit_width - 1
    low, high = (pa.scalar(Decimal(bound), wide.type) for bound in (-(2**bits), 2**bits - 1))
    fits = pc.and_(pc.greater_equal(wide, low), pc.less_equal(wide, high))
    good = pc.and_(good, pc.fill_null(fits, False))
    kept = pc.if_else(pc.fill_null(good, False), wide, pa.scalar(None, wide.type))
    return how.only(kept.cast(how.arrow), good, array)


def _real(array: pa.Array, how: Conversion) -> pa.Array:
    words = trimmed(array)
    lower = pc.ascii_lower(words)
    special = pc.is_in(lower, pa.array(list(WORDS)))
    good = pc.or_(pc.match_substring_regex(words, REAL), special)
    plain = pc.replace_substring_regex(lower, r"^\+|[df]$", "")
    plain = pc.if_else(pc.starts_with(lower, "inf"), "inf", plain)
    if any_true(special):
        plain = pc.if_else(special, named_reals(lower), plain)
    kept = pc.if_else(pc.fill_null(good, False), plain, pa.scalar(None, pa.string()))
    return how.only(kept.cast(pa.float64()).cast(how.arrow, safe=False), good, array)


def named_reals(words: pa.Array) -> pa.Array:
    """Return Arrow's word for each of Java's words for infinity and no number."""
    places = pc.index_in(words, pa.array(list(WORDS)))
    return pa.array(list(WORDS.values())).take(places)


def _decimal(array: pa.Array, how: Conversion) -> pa.Array:
    words = trimmed(array)
    good = pc.fill_null(pc.match_substring_regex(words, EXACT), False)
    kept = pc.if_else(
        good, pc.replace_substring_regex(words, r"^\+", ""), pa.scalar(None, pa.string())
    )
    if any_true(pc.greater(pc.utf8_length(kept), 37)) or any_true(
        pc.match_substring_regex(kept, "[eE]")
    ):
        values = _long_decimals(kept, how)
    else:
        values = _split_decimals(kept, how)
    return how.only(values, good, array)


def _split_decimals(words: pa.Array, how: Conversion) -> pa.Array:
    """Read plain decimals; digits behind the scale are rounded half up."""
    digits = max(how.arrow.scale, 1) + 2
    wide = pa.decimal256(38 + digits, digits)
    short = pc.replace_substring_regex(
        words, rf"^([+-]?[0-9]*)(\.?[0-9]{{0,{digits}}})[0-9]*$", r"\1\2"
    )
    short = pc.replace_substring_regex(short, r"\.$", "")
    short = pc.replace_substring_regex(short, r"^([+-]?)\.", r"\10.")
    return fit_decimal(short.cast(wide), how, words)


def _long_decimals(words: pa.Array, how: Conversion) -> pa.Array:
    """Read decimals in scientific form or of many digits; rare, so each is read by Python's decimal."""
    made = [None if word is None else Decimal(word) for word in words.to_pylist()]
    limit, unit = (
        power_of_ten(how.arrow.precision - how.arrow.scale),
        Decimal(1).scaleb(-how.arrow.scale),
    )
    with localcontext(prec=2 * MAX_DIGITS):
        rounded = [
            None
            if value is None
            else value.quantize(unit, rounding="ROUND_HALF_UP")
            if abs(value) < limit
            else limit
            for value in made
        ]
    good = pa.array([value is None or abs(value) < limit for value in rounded])
    kept = [value if value is None or abs(value) < limit else None for value in rounded]
    return _checked_range(pa.array(kept, how.arrow), good, words, how)


def fit_decimal(values: pa.Array, how: Conversion, original: pa.Array) -> pa.Array:
    """Return decimals rounded half up into the target; too large is an error or NULL."""
    kind = how.arrow
    if values.type.scale > kind.scale:
        values = pc.round(values, kind.scale, round_mode="half_towards_infinity")
    digits = kind.precision - kind.scale
    if values.type.precision - values.type.scale > digits:
        wide = values.cast(pa.decimal256(values.type.precision, values.type.scale))
        fits = pc.less(pc.abs(wide), pa.scalar(power_of_ten(digits), pa.decimal256(digits + 1, 0)))
        values = _checked_range(values, pc.fill_null(fits, True), original, how)
        values = pc.if_else(pc.fill_null(fits, True), values, pa.scalar(None, values.type))
    if pa.types.is_decimal256(values.type):
        values = values.cast(pa.decimal256(kind.precision, kind.scale), safe=False)
    return values.cast(kind, safe=False)


def _checked_range(
    values: pa.Array, good: pa.Array, original: pa.Array, how: Conversion
) -> pa.Array:
    bad = pc.and_(pc.invert(good), pc.is_valid(original))
    if not how.is_try and any_true(bad):
        raise ArithmeticFault(
            "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
            value=pc.filter(original, bad)[0].as_py(),
            precision=how.arrow.precision,
            scale=how.arrow.scale,
            config=faults.ANSI,
        )
    return values


def between_numbers(array: pa.Array, how: Conversion) -> Any:
    """Cast among numbers and booleans."""
    if isinstance(how.target, t.BooleanType):
        return pc.not_equal(array, pa.scalar(0, array.type))
    if isinstance(how.source, t.BooleanType):
        array = array.cast(pa.int8())
    if isinstance(how.target, t.DecimalType):
        return _number_to_decimal(array, how)
    if pa.types.is_decimal(array.type):
        return _from_decimal(array, how)
    if isinstance(how.target, (t.FloatType, t.DoubleType)):
        return array.cast(how.arrow, safe=False)
    if pa.types.is_floating(array.type):
        return _cut(array, how)
    narrow = array.cast(how.arrow, safe=False)
    return how.fitting(narrow, pc.equal(narrow.cast(array.type), array), array)


def _cut(array: pa.Array, how: Conversion) -> pa.Array:
    """Cut fractions off; NaN and what does not fit overflow."""
    bits = how.arrow.bit_width - 1
    numbers = pc.fill_null(array, 0).to_numpy(zero_copy_only=False).astype(np.float64)
    whole = np.trunc(numbers)
    with np.errstate(invalid="ignore"):
        good = (
            (whole >= -(2.0**bits)) & (whole < 2.0**bits)
            if bits < 63
            else ((whole >= -(2.0**63)) & (whole <= 2.0**63))
        )
        safe = np.where(good & (whole < 2.0**63), whole, 0).astype(np.int64)
    # Java's cast takes 2^63 itself as the largest long.
    safe = np.where(good & (whole >= 2.0**63), np.int64(2**63 - 1), safe)
    values = pa.array(safe, mask=np.asarray(pc.is_null(array))).cast(how.arrow, safe=False)
    return how.fitting(values, pa.array(good), array)


def _number_to_decimal(array: pa.Array, how: Conversion) -> pa.Array:
    if pa.types.is_integer(array.type):
        return fit_decimal(array.cast(pa.decimal128(20, 0)), how, array)
    if pa.types.is_decimal(array.type):
        return fit_decimal(array, how, array)
    return _float_to_decimal(array, how)


def _float_to_decimal(array: pa.Array, how: Conversion) -> pa.Array:
    """Read the shortest decimal text of each float, as Java's ``BigDecimal(Double.toString)``."""
    quick = _scaled_whole(array, how)
    if quick is not None:
        return quick
    finite = pc.fill_null(pc.is_finite(array), False)
    words = pc.if_else(finite, array, pa.scalar(None, array.type)).cast(pa.string())
    made = _decimal(words, how)
    if not how.is_try and any_true(pc.and_(pc.invert(finite), pc.is_valid(array))):
        raise how.overflow(pc.filter(array, pc.invert(finite))[0].as_py())
    return made


def _scaled_whole(array: pa.Array, how: Conversion) -> pa.Array | None:
    """Return doubles rounded by way of whole numbers, or None when some have too many digits for that."""
    if not pa.types.is_float64(array.type):
        return None
    plain = pc.fill_null(array, 0.0).to_numpy(zero_copy_only=False)
    scale = how.arrow.scale
    with np.errstate(all="ignore"):
        if not (np.abs(plain) * 10.0**scale < EXACT_DOUBLE).all():
            return None
        whole = np.rint(rounded(plain, scale, "half_towards_infinity") * 10.0**scale).astype(
            np.int64
        )
    wide = pa.array(whole, mask=np.asarray(pc.is_null(array))).cast(pa.decimal128(19, 0))
    scaled = pa.Array.from_buffers(
        pa.decimal128(max(19, scale), scale), len(wide), wide.buffers(), offset=wide.offset
    )
    return fit_decimal(scaled, how, array)


def _from_decimal(array: pa.Array, how: Conversion) -> pa.Array:
    if isinstance(how.target, (t.FloatType, t.DoubleType)):
        return array.cast(pa.float64()).cast(how.arrow, safe=False)
    whole = array.cast(pa.decimal256(array.type.precision, array.type.scale)).cast(
        pa.decimal256(max(array.type.precision - array.type.scale, 1), 0), safe=False
    )
    bits = how.arrow.bit_width - 1
    wide = pa.decimal256(76, 0)
    low, high = (pa.scalar(Decimal(bound), wide) for bound in (-(2**bits), 2**bits - 1))
    whole = whole.cast(wide)
    fits = pc.and_(pc.greater_equal(whole, low), pc.less_equal(whole, high))
    kept = pc.if_else(fits, whole, pa.scalar(None, wide))
    return how.fitting(kept.cast(pa.int64()).cast(how.arrow), fits, array)
