"""Lengths of time as Spark writes them: ``10 minutes``, ``interval 1 hour 30 minutes``, ``-5 seconds``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.base.errors import AnalysisError, IllegalArgument

__all__ = [
    "MICROS",
    "Interval",
    "format_interval",
    "parse_delay_ms",
    "parse_duration",
    "parse_interval",
    "parse_trigger_ms",
]

MICROS: dict[str, int] = {
    "microsecond": 1,
    "millisecond": 1_000,
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
}
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}
_MICROS_PER_DAY = 86_400_000_000
_DAYS_PER_MONTH = 31
_MAX_FRACTION = 9

_PREFIX = re.compile(r"interval(?=\s|$)", re.IGNORECASE)
_NUMBER = re.compile(r"([+-]?)\s*(\d*)(?:(\.)(\d*))?$")


@dataclass(frozen=True, slots=True)
class Interval:
    """Months, days and microseconds, which do not turn into each other (Spark: CalendarInterval)."""

    months: int
    days: int
    microseconds: int


def parse_interval(text: str) -> Interval:
    """Return the interval a text names, by the rules of Spark's ``IntervalUtils.stringToInterval``.

    Raises
    ------
    IllegalArgument
        ``INVALID_INTERVAL_FORMAT`` with Spark's sub-condition.
    """
    words = _PREFIX.sub("", text.strip(), count=1).split()
    if not words:
        raise _invalid("INPUT_IS_EMPTY", text)
    total = [0, 0, 0]
    for number, unit in _pairs(words, text):
        index, amount = _amount(number, unit, text)
        total[index] += amount
    if not (abs(total[0]) < 2**31 and abs(total[1]) < 2**31 and abs(total[2]) < 2**63):
        raise _invalid("ARITHMETIC_EXCEPTION", text)
    return Interval(*total)


def _pairs(words: list[str], text: str) -> list[tuple[str, str]]:
    joined = re.sub(r"(^|\s)([+-])\s+", r"\1\2", " ".join(words)).split(" ")
    numbers, units = joined[::2], joined[1::2]
    for number in numbers:
        if not _NUMBER.match(number) or not any(map(str.isdigit, number)):
            _refuse_number(number, text)
    if len(units) < len(numbers):
        raise _invalid("MISSING_UNIT", text, word=numbers[-1])
    return list(zip(numbers, units, strict=True))


def _refuse_number(number: str, text: str) -> None:
    kind = "INVALID_VALUE" if number[:1].isdigit() else "UNRECOGNIZED_NUMBER"
    parameter = "value" if kind == "INVALID_VALUE" else "number"
    raise _invalid(kind, text, **{parameter: number})


def _amount(number: str, unit: str, text: str) -> tuple[int, int]:
    """Return which of months, days, microseconds the pair adds to, and how much."""
    sign, whole, point, fraction = _NUMBER.match(number).groups()  # type: ignore[union-attr]
    factor = -1 if sign == "-" else 1
    name = unit.lower().removesuffix("s")
    if point and name != "second":
        raise _invalid("INVALID_FRACTION", text, unit=unit.lower())
    if len(fraction or "") > _MAX_FRACTION:
        raise _invalid("INVALID_PRECISION", text, value=number)
    for index, units in enumerate((_MONTHS, _DAYS, MICROS)):
        if name in units:
            parts = int((fraction or "").ljust(6, "0")[:6])
            return index, factor * (int(whole or 0) * units[name] + parts)
    raise _invalid("INVALID_UNIT", text, unit=unit)


def _invalid(kind: str, text: str, **parameters: object) -> IllegalArgument:
    return IllegalArgument(f"INVALID_INTERVAL_FORMAT.{kind}", input=f"'{text}'", **parameters)


def _parse_or_refuse(text: str) -> Interval:
    try:
        return parse_interval(text)
    except IllegalArgument as error:
        raise AnalysisError("CANNOT_PARSE_INTERVAL", intervalString=f"'{text}'") from error


def parse_duration(text: str, *, not_negative: str = "") -> int:
    """Return the microseconds of a length of time; a day is 24 hours.

    Parameters
    ----------
    text : str
        The interval; window lengths, slides and session gaps are written so.
    not_negative : str
        What the text is, when a negative one is refused; the error names it.

    Raises
    ------
    AnalysisError
        ``CANNOT_PARSE_INTERVAL`` for a text that is no interval.
    IllegalArgument
        For months and years (no fixed length), and for a refused negative.
    """
    interval = _parse_or_refuse(text)
    if interval.months:
        raise IllegalArgument("_LEGACY_ERROR_TEMP_3231", interval=text)
    return _checked(interval.days * _MICROS_PER_DAY + interval.microseconds, text, not_negative)


def parse_delay_ms(text: str) -> int:
    """Return a watermark's delay in ms; a month counts 31 days, as in Spark's ``EventTimeWatermark.getDelayMs``."""
    interval = _parse_or_refuse(text)
    days = interval.months * _DAYS_PER_MONTH + interval.days
    micros = days * _MICROS_PER_DAY + interval.microseconds
    return _checked(micros, text, "delay threshold") // 1_000


def parse_trigger_ms(text: str) -> int:
    """Return a trigger's interval in ms."""
    interval = parse_interval(text)
    if interval.months:
        raise IllegalArgument("_LEGACY_ERROR_TEMP_3262", interval=text)
    micros = interval.days * _MICROS_PER_DAY + interval.microseconds
    return _checked(micros, text, "the interval of trigger") // 1_000


def _checked(micros: int, text: str, not_negative: str) -> int:
    if not_negative and micros < 0:
        raise IllegalArgument("NEGATIVE_DURATION", what=not_negative, interval=text)
    return micros


def format_interval(interval: Interval) -> str:
    """Return the text Spark's ``CalendarInterval.toString`` gives.

    >>> format_interval(Interval(0, 1, 5_400_000_000))
    '1 days 1 hours 30 minutes'
    """
    months = _share(interval.months, (("years", 12), ("months", 1)))
    hours = _share(
        interval.microseconds, (("hours", MICROS["hour"]), ("minutes", MICROS["minute"]))
    )
    rest = abs(interval.microseconds) % MICROS["minute"]
    words = [*months, *([f"{interval.days} days"] if interval.days else []), *hours]
    if rest:
        sign = "-" if interval.microseconds < 0 else ""
        text = f"{rest // 1_000_000}.{rest % 1_000_000:06}".rstrip("0").rstrip(".")
        words.append(f"{sign}{text} seconds")
    return " ".join(words) or "0 seconds"


def _share(amount: int, units: tuple[tuple[str, int], ...]) -> list[str]:
    rest, words = abs(amount), []
    for name, size in units:
        count, rest = divmod(rest, size)
        if count:
            words.append(f"{'-' if amount < 0 else ''}{count} {name}")
    return words
