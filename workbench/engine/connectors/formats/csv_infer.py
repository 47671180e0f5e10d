"""The types of CSV columns, from their texts (CSVInferSchema)."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.engine.connectors.values.read_text import Rules, read_text
from workbench.engine.connectors.values.read_times import read_dates, read_timestamps

_WHOLE = r"^[+-]?\d{19,38}$"
_HEAD = 100
"""The first texts are tried alone: most types are ruled out there."""
_STRICT_DATE = r"^\d{4}-\d{2}-\d{2}$"


def infer_type(texts: pa.Array, rules: Rules, prefers_date: bool = True) -> t.DataType:
    """Return the narrowest type that reads every text: int, bigint, decimal, double, date, timestamp, boolean, string."""
    given = texts.drop_null()
    if not len(given):
        return t.StringType()
    for kind, reads in _LADDER:
        if isinstance(kind, t.DateType) and not prefers_date:
            continue
        if reads(given.slice(0, _HEAD), rules) and reads(given, rules):
            return kind if not isinstance(kind, t.DecimalType) else _decimal(given)
    return t.StringType()


def _all(values: pa.Array) -> bool:
    return values.null_count == 0


def _by_type(kind: t.DataType) -> Callable[[pa.Array, Rules], bool]:
    return lambda texts, rules: _all(read_text(texts, kind, rules))


def _decimals(texts: pa.Array, _rules: Rules) -> bool:
    whole = pc.match_substring_regex(texts, r"^[+-]?\d+$")
    return bool(pc.all(whole).as_py() and pc.any(pc.match_substring_regex(texts, _WHOLE)).as_py())


def _decimal(texts: pa.Array) -> t.DataType:
    digits = pc.utf8_length(pc.replace_substring_regex(texts, "^[+-]", ""))
    longest = pc.max(digits).as_py()
    return (
        t.DecimalType(longest, 0) if longest <= t.DecimalType().precision + 28 else t.DoubleType()
    )


def _dates(texts: pa.Array, rules: Rules) -> bool:
    if (
        rules.date_format is None
        and not pc.all(pc.match_substring_regex(texts, _STRICT_DATE)).as_py()
    ):
        return False
    return _all(read_dates(texts, rules.date_format))


def _times(texts: pa.Array, rules: Rules) -> bool:
    return _all(read_timestamps(texts, rules.timestamp_format, rules.zone))


def _times_or_dates(texts: pa.Array, rules: Rules) -> bool:
    if rules.date_format is None or rules.timestamp_format is None:
        return _times(texts, rules)
    dates = read_dates(texts, rules.date_format)
    times = read_timestamps(texts, rules.timestamp_format, rules.zone)
    return bool(pc.all(pc.or_(dates.is_valid(), times.is_valid())).as_py())


_LADDER: tuple[tuple[t.DataType, Callable[[pa.Array, Rules], bool]], ...] = (
    (t.IntegerType(), _by_type(t.IntegerType())),
    (t.LongType(), _by_type(t.LongType())),
    (t.DecimalType(38, 0), _decimals),
    (t.DoubleType(), _by_type(t.DoubleType())),
    (t.DateType(), _dates),
    (t.TimestampType(), _times_or_dates),
    (t.BooleanType(), _by_type(t.BooleanType())),
)
