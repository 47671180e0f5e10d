"""``format_string``: Java's format patterns."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pyarrow as pa

from workbench.base.errors import IllegalArgument
from workbench.engine.functions.kernels.arithmetic import same_length

_DIRECTIVE = re.compile(r"%(\d+\$)?([-#+ 0,(]*)(\d+)?(\.\d+)?([bBhHsScCdoxXeEfgGaA%n])")


def format_rows(shape: pa.Array, *columns: pa.Array) -> pa.Array:
    """Return each row's arguments put into its pattern; NULL arguments are written ``null``."""
    lists = [column.to_pylist() for column in same_length(shape, *columns)]
    rows = zip(*lists, strict=True)
    return pa.array(
        [None if row[0] is None else formatted(row[0], row[1:]) for row in rows], pa.string()
    )


def formatted(shape: str, values: tuple[Any, ...]) -> str:
    """Return values put into a Java format pattern."""
    place = 0

    def one(found: re.Match[str]) -> str:
        nonlocal place
        position, flags, width, precision, kind = found.groups()
        if kind == "%":
            return "%".rjust(int(width or 0))
        if kind == "n":
            return "\n"
        if position:
            index = int(position[:-1]) - 1
        else:
            index, place = place, place + 1
        if index >= len(values):
            raise IllegalArgument("INVALID_FORMAT_STRING", format=shape, specifier=found[0])
        return directive(values[index], flags, int(width or 0), precision, kind)

    return _DIRECTIVE.sub(one, shape)


def directive(value: Any, flags: str, width: int, precision: str | None, kind: str) -> str:
    """Return one value as one directive writes it."""
    places = None if precision is None else int(precision[1:])
    text = _text(value, flags, places, kind)
    if kind.isupper():
        text = text.upper()
    if "-" in flags:
        return text.ljust(width)
    is_number = kind in "doxXeEfgG" and value is not None
    if "0" in flags and is_number:
        sign = text[:1] if text[:1] in "+-( " else ""
        return sign + text[len(sign) :].rjust(width - len(sign), "0")
    return text.rjust(width)


def _text(value: Any, flags: str, places: int | None, kind: str) -> str:
    low = kind.lower()
    if low == "b":
        return str(value if isinstance(value, bool) else value is not None).lower()
    if value is None:
        return "null"[:places]
    if low in "dox":
        return _whole(int(value), flags, low)
    if low in "efg":
        return _real(value, flags, 6 if places is None else places, low)
    return _AS_TEXT[low](value)[:places]


def _character(value: Any) -> str:
    return value if isinstance(value, str) else chr(value)


def _hash(value: Any) -> str:
    return format(hash(value) & 0xFFFFFFFF, "x")


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


_AS_TEXT = {"s": _plain, "c": _character, "h": _hash}


def _whole(value: int, flags: str, kind: str) -> str:
    if kind != "d":
        body = format(value if value >= 0 else value & 0xFFFFFFFFFFFFFFFF, kind)
        return ({"o": "0", "x": "0x"}[kind] if "#" in flags else "") + body
    return _signed(format(abs(value), "," if "," in flags else "d"), value < 0, flags)


def _real(value: Any, flags: str, places: int, kind: str) -> str:
    number = Decimal(str(value))
    if not number.is_finite():
        return _signed(
            "NaN" if number.is_nan() else "Infinity",
            number < 0 if number.is_infinite() else False,
            flags,
        )
    if kind == "f":
        rounded = abs(number).quantize(Decimal(1).scaleb(-places), rounding="ROUND_HALF_UP")
        return _signed(format(rounded, ",f" if "," in flags else "f"), number < 0, flags)
    if kind == "g":
        places = max(places, 1)
        size = abs(number)
        if size != 0 and not Decimal("0.0001") <= size < Decimal(10) ** places:
            return _signed(_scientific(size, places - 1), number < 0, flags)
        whole = len(str(int(size))) if size >= 1 else (1 if size == 0 else size.adjusted() + 1)
        return _signed(
            format(
                size.quantize(Decimal(1).scaleb(-(places - whole)), rounding="ROUND_HALF_UP"), "f"
            ),
            number < 0,
            flags,
        )
    return _signed(_scientific(abs(number), places), number < 0, flags)


def _scientific(size: Decimal, places: int) -> str:
    body = format(size, f".{places}e")
    digits, _mark, power = body.partition("e")
    return f"{digits}e{int(power):+03d}"


def _signed(body: str, negative: bool, flags: str) -> str:
    if negative:
        return f"({body})" if "(" in flags else f"-{body}"
    return ("+" if "+" in flags else " " if " " in flags else "") + body
