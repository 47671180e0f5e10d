"""Casts to text and bytes, in Spark's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.engine.functions.kernels.cast_context import Conversion
from workbench.engine.functions.kernels.cast_nested import map_parts, mask_of, offsets_of
from workbench.engine.functions.kernels.zones import local_time


def from_number(array: pa.Array, _how: Conversion) -> Any:
    """Write numbers and booleans as Java does."""
    if pa.types.is_floating(array.type):
        return java_reals(array)
    if pa.types.is_decimal(array.type):
        return plain_decimals(array)
    return array.cast(pa.string())


def java_reals(array: pa.Array) -> pa.Array:
    """Return floats as ``Double.toString`` writes them: ``1.0``, ``1.0E10``, ``NaN``."""
    text = array.cast(pa.string())
    size = pc.abs(array)
    finite = pc.is_finite(array)
    tiny = pc.and_(pc.less(size, 1e-3), pc.greater(size, 0))
    large = pc.and_(finite, pc.or_(pc.greater_equal(size, 1e7), tiny))
    plain = pc.and_(finite, pc.invert(pc.match_substring(text, ".")))
    whole = _changed(text, plain, lambda found: pc.binary_join_element_wise(found, ".0", ""), text)
    whole = _changed(whole, large, _scientific, text)
    return _changed(whole, pc.invert(finite), _not_finite, text)


def _changed(
    made: pa.Array, where: pa.Array, change: Callable[[pa.Array], pa.Array], source: pa.Array
) -> pa.Array:
    """Return ``made`` with some places changed; only those are computed."""
    where = pc.fill_null(where, False)
    if not pc.any(where).as_py():
        return made
    return pc.replace_with_mask(made, where, change(source.filter(where)))


def _not_finite(text: pa.Array) -> pa.Array:
    text = pc.replace_substring_regex(text, "^-?nan.*", "NaN")
    return pc.replace_substring_regex(text, "^(-?)inf.*", r"\1Infinity")


def _scientific(text: pa.Array) -> pa.Array:
    """Return shortest decimal texts as digits and a power of ten, whatever form Arrow chose."""
    parts = pc.extract_regex(
        text, r"^(?P<sign>-?)(?P<whole>[0-9]+)(?:\.(?P<part>[0-9]+))?(?:e(?P<power>[+-]?[0-9]+))?$"
    )
    sign, whole, part, power = (pc.struct_field(parts, i) for i in range(4))
    power = pc.if_else(pc.equal(power, ""), "0", pc.replace_substring_regex(power, r"^\+", ""))
    digits = pc.binary_join_element_wise(whole, part, "")
    bare = pc.utf8_ltrim(digits, "0")
    zeros = pc.subtract(pc.utf8_length(digits), pc.utf8_length(bare))
    exponent = pc.add(
        power.cast(pa.int32()), pc.subtract(pc.subtract(pc.utf8_length(whole), 1), zeros)
    )
    bare = pc.utf8_rtrim(bare, "0")
    first = pc.utf8_slice_codeunits(bare, 0, 1)
    rest = pc.utf8_slice_codeunits(bare, 1)
    rest = pc.if_else(pc.equal(rest, ""), "0", rest)
    return pc.binary_join_element_wise(sign, first, ".", rest, "E", exponent.cast(pa.string()), "")


def plain_decimals(array: pa.Array) -> pa.Array:
    """Return decimals with all digits of their scale and no power of ten."""
    text = array.cast(pa.string())
    if not pc.any(pc.match_substring(text, "E")).as_py():
        return text
    return pa.array([None if v is None else f"{v:f}" for v in array.to_pylist()], pa.string())


def from_binary(array: pa.Array, _how: Conversion) -> Any:
    """Read bytes as UTF-8; Spark keeps bad bytes, Arrow text cannot, so they become the replacement sign."""
    try:
        return array.cast(pa.string())
    except pa.ArrowInvalid:
        words = [
            None if value is None else value.decode("utf-8", "replace")
            for value in array.to_pylist()
        ]
        return pa.array(words, pa.string())


def to_binary(array: pa.Array, _how: Conversion) -> Any:
    """Return text as its UTF-8 bytes."""
    return array.cast(pa.binary())


def number_to_binary(array: pa.Array, _how: Conversion) -> Any:
    """Return whole numbers as big-endian bytes."""
    width = array.type.bit_width // 8
    numbers = pc.fill_null(array, 0).to_numpy(zero_copy_only=False)
    data = numbers.astype(numbers.dtype.newbyteorder(">")).tobytes()
    made = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(width), len(array), [None, pa.py_buffer(data)]
    ).cast(pa.binary())
    return pc.if_else(pc.is_valid(array), made, pa.scalar(None, pa.binary()))


def from_time(array: pa.Array, how: Conversion) -> Any:
    """Write dates and timestamps; the latter in the session's zone, fraction without trailing zeros."""
    if isinstance(how.source, t.DateType):
        return _years(array.cast(pa.string()))
    local = local_time(array, how.zone) if isinstance(how.source, t.TimestampType) else array
    text = pc.replace_substring_regex(local.cast(pa.string()), r"(\.[0-9]*?)0+$", r"\1")
    return _years(pc.replace_substring_regex(text, r"\.$", ""))


def _years(text: pa.Array) -> pa.Array:
    """Return dates with a plus sign before years of more than four digits."""
    return pc.replace_substring_regex(text, r"^([0-9]{5,})", r"+\1")


def from_nested(array: pa.Array, how: Conversion) -> Any:
    """Write arrays ``[1, 2]``, maps ``{a -> 1}`` and structs ``{1, a}``, NULL inside as ``null``."""
    if isinstance(how.source, t.ArrayType):
        words = _words(array.flatten(), how.source.elementType, how)
        return _joined(offsets_of(array), words, "[", "]", array)
    if isinstance(how.source, t.MapType):
        offsets, keys, values = map_parts(array)
        pairs = pc.binary_join_element_wise(
            _words(keys, how.source.keyType, how), _words(values, how.source.valueType, how), " -> "
        )
        return _joined(offsets, pairs, "{", "}", array)
    parts = [
        _words(pc.struct_field(array, i), field.dataType, how)
        for i, field in enumerate(how.source.fields)
    ]
    body = pc.binary_join_element_wise(*parts, ", ")
    whole = pc.binary_join_element_wise("{", body, "}", "")
    return pc.if_else(pc.is_valid(array), whole, pa.scalar(None, pa.string()))


def _words(values: pa.Array, kind: t.DataType, how: Conversion) -> pa.Array:
    return pc.fill_null(how.part(values, kind, t.StringType()), "null")


def _joined(offsets: pa.Array, words: pa.Array, start: str, end: str, array: pa.Array) -> pa.Array:
    lists = pa.ListArray.from_arrays(offsets.cast(pa.int32()), words, mask=mask_of(array))
    return pc.binary_join_element_wise(start, pc.binary_join(lists, ", "), end, "")
