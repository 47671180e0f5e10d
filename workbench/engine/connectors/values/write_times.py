"""Columns of dates and timestamps to text by a Java pattern, a column at a time."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from workbench.base.errors import IllegalArgument
from workbench.engine.connectors.values import patterns
from workbench.engine.connectors.values.read_times import offset_seconds

DATE = "yyyy-MM-dd"
TIMESTAMP = "yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]"
TIMESTAMP_NTZ = "yyyy-MM-dd'T'HH:mm:ss[.SSS]"

_STRFTIME = {
    ("y", 2): "%y",
    ("M", 2): "%m",
    ("M", 3): "%b",
    ("M", 4): "%B",
    ("L", 2): "%m",
    ("d", 2): "%d",
    ("D", 3): "%j",
    ("H", 2): "%H",
    ("h", 2): "%I",
    ("m", 2): "%M",
    ("s", 2): "%S",
    ("E", 1): "%a",
    ("E", 2): "%a",
    ("E", 3): "%a",
    ("E", 4): "%A",
    ("a", 1): "%p",
}


def write_dates(values: pa.Array, pattern: str = DATE) -> pa.Array:
    """Return dates as text."""
    if pattern == DATE:
        return values.cast(pa.string())
    return _format(values.cast(pa.timestamp("s")), pattern, None)


def write_timestamps(values: pa.Array, pattern: str, zone: str | None) -> pa.Array:
    """Return timestamps as text, in a zone; None: timestamps without a time zone."""
    if zone is None:
        return _format(values, pattern, None)
    offset = offset_seconds(zone)
    if offset is not None:
        plain = pc.add(values.cast(pa.int64()), offset * 1_000_000).cast(pa.timestamp("us"))
        return _format(plain, pattern, _offset_text(offset))
    return _format(values.cast(pa.timestamp("us", zone)), pattern, zone)


def _offset_text(seconds: int) -> str:
    if seconds == 0:
        return "Z"
    sign, size = ("-", -seconds) if seconds < 0 else ("+", seconds)
    return f"{sign}{size // 3600:02}:{size % 3600 // 60:02}"


def _format(values: pa.Array, pattern: str, zone: str | None) -> pa.Array:
    parts = [_part(values, piece, pattern, zone) for piece in _joined(pattern)]
    missing = pa.scalar(None, pa.string())
    text = pc.binary_join_element_wise(*parts, "") if parts else pa.array([""] * len(values))
    return pc.if_else(values.is_valid(), text, missing)


def _joined(pattern: str) -> list[patterns.Piece | str]:
    """Return the pattern with runs that strftime writes put together, so each run is one pass."""
    out: list[patterns.Piece | str] = []
    for piece in patterns.pieces(pattern):
        if piece.letter in {"[", "]"}:
            continue
        text = piece.text.replace("%", "%%") if not piece.letter else _directive(piece)
        if text is None:
            out.append(piece)
        elif out and isinstance(out[-1], str):
            out[-1] += text
        else:
            out.append(text)
    return out


def _directive(piece: patterns.Piece) -> str | None:
    if piece.letter in {"y", "u"} and piece.width == 4:
        return "%Y"
    return _STRFTIME.get((piece.letter, piece.width))


def _part(
    values: pa.Array, piece: patterns.Piece | str, pattern: str, zone: str | None
) -> pa.Array:
    if isinstance(piece, str):
        return pc.strftime(_whole_seconds(values), piece)
    if piece.letter == "S":
        return _fraction(values, piece.width)
    if piece.letter in {"X", "x", "Z", "z", "V", "O"}:
        return _zone(values, piece, zone)
    number = _NUMBERS.get(piece.letter)
    if number is None:
        raise IllegalArgument(
            "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER", c=piece.letter, pattern=pattern
        )
    return pc.utf8_lpad(number(values).cast(pa.string()), piece.width, "0")


def _whole_seconds(values: pa.Array) -> pa.Array:
    # strftime's %S writes the fraction too; flooring keeps times before 1970 in their own second.
    floored = (
        pc.floor_temporal(values, unit="second") if pa.types.is_timestamp(values.type) else values
    )
    return floored.cast(pa.timestamp("s", getattr(values.type, "tz", None)))


def _fraction(values: pa.Array, width: int) -> pa.Array:
    micros = pc.add(pc.multiply(pc.millisecond(values), 1000), pc.microsecond(values))
    digits = pc.utf8_lpad(micros.cast(pa.string()), 6, "0")
    return pc.utf8_slice_codeunits(pc.utf8_rpad(digits, max(width, 6), "0"), 0, width)


def _zone(values: pa.Array, piece: patterns.Piece, zone: str | None) -> pa.Array:
    if zone is None:
        return pa.array([""] * len(values), pa.string())
    if getattr(values.type, "tz", None) is None:
        return pa.array([_styled(zone, piece)] * len(values), pa.string())
    if piece.letter == "V":
        return pa.array([zone] * len(values), pa.string())
    if piece.letter == "z":
        return pc.strftime(_whole_seconds(values), "%Z")
    digits = pc.strftime(_whole_seconds(values), "%z")
    if piece.letter == "Z" or piece.width == 2:
        return digits
    colon = pc.replace_substring_regex(digits, r"^([+-]\d\d)(\d\d)$", r"\1:\2")
    return pc.replace_substring_regex(colon, r"^\+00:00$", "Z") if piece.letter == "X" else colon


def _styled(offset: str, piece: patterns.Piece) -> str:
    if offset == "Z" and piece.letter in {"x", "Z"}:
        return "+0000" if piece.letter == "Z" else "+00:00"
    if piece.letter == "Z" or piece.width == 2:
        return offset.replace(":", "")
    return {"z": "UTC", "V": "UTC"}.get(piece.letter, offset) if offset == "Z" else offset


def _half_hour(hours: pa.Array) -> pa.Array:
    past_noon = pc.if_else(pc.greater(hours, 12), pc.subtract(hours, 12), hours)
    return pc.if_else(pc.equal(past_noon, 0), 12, past_noon)


_NUMBERS = {
    "y": pc.year,
    "u": pc.year,
    "M": pc.month,
    "L": pc.month,
    "d": pc.day,
    "D": pc.day_of_year,
    "H": pc.hour,
    "h": lambda values: _half_hour(pc.hour(values)),
    "m": pc.minute,
    "s": pc.second,
}
