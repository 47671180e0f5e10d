"""Numbers as text by a format and back: ``format_number``, ``to_char``, ``to_number``."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

import pyarrow as pa

from workbench.base.errors import ExecutionError
from workbench.engine.functions.kernels.texts import by_row

_FORMAT = re.compile(r"^(MI|S)?\$?([0-9GgDd.,Vv]*)(\$)?(MI|S|PR|pr)?$", re.IGNORECASE)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, float):
        return Decimal(repr(value)) if value == value and abs(value) != float("inf") else None  # noqa: PLR0124
    return Decimal(value)


def format_number(values: pa.Array, shape: Any) -> pa.Array:
    """Return numbers with groups of thousands and some decimals (half even), or by a pattern such as ``##.#``."""

    def one(value: Any, form: Any) -> str | None:
        number = _number(value)
        if number is None:
            return "NaN" if value != value else ("∞" if value > 0 else "-∞")  # noqa: PLR0124
        if isinstance(form, str):
            return _by_pattern(number, form)
        if form < 0:
            return None
        return format(number.quantize(Decimal(1).scaleb(-form), rounding=ROUND_HALF_EVEN), ",f")

    return by_row(one)(values, shape)


def _by_pattern(number: Decimal, pattern: str) -> str:
    whole, _dot, part = pattern.partition(".")
    places, least = len(part), part.count("0")
    rounded = abs(number).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    left, _dot, right = format(rounded, ",f" if "," in whole or not pattern else "f").partition(".")
    right = right.rstrip("0").ljust(least, "0")
    left = (
        "" if left == "0" and not whole.count("0") and right else left.rjust(whole.count("0"), "0")
    )
    sign = "-" if number < 0 and (left.strip("0,") or right.strip("0")) else ""
    return sign + left + ("." + right if right else "")


def digits_of(shape: str) -> tuple[int, int]:
    """Return the precision and scale a number format stands for."""
    plain = re.sub(r"[^09.Dd]", "", shape).upper().replace("D", ".")
    whole, _dot, part = plain.partition(".")
    return len(whole) + len(part), len(part)


def to_number(values: pa.Array, shape: Any, *, to: pa.DataType, is_try: bool) -> pa.Array:
    """Return numbers read by a format: digits 0 and 9, point, groups, ``$``, ``S``, ``MI``, ``PR``."""

    def one(text: str, form: str) -> Decimal | None:
        made = _read(text.strip(), form.upper())
        if made is None and not is_try:
            raise ExecutionError(
                "INVALID_FORMAT.MISMATCH_INPUT", inputType='"STRING"', input=text, format=form
            )
        return made

    return by_row(one, to)(values, shape)


def _read(text: str, form: str) -> Decimal | None:
    pattern, negative = _reader(form)
    found = re.fullmatch(pattern, text)
    if not found:
        return None
    digits = re.sub(r"[^0-9.]", "", found["number"])
    if not digits.strip("."):
        return None
    value = Decimal(digits if not digits.startswith(".") else "0" + digits)
    return -value if any(found.groupdict().get(name) in ("-", "<") for name in negative) else value


def _reader(form: str) -> tuple[str, tuple[str, ...]]:
    """Return a format as a regular expression, and the names of the groups that may hold a minus."""
    body = form.replace("D", ".").replace("G", ",")
    parts: list[str] = []
    names: list[str] = []
    for mark in re.findall(r"MI|S|PR|\$|[09]+|[.,]", body):
        if mark in ("MI", "S"):
            name = f"sign{len(names)}"
            names.append(name)
            parts.append(f"(?P<{name}>[+-]?)")
        elif mark == "PR":
            names.append("angle")
            parts.insert(0, "(?P<angle><?)")
            parts.append(">?")
        elif mark == "$":
            parts.append(r"\$")
        elif mark in ".,":
            parts.append(r"\." if mark == "." else ",?")
        else:
            is_whole = "\\." not in parts
            parts.append(_digits(mark, is_first=is_whole and not any("[0-9]" in p for p in parts)))
    text = "".join(parts)
    number = re.sub(
        r"^((?:\(\?P<\w+>[^)]*\)|\\\$)*)(.*?)((?:\(\?P<sign\d>[^)]*\)|\\\$|>\?)*)$",
        r"\1(?P<number>\2)\3",
        text,
    )
    return number.replace(r"\.", r"\.?") if "\\." in number else number, tuple(names)


def _digits(mark: str, *, is_first: bool) -> str:
    if mark.startswith("0") and is_first:
        return f"[0-9]{{{len(mark)}}}"
    return f"[0-9]{{0,{len(mark)}}}"


def to_char(values: pa.Array, shape: Any) -> pa.Array:
    """Return numbers written by a format; one that does not fit is all ``#``."""
    return by_row(lambda value, form: _written(value, form.upper()))(values, shape)


def _written(value: Decimal, form: str) -> str:
    body = form.replace("D", ".").replace("G", ",")
    digits = re.sub(r"[^09.]", "", body)
    whole, _dot, part = digits.partition(".")
    rounded = abs(value).quantize(Decimal(1).scaleb(-len(part)), rounding=ROUND_HALF_UP)
    left, _dot, right = format(rounded, "f").partition(".")
    left = "" if left == "0" and whole else left
    if len(left) > len(whole):
        return re.sub(r"[09]", "#", body.replace("PR", "").replace("MI", "").replace("S", ""))
    text = _filled(body, whole, left, right)
    return _with_sign(text, body, value < 0)


def _filled(body: str, whole: str, left: str, right: str) -> str:
    number = re.search(r"[09][09,]*(?:\.[09]*)?|\.[09]+", body)
    shape = number[0] if number else ""
    integer, dot, _fraction = shape.partition(".")
    padded = left.rjust(len(whole), " ")
    made, place, seen = "", 0, False
    for mark in integer:
        if mark == ",":
            made += "," if seen else " "
            continue
        digit = padded[place]
        forced = "0" in integer.replace(",", "")[: place + 1]
        if digit == " " and forced and integer.replace(",", "").startswith("0"):
            digit = "0"
        seen = seen or digit != " "
        made += digit
        place += 1
    if not dot and not seen and made:
        made = made[:-1] + "0"
    made += dot + right
    dollar = "$" in body
    stripped = made.lstrip()
    return " " * (len(made) - len(stripped)) + ("$" if dollar else "") + stripped


def _with_sign(text: str, body: str, negative: bool) -> str:
    if body.endswith("PR"):
        stripped = text.lstrip()
        blanks = text[: len(text) - len(stripped)]
        return f"{blanks}<{stripped}>" if negative else f"{text}  "
    if body.startswith(("S", "MI")):
        stripped = text.lstrip()
        blanks = text[: len(text) - len(stripped)]
        mark = "-" if negative else ("+" if body.startswith("S") else " ")
        return blanks + mark + stripped
    if body.endswith(("S", "MI")):
        return text + ("-" if negative else ("+" if body.endswith("S") else " "))
    return f"-{text}" if negative else text
