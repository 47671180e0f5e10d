"""Mathematics over Arrow arrays where neither DataFusion nor Arrow computes as Spark does."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from math import factorial as exact_factorial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.base.errors import ArithmeticFault
from workbench.engine.functions import faults
from workbench.engine.functions.kernels import decimals
from workbench.engine.functions.kernels.arithmetic import numbers, same_length, valid

EXACT_DOUBLE = 2.0**53
LONGEST_FACTORIAL = 20
FACTORIALS = np.array([exact_factorial(n) for n in range(LONGEST_FACTORIAL + 1)], dtype=np.int64)
ROUNDING = {"half_towards_infinity": ROUND_HALF_UP, "half_to_even": ROUND_HALF_EVEN}


def masked(values: np.ndarray, *sources: pa.Array) -> pa.Array:
    """Return numbers with NULL wherever a source is."""
    nulls = ~np.asarray(valid(*sources))
    return pa.array(values, mask=nulls)


def floats(function: Callable[..., np.ndarray]) -> Callable[..., pa.Array]:
    """Return the kernel of a NumPy function over doubles; out of its domain it gives NaN or infinity."""

    def kernel(*columns: pa.Array) -> pa.Array:
        columns = same_length(*columns)
        with np.errstate(all="ignore"):
            return masked(function(*map(numbers, columns)), *columns)

    kernel.__name__ = getattr(function, "__name__", "floats")
    return kernel


def positive_only(
    function: Callable[..., np.ndarray], above: float = 0.0
) -> Callable[..., pa.Array]:
    """Return the kernel of a logarithm: NULL at or below ``above``."""

    def kernel(values: pa.Array) -> pa.Array:
        with np.errstate(all="ignore"):
            plain = numbers(values)
            made = function(plain)
            return pa.array(made, mask=(plain <= above) | np.asarray(pc.is_null(values)))

    kernel.__name__ = getattr(function, "__name__", "logarithm")
    return kernel


def logarithm(base: pa.Array, values: pa.Array) -> pa.Array:
    """Return the logarithm to a base; NULL where either is not positive."""
    base, values = same_length(base, values)
    one, other = numbers(base), numbers(values)
    with np.errstate(all="ignore"):
        made = np.log(other) / np.log(one)
    nulls = ~np.asarray(valid(base, values)) | (one <= 0) | (other <= 0)
    return pa.array(made, mask=nulls)


def round_whole(values: pa.Array, places: pa.Scalar, mode: str) -> pa.Array:
    """Round whole numbers; only places before the point change anything."""
    count = places.as_py()
    if count is None:
        return pa.nulls(len(values), values.type)
    if count >= 0:
        return values
    if -count > 19:
        return pc.if_else(pc.is_valid(values), pa.scalar(0, values.type), values)
    wide = pc.round(values.cast(pa.decimal128(20, 0)), count, round_mode=mode)
    try:
        return wide.cast(values.type)
    except pa.ArrowInvalid:
        raise faults.overflow() from None


def round_real(values: pa.Array, places: pa.Scalar, mode: str) -> pa.Array:
    """Round floats as decimals: by the digits they are written with, not by their binary value."""
    count = places.as_py()
    if count is None:
        return pa.nulls(len(values), values.type)
    plain = (
        numbers(values).astype(np.float64)
        if pa.types.is_float64(values.type)
        else (
            values.fill_null(0).cast(pa.string()).cast(pa.float64()).to_numpy(zero_copy_only=False)
        )
    )
    with np.errstate(all="ignore"):
        made = rounded(plain, count, mode)
    return masked(made, values).cast(values.type)


def rounded(plain: np.ndarray, count: int, mode: str) -> np.ndarray:
    """Return doubles rounded to some places by the digits they are written with."""
    scale = 10.0 ** abs(count)
    scaled = plain * scale if count >= 0 else plain / scale
    size = np.abs(scaled)
    low = np.floor(size)
    rest = size - low
    whole = np.where(rest > 0.5, low + 1, low)
    signed = np.copysign(whole, plain)
    made = signed / scale if count >= 0 else signed * scale
    made = np.where(signed == 0, 0.0, made)
    made = np.where((size >= EXACT_DOUBLE) | ~np.isfinite(plain), plain, made)
    # Only near a half do binary and decimal disagree.
    for place in np.nonzero(
        np.isfinite(plain) & (np.abs(rest - 0.5) < 1e-5) & (size < EXACT_DOUBLE)
    )[0]:
        unit = Decimal(1).scaleb(-count)
        made[place] = float(
            Decimal(repr(float(plain[place]))).quantize(unit, rounding=ROUNDING[mode])
        )
    return made


def round_decimal(values: pa.Array, places: pa.Scalar, to: pa.DataType, mode: str) -> pa.Array:
    """Round decimals into the result's scale."""
    count = places.as_py()
    if count is None:
        return pa.nulls(len(values), to)
    wide = values.cast(pa.decimal256(values.type.precision, values.type.scale))
    wide = wide.cast(pa.decimal256(76, values.type.scale))
    if count < values.type.scale:
        wide = pc.round(wide, count, round_mode=mode)
    return decimals.fit(wide, to)


