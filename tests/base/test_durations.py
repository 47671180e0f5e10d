"""Lengths of time in, microseconds out; the table was read off Apache Spark 4.2."""

from __future__ import annotations

import pytest

from workbench.base.durations import (
    Interval,
    format_interval,
    parse_delay_ms,
    parse_duration,
    parse_interval,
    parse_trigger_ms,
)
from workbench.base.errors import AnalysisError, IllegalArgument

SECOND = 1_000_000

GOOD = [
    ("10 minutes", 600 * SECOND),
    ("1 hour 30 minutes", 5400 * SECOND),
    ("interval 5 seconds", 5 * SECOND),
    ("INTERVAL 1 day", 86_400 * SECOND),
    ("1 week", 7 * 86_400 * SECOND),
    ("  5   Seconds ", 5 * SECOND),
    ("5 second -3 seconds", 2 * SECOND),
    ("- 5 seconds", -5 * SECOND),
    ("1.5 seconds", 1_500_000),
    ("-.5 seconds", -500_000),
    ("1. seconds", SECOND),
    ("100 milliseconds", 100_000),
    ("5 microseconds", 5),
]


@pytest.mark.parametrize(("text", "micros"), GOOD)
def test_a_duration_is_microseconds(text, micros):
    assert parse_duration(text) == micros


BAD = [
    ("", "INPUT_IS_EMPTY"),
    ("interval", "INPUT_IS_EMPTY"),
    ("5", "MISSING_UNIT"),
    ("abc", "UNRECOGNIZED_NUMBER"),
    ("1 hours ago", "UNRECOGNIZED_NUMBER"),
    ("5seconds", "INVALID_VALUE"),
    ("5 min", "INVALID_UNIT"),
    ("1.5 minutes", "INVALID_FRACTION"),
    ("1.0000000000 seconds", "INVALID_PRECISION"),
    ("99999999999999 days", "ARITHMETIC_EXCEPTION"),
]


@pytest.mark.parametrize(("text", "kind"), BAD)
def test_what_is_no_interval_is_told_why(text, kind):
    with pytest.raises(IllegalArgument) as caught:
        parse_interval(text)
    assert caught.value.condition == f"INVALID_INTERVAL_FORMAT.{kind}"


def test_a_window_of_bad_text_is_an_analysis_error():
    with pytest.raises(AnalysisError, match="CANNOT_PARSE_INTERVAL"):
        parse_duration("5 foos")


def test_months_have_no_length_but_a_watermark_counts_31_days():
    assert parse_interval("1 year 2 months") == Interval(14, 0, 0)
    with pytest.raises(IllegalArgument, match="_LEGACY_ERROR_TEMP_3231"):
        parse_duration("1 month")
    with pytest.raises(IllegalArgument, match="_LEGACY_ERROR_TEMP_3262"):
        parse_trigger_ms("1 month")
    assert parse_delay_ms("1 month") == 31 * 86_400_000


def test_a_negative_length_is_refused_where_asked():
    assert parse_duration("-5 seconds") == -5 * SECOND
    for refuses in (
        parse_delay_ms,
        parse_trigger_ms,
        lambda text: parse_duration(text, not_negative="gap"),
    ):
        with pytest.raises(IllegalArgument, match="should not be negative"):
            refuses("-5 seconds")


@pytest.mark.parametrize(
    "text", ["1 years 2 months", "1 days 1 hours 30 minutes", "-1 hours -0.5 seconds", "0 seconds"]
)
def test_an_interval_reads_back_what_it_prints(text):
    assert format_interval(parse_interval(text)) == text
