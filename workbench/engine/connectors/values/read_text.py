"""Columns of text to columns of a type, a column at a time, telling which values could not be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.engine.connectors.values.read_times import read_dates, read_timestamps

_BOUNDS = {
    t.ByteType: 2**7,
    t.ShortType: 2**15,
    t.IntegerType: 2**31,
}
_FLOAT = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[fFdD]?\s*$"
_DECIMAL = r"^([+-]?(?:\d+\.?\d*|\.\d+))$"
_SCIENTIFIC = r"^[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+$"


@dataclass(frozen=True, slots=True)
class Rules:
    """How text stands for values: time patterns (None: what a cast reads), the zone, the words for special floats."""

    zone: str = "UTC"
    date_format: str | None = None
    timestamp_format: str | None = None
    timestamp_ntz_format: str | None = None
    nan: str = "NaN"
    positive_infinity: str = "Inf"
    negative_infinity: str = "-Inf"


def read_text(texts: pa.Array, kind: t.DataType, rules: Rules) -> pa.Array:
    """Return the texts as values of a type; text that cannot be read so is null."""
    reader = _READERS.get(type(kind))
    if reader is None:
        return texts.cast(to_arrow(kind))
    return reader(texts, kind, rules)


def failures(texts: pa.Array, values: pa.Array) -> np.ndarray:
    """Return which texts could not be read: given, but without a value."""
    return pc.and_(texts.is_valid(), values.is_null()).to_numpy(zero_copy_only=False)


def _integers(texts: pa.Array, kind: t.DataType, _rules: Rules) -> pa.Array:
    wide = whole_numbers(texts)
    bound = _BOUNDS.get(type(kind))
    if bound is not None:
        fits = pc.and_(pc.greater_equal(wide, -bound), pc.less(wide, bound))
        wide = pc.if_else(fits, wide, None)
    return wide.cast(to_arrow(kind))


def whole_numbers(texts: pa.Array) -> pa.Array:
    """Return int64 values; null where the text is no whole number or does not fit."""
    shaped = pc.match_substring_regex(texts, r"^[+-]?\d+$")
    plain = pc.replace_substring_regex(pc.if_else(shaped, texts, None), r"^\+|^(-?)0+(\d)", r"\1\2")
    # Nineteen digits may or may not fit: those few are decided one by one, exactly.
    long = pc.greater(pc.utf8_length(plain), 18)
    if not pc.any(long).as_py():
        return plain.cast(pa.int64())
    short = pc.if_else(long, None, plain).cast(pa.int64())
    exact = [
        number if -(2**63) <= (number := int(text)) < 2**63 else None
        for text in plain.filter(long).to_pylist()
    ]
    return pc.replace_with_mask(short, long.fill_null(False), pa.array(exact, pa.int64()))


def _floats(texts: pa.Array, kind: t.DataType, rules: Rules) -> pa.Array:
    shaped = pc.match_substring_regex(texts, _FLOAT)
    plain = pc.replace_substring_regex(
        pc.utf8_trim_whitespace(pc.if_else(shaped, texts, None)), r"^\+|[fFdD]$", ""
    )
    values = plain.cast(pa.float64())
    for word, number in (
        (rules.nan, np.nan),
        ("NaN", np.nan),
        (rules.positive_infinity, np.inf),
        ("Infinity", np.inf),
        (rules.negative_infinity, -np.inf),
        ("-Infinity", -np.inf),
    ):
        values = pc.if_else(pc.equal(texts, word), number, values)
    return values.cast(to_arrow(kind), safe=False)


def _decimals(texts: pa.Array, kind: t.DecimalType, _rules: Rules) -> pa.Array:
    scientific = pc.match_substring_regex(texts, _SCIENTIFIC)
    if pc.any(scientific).as_py():
        texts = _expand_exponents(texts)
    shaped = pc.match_substring_regex(texts, _DECIMAL)
    plain = pc.if_else(shaped, texts, None)
    whole = pc.utf8_length(pc.replace_substring_regex(plain, r"^[+-]?0*(\d*)(\..*)?$", r"\1"))
    kept = pc.if_else(pc.less_equal(whole, kind.precision - kind.scale + 1), plain, None)
    trimmed = pc.replace_substring_regex(kept, rf"^([^.]*\.\d{{0,{kind.scale + 1}}})\d*$", r"\1")
    wide = pa.decimal256(76, kind.scale + 1)
    exact = pc.replace_substring_regex(trimmed, r"\.$|^\+", "").cast(wide)
    rounded = pc.round(exact, kind.scale, round_mode="half_towards_infinity")
    limit = pa.scalar(Decimal(10) ** (kind.precision - kind.scale), pa.decimal256(40, 0)).cast(wide)
    fits = pc.less(pc.abs(rounded), limit)
    return pc.if_else(fits, rounded, None).cast(pa.decimal256(76, kind.scale)).cast(to_arrow(kind))


def _expand_exponents(texts: pa.Array) -> pa.Array:
    """Return the texts with ``1e3`` written out; numbers with an exponent are rare, each is done by itself."""

    def plain(text: str | None) -> str | None:
        if text is None or "e" not in text.lower():
            return text
        try:
            return format(Decimal(text), "f")
        except InvalidOperation:
            return text

    return pa.array([plain(text) for text in texts.to_pylist()], pa.string())


def _booleans(texts: pa.Array, _kind: t.DataType, _rules: Rules) -> pa.Array:
    lower = pc.utf8_lower(texts)
    true, false = pc.equal(lower, "true"), pc.equal(lower, "false")
    return pc.if_else(pc.or_(true, false), true, None)


def _dates(texts: pa.Array, _kind: t.DataType, rules: Rules) -> pa.Array:
    return read_dates(texts, rules.date_format)


def _timestamps(texts: pa.Array, _kind: t.DataType, rules: Rules) -> pa.Array:
    return read_timestamps(texts, rules.timestamp_format, rules.zone)


def _local_timestamps(texts: pa.Array, _kind: t.DataType, rules: Rules) -> pa.Array:
    return read_timestamps(texts, rules.timestamp_ntz_format, None)


def _nothing(texts: pa.Array, _kind: t.DataType, _rules: Rules) -> pa.Array:
    return pa.nulls(len(texts))


_READERS: dict[type[t.DataType], Callable[[pa.Array, t.DataType, Rules], pa.Array]] = {
    t.ByteType: _integers,
    t.ShortType: _integers,
    t.IntegerType: _integers,
    t.LongType: _integers,
    t.FloatType: _floats,
    t.DoubleType: _floats,
    t.DecimalType: _decimals,
    t.BooleanType: _booleans,
    t.DateType: _dates,
    t.TimestampType: _timestamps,
    t.TimestampNTZType: _local_timestamps,
    t.NullType: _nothing,
}