def edge_decimal(values: pa.Array, places: pa.Scalar, to: pa.DataType, mode: str) -> pa.Array:
    """Move decimals up or down to a number of places."""
    return round_decimal(values, places, to, mode)


def edge_real(values: pa.Array, upwards: bool) -> pa.Array:
    """Return the nearest long above or below floats; what does not fit is cut at the longest."""
    plain = numbers(values).astype(np.float64)
    with np.errstate(all="ignore"):
        made = np.ceil(plain) if upwards else np.floor(plain)
        inside = np.nan_to_num(np.clip(made, -(2.0**63), 2.0**62), nan=0.0).astype(np.int64)
    inside = np.where(
        made >= 2.0**63,
        np.int64(2**63 - 1),
        np.where(
            made > 2.0**62,
            np.nan_to_num(made, posinf=0).clip(max=9.2233720368547748e18).astype(np.int64),
            inside,
        ),
    )
    return masked(inside, values)


def factorial(values: pa.Array) -> pa.Array:
    """Return factorials from 0 to 20, NULL outside."""
    plain = numbers(values).astype(np.int64)
    inside = (plain >= 0) & (plain <= LONGEST_FACTORIAL)
    nulls = ~inside | np.asarray(pc.is_null(values))
    return pa.array(FACTORIALS[np.where(inside, plain, 0)], mask=nulls)


def binary_digits(values: pa.Array) -> pa.Array:
    """Return longs in base 2, negative ones as 64 digits."""
    bits = numbers(values).astype(">i8").view(np.uint8).reshape(-1, 8)
    digits = np.unpackbits(bits, axis=1) + ord("0")
    text = _fixed_text(digits.astype(np.uint8), 64)
    trimmed = pc.utf8_ltrim(text, "0")
    return _nulls_from(pc.if_else(pc.equal(trimmed, ""), "0", trimmed), values)


def _fixed_text(data: np.ndarray, width: int) -> pa.Array:
    fixed = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(width), len(data), [None, pa.py_buffer(np.ascontiguousarray(data).tobytes())]
    )
    return fixed.cast(pa.binary()).cast(pa.string())


def _nulls_from(text: pa.Array, values: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_valid(values), text, pa.scalar(None, pa.string()))


HEX = np.frombuffer(b"0123456789ABCDEF", dtype=np.uint8)


def hex_whole(values: pa.Array) -> pa.Array:
    """Return longs in base 16, negative ones as 16 digits."""
    data = numbers(values).astype(">i8").view(np.uint8).reshape(-1, 8)
    digits = np.stack([HEX[data >> 4], HEX[data & 15]], axis=2).reshape(-1, 16)
    trimmed = pc.utf8_ltrim(_fixed_text(digits, 16), "0")
    return _nulls_from(pc.if_else(pc.equal(trimmed, ""), "0", trimmed), values)


def hex_bytes(values: pa.Array) -> pa.Array:
    """Return bytes (or the bytes of text) in base 16."""
    values = values.cast(pa.binary())
    offsets, data = byte_parts(values)
    digits = np.stack([HEX[data >> 4], HEX[data & 15]], axis=1).reshape(-1)
    return text_of(offsets * 2, digits, values)


def byte_parts(values: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return where each value starts, and all bytes in a row."""
    offsets = np.frombuffer(values.buffers()[1], np.int32)[
        values.offset : values.offset + len(values) + 1
    ]
    buffer = values.buffers()[2]
    data = np.frombuffer(buffer, np.uint8) if buffer is not None else np.zeros(0, np.uint8)
    return (offsets - offsets[0]).astype(np.int64), data[offsets[0] : offsets[-1]]


def text_of(
    offsets: np.ndarray, data: np.ndarray, like: pa.Array, kind: pa.DataType | None = None
) -> pa.Array:
    """Return texts (or bytes) cut from one row of bytes, NULL where ``like`` is."""
    made = pa.Array.from_buffers(
        pa.binary(),
        len(offsets) - 1,
        [
            None,
            pa.py_buffer(offsets.astype(np.int32).tobytes()),
            pa.py_buffer(np.ascontiguousarray(data).tobytes()),
        ],
    )
    made = pc.if_else(pc.is_valid(like), made, pa.scalar(None, pa.binary()))
    return made.cast(kind or pa.string())


UNHEX = np.full(256, 255, dtype=np.uint8)
UNHEX[np.frombuffer(b"0123456789", np.uint8)] = np.arange(10)
UNHEX[np.frombuffer(b"ABCDEF", np.uint8)] = np.arange(10, 16)
UNHEX[np.frombuffer(b"abcdef", np.uint8)] = np.arange(10, 16)


def unhex(values: pa.Array) -> pa.Array:
    """Return the bytes of base-16 text, NULL for other text; an odd first digit stands alone."""
    padded = pc.if_else(
        odd(pc.utf8_length(values)), pc.binary_join_element_wise("0", values, ""), values
    )
    good = pc.match_substring_regex(padded, "^[0-9a-fA-F]*$")
    clean = pc.fill_null(pc.if_else(good, padded, ""), "").cast(pa.binary())
    offsets, data = byte_parts(clean)
    pairs = UNHEX[data].reshape(-1, 2)
    like = pc.if_else(good, values, pa.scalar(None, pa.string()))
    return text_of(offsets // 2, pairs[:, 0] * 16 + pairs[:, 1], like, pa.binary())


def odd(values: Any) -> Any:
    """Return where numbers are odd."""
    return pc.equal(pc.bit_wise_and(values, pa.scalar(1, values.type)), pa.scalar(1, values.type))


def convert_base(texts: pa.Array, source: pa.Array, target: pa.Array) -> pa.Array:
    """Return numbers written in one base written in another; 64-bit unsigned unless the target is negative.

    One number at a time: bases are data.
    """
    rows = zip(*(column.to_pylist() for column in same_length(texts, source, target)), strict=True)
    return pa.array([_converted(*row) for row in rows], pa.string())


DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _converted(text: str | None, source: int | None, target: int | None) -> str | None:
    if text is None or source is None or target is None:
        return None
    if not (2 <= source <= 36 and 2 <= abs(target) <= 36):
        return None
    text = text.strip(" ")
    if not text:
        return None
    negative = text.startswith("-")
    value = 0
    for letter in text[negative:].upper():
        digit = DIGITS.find(letter)
        if not 0 <= digit < source:
            break
        value = value * source + digit
    if value >= 2**64:
        raise ArithmeticFault(
            "ARITHMETIC_OVERFLOW",
            message="overflow in function conv()",
            alternative="",
            config=faults.ANSI,
        )
    if negative and target > 0:
        value = -value % 2**64
    if target < 0:
        signed = -value if negative else (value - 2**64 if value >= 2**63 else value)
        return ("-" if signed < 0 else "") + _in_base(abs(signed), -target)
    return _in_base(value, target)


def _in_base(value: int, base: int) -> str:
    made = ""
    while value:
        value, digit = divmod(value, base)
        made = DIGITS[digit] + made
    return made or "0"


def width_bucket(value: pa.Array, low: pa.Array, high: pa.Array, count: pa.Array) -> pa.Array:
    """Return the number of the equal-width bucket a value falls in; 0 and count + 1 are outside."""
    value, low, high, count = same_length(value, low, high, count)
    v, a, b, n = (numbers(column).astype(np.float64) for column in (value, low, high, count))
    with np.errstate(all="ignore"):
        rising = np.where(v < a, 0, np.where(v >= b, n + 1, np.floor(n * (v - a) / (b - a)) + 1))
        falling = np.where(v > a, 0, np.where(v <= b, n + 1, np.floor(n * (a - v) / (a - b)) + 1))
        made = np.where(a < b, rising, falling)
    bad = (n <= 0) | (n >= 2**63 - 1) | (a == b) | np.isnan(v) | ~np.isfinite(a) | ~np.isfinite(b)
    nulls = ~np.asarray(valid(value, low, high, count)) | bad
    return pa.array(np.where(nulls, 0, made).astype(np.int64), mask=nulls)


def sign(values: pa.Array) -> pa.Array:
    """Return -1, 0 or 1 as double."""
    with np.errstate(invalid="ignore"):
        return masked(np.sign(numbers(values).astype(np.float64)), values)


def shift(values: pa.Array, by: pa.Array, how: str) -> pa.Array:
    """Return bits shifted, the distance taken modulo the width as the JVM does."""
    values, by = same_length(values, by)
    width = values.type.bit_width
    plain, distance = numbers(values), numbers(by).astype(np.int64) % width
    if how == "left":
        made = plain << distance.astype(plain.dtype)
    elif how == "right":
        made = plain >> distance.astype(plain.dtype)
    else:
        unsigned = plain.view(f"u{plain.dtype.itemsize}")
        made = (unsigned >> distance.astype(unsigned.dtype)).view(plain.dtype)
    return masked(made, values, by)


def bit_count(values: pa.Array) -> pa.Array:
    """Return the number of bits set in the 64-bit form."""
    plain = numbers(
        values.cast(pa.int64()) if not pa.types.is_boolean(values.type) else values.cast(pa.int8())
    )
    return masked(np.bitwise_count(plain.astype(np.int64).view(np.uint64)).astype(np.int32), values)


def bit_get(values: pa.Array, position: pa.Array) -> pa.Array:
    """Return one bit, counted from the right.

    Raises
    ------
    ArithmeticFault
        ``INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE``.
    """
    values, position = same_length(values, position)
    width, places = values.type.bit_width, numbers(position).astype(np.int64)
    known = np.asarray(valid(values, position))
    bad = known & ((places < 0) | (places >= width))
    if bad.any():
        raise ArithmeticFault(
            "INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE",
            parameter="`pos`",
            functionName="`getbit`",
            upper=width,
            invalidValue=places[bad][0],
        )
    made = (numbers(values).astype(np.int64) >> np.clip(places, 0, 63)) & 1
    return masked(made.astype(np.int8), values, position)
