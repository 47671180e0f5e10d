"""Text over Arrow arrays where DataFusion does not do as Spark does."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.base.errors import ExecutionError
from workbench.engine.functions.kernels.arithmetic import numbers, same_length
from workbench.engine.functions.kernels.cast_nested import mask_of, offsets_of

SPACE = " "
TEXT = pa.string()


def by_row(function: Callable[..., Any], kind: pa.DataType = TEXT) -> Callable[..., pa.Array]:
    """Return the kernel of a Python function of single values; any NULL gives NULL.

    For rare functions only: it runs Python once per distinct row of arguments.
    """

    def kernel(*columns: Any) -> pa.Array:
        lists = [column.to_pylist() for column in same_length(*columns)]
        known: dict[tuple[Any, ...], Any] = {}
        made = []
        for row in zip(*lists, strict=True):
            if row not in known:
                known[row] = None if any(value is None for value in row) else function(*row)
            made.append(known[row])
        return pa.array(made, kind)

    kernel.__name__ = getattr(function, "__name__", "by_row").strip("_<>")
    return kernel


def joined(*columns: Any) -> Any:
    """Return the columns' texts or bytes one after the other; any NULL gives NULL."""
    if len(columns) == 1:
        return columns[0]
    is_bytes = pa.types.is_binary(columns[0].type)
    return pc.binary_join_element_wise(
        *columns, pa.scalar(b"" if is_bytes else "", columns[0].type)
    )


def joined_with(separator: Any, *columns: Any) -> pa.Array:
    """Return texts joined by a separator; NULL ones and NULL elements of arrays are left out."""
    parts = [_array_text(separator, one) if pa.types.is_list(one.type) else one for one in columns]
    if not parts:
        return pc.if_else(pc.is_valid(separator), "", pa.scalar(None, pa.string()))
    return pc.binary_join_element_wise(*parts, separator, null_handling="skip")


def _array_text(separator: Any, lists: pa.Array) -> pa.Array:
    """Return each array's texts joined, NULL for one without texts so that it is left out."""
    values = lists.flatten()
    keep = pc.is_valid(values)
    starts = offsets_of(lists).to_numpy(zero_copy_only=False)
    kept = np.concatenate([[0], np.cumsum(np.asarray(keep).astype(np.int64))])[starts]
    dense = pa.ListArray.from_arrays(pa.array(kept.astype(np.int32)), values.filter(keep))
    empty = pa.array(np.diff(kept) == 0)
    return pc.if_else(empty, pa.scalar(None, pa.string()), pc.binary_join(dense, separator))


def trim(side: str) -> Callable[..., pa.Array]:
    """Return the kernel of ``trim``, ``ltrim`` or ``rtrim``: text, then the characters to take off (spaces)."""
    pick = {"both": pc.utf8_trim, "left": pc.utf8_ltrim, "right": pc.utf8_rtrim}[side]
    strip = {"both": str.strip, "left": str.lstrip, "right": str.rstrip}[side]

    def kernel(texts: pa.Array, characters: Any) -> pa.Array:
        if not isinstance(characters, pa.Scalar):
            return by_row(strip)(texts, characters)
        if characters.as_py() is None:
            return pa.nulls(len(texts), pa.string())
        return texts if characters.as_py() == "" else pick(texts, characters.as_py())

    kernel.__name__ = f"trim_{side}"
    return kernel


def title(texts: pa.Array) -> pa.Array:
    """Return texts with every word's first letter upper and the others lower; words end at spaces only."""
    words = pc.split_pattern(texts, SPACE)
    large = pc.utf8_capitalize(words.flatten())
    lists = pa.ListArray.from_arrays(offsets_of(words), large, mask=mask_of(words))
    return pc.binary_join(lists, SPACE)


def length(values: pa.Array) -> pa.Array:
    """Return the number of characters, or of bytes."""
    return pc.binary_length(values) if pa.types.is_binary(values.type) else pc.utf8_length(values)


def byte_length(values: pa.Array, times: int = 1) -> pa.Array:
    """Return the number of bytes, or with ``times`` 8 of bits."""
    return pc.multiply(pc.binary_length(values), pa.scalar(times, pa.int32()))


def substring(texts: pa.Array, start: Any, size: Any) -> pa.Array:
    """Return part of texts or bytes: from 1, from the end when negative; 0 is 1."""
    if isinstance(start, pa.Scalar) and isinstance(size, pa.Scalar):
        return _fixed_substring(texts, start.as_py(), size.as_py())
    texts, start, size = same_length(texts, start, size)
    rows = zip(texts.to_pylist(), start.to_pylist(), size.to_pylist(), strict=True)
    return pa.array([None if None in row else _slice(*row) for row in rows], texts.type)


def _fixed_substring(texts: pa.Array, start: int | None, size: int | None) -> pa.Array:
    if start is None or size is None:
        return pa.nulls(len(texts), texts.type)
    cut = pc.binary_slice if pa.types.is_binary(texts.type) else pc.utf8_slice_codeunits
    if size <= 0:
        return pc.if_else(pc.is_valid(texts), _empty(texts.type), texts)
    if start >= 0:
        first = max(start - 1, 0)
        return cut(texts, first, min(first + size, 2**31 - 1))
    stop = start + size
    return cut(texts, start, None if stop >= 0 else stop)


def _empty(kind: pa.DataType) -> pa.Scalar:
    return pa.scalar(b"" if pa.types.is_binary(kind) else "", kind)


def _slice(text: Any, start: int, size: int) -> Any:
    first = start - 1 if start > 0 else (len(text) + start if start < 0 else 0)
    return text[max(first, 0) : max(first + size, 0)] if size > 0 else text[:0]


def left(texts: pa.Array, size: Any) -> pa.Array:
    """Return the first characters."""
    one = pa.scalar(1, pa.int32())
    return substring(texts, one, size)


def right(texts: pa.Array, size: Any) -> pa.Array:
    """Return the last characters."""
    if isinstance(size, pa.Scalar):
        count = size.as_py()
        if count is None:
            return pa.nulls(len(texts), texts.type)
        return (
            _fixed_substring(texts, -count, count) if count > 0 else _fixed_substring(texts, 1, 0)
        )
    return by_row(lambda text, count: text[-count:] if count > 0 else "")(texts, size)


def locate(part: Any, texts: Any, start: Any) -> pa.Array:
    """Return where text first holds a part, from 1, not before ``start``; 0 when nowhere."""
    columns = [one.to_pylist() for one in same_length(part, texts, start)]
    made = [
        None if one is None or text is None else _found(one, text, place)
        for one, text, place in zip(*columns, strict=True)
    ]
    return pa.array(made, pa.int32())


def _found(part: str, text: str, place: int | None) -> int:
    if place is None or place < 1:
        return 0
    return text.find(part, place - 1) + 1 if part else 1


def instr(texts: pa.Array, part: Any) -> pa.Array:
    """Return where text first holds a part, from 1; 0 when nowhere."""
    if not isinstance(part, pa.Scalar):
        return locate(part, texts, pa.scalar(1, pa.int32()))
    if part.as_py() is None:
        return pa.nulls(len(texts), pa.int32())
    found = pc.find_substring(texts, part.as_py())
    if not pc.all(pc.equal(pc.binary_length(texts), pc.utf8_length(texts))).as_py():
        return locate(part, texts, pa.scalar(1, pa.int32()))
    return pc.add(found, pa.scalar(1, pa.int32()))


def pad(texts: Any, size: Any, filler: Any, *, at_left: bool) -> pa.Array:
    """Return texts cut or filled to a length."""
    is_bytes = pa.types.is_binary(texts.type)

    def one(text: Any, count: int, fill: Any) -> Any:
        count = max(count, 0)
        missing = count - len(text)
        if missing <= 0:
            return text[:count]
        added = (fill * (missing // max(len(fill), 1) + 1))[:missing] if fill else fill
        return added + text if at_left else text + added

    if not is_bytes and isinstance(size, pa.Scalar) and isinstance(filler, pa.Scalar):
        count, fill = size.as_py(), filler.as_py()
        if count is not None and fill is not None and len(fill) == 1 and count >= 0:
            padded = (pc.utf8_lpad if at_left else pc.utf8_rpad)(texts, count, fill)
            return pc.utf8_slice_codeunits(padded, 0, count)
    return by_row(one, texts.type)(texts, size, filler)


def repeat(texts: Any, count: Any) -> pa.Array:
    """Return texts repeated; a count below 0 is 0."""
    texts, count = same_length(texts, count)
    plain = pc.max_element_wise(count, pa.scalar(0, count.type))
    return pc.binary_repeat(texts, plain)


def replaced(texts: Any, old: Any, new: Any) -> pa.Array:
    """Return texts with a part replaced everywhere; an empty part replaces nothing."""
    if isinstance(old, pa.Scalar) and isinstance(new, pa.Scalar):
        if old.as_py() is None or new.as_py() is None:
            return pa.nulls(len(texts), pa.string())
        return texts if old.as_py() == "" else pc.replace_substring(texts, old.as_py(), new.as_py())
    return by_row(lambda text, a, b: text.replace(a, b) if a else text)(texts, old, new)


def overlay(text: Any, part: Any, start: int, size: int) -> Any:
    """Return text with ``size`` characters (those of the part when negative) from ``start`` replaced by the part."""
    size = len(part) if size < 0 else size
    return _slice(text, 1, start - 1) + part + _slice(text, start + size, 2**31)


def split_part(text: str, separator: str, number: int) -> str:
    """Return one part of a split text, from the end when negative; outside it is empty."""
    if number == 0:
        raise ExecutionError("INVALID_INDEX_OF_ZERO")
    parts = text.split(separator) if separator else [text]
    place = number - 1 if number > 0 else len(parts) + number
    return parts[place] if 0 <= place < len(parts) else ""


def substring_index(text: str, separator: str, count: int) -> str:
    """Return what stands before the count-th separator, or behind it counted from the end when negative."""
    if not separator or count == 0:
        return ""
    if count > 0:
        place = -1
        for _ in range(count):
            place = text.find(separator, place + 1)
            if place < 0:
                return text
        return text[:place]
    place = len(text) - len(separator) + 1
    for _ in range(-count):
        place = text.rfind(separator, 0, place + len(separator) - 1)
        if place < 0:
            return text
    return text[place + len(separator) :]


def translate(texts: Any, old: Any, new: Any) -> pa.Array:
    """Return texts with characters exchanged one for one; those without a partner vanish."""

    def one(text: str, a: str, b: str) -> str:
        table: dict[int, str | None] = {}
        for place, letter in enumerate(a):
            table.setdefault(ord(letter), b[place] if place < len(b) else None)
        return text.translate(table)

    return by_row(one)(texts, old, new)


def find_in_set(word: str, words: str) -> int:
    """Return the place of a word in a comma-separated list, 0 when missing or itself with a comma."""
    parts = words.split(",")
    return 0 if "," in word or word not in parts else parts.index(word) + 1


def character(code: pa.Array) -> pa.Array:
    """Return the character of a code modulo 256; nothing for negative codes."""
    plain = numbers(code).astype(np.int64)
    letters = pa.array([chr(value) for value in range(256)] + [""])
    places = np.where(plain < 0, 256, plain & 255)
    made = letters.take(pa.array(places))
    return pc.if_else(pc.is_valid(code), made, pa.scalar(None, pa.string()))


def first_code(texts: pa.Array) -> pa.Array:
    """Return the code point of the first character, 0 for empty text."""
    firsts = pc.utf8_slice_codeunits(texts, 0, 1)
    encoded = firsts.dictionary_encode()
    codes = [ord(letter) if letter else 0 for letter in encoded.dictionary.to_pylist()]
    return pa.array(codes, pa.int32()).take(encoded.indices)


def to_base64(values: pa.Array) -> pa.Array:
    """Return bytes as base-64 text."""
    made = [
        None if value is None else base64.b64encode(value).decode() for value in values.to_pylist()
    ]
    return pa.array(made, pa.string())


def levenshtein(a: str, b: str) -> int:
    """Return the number of edits between two texts."""
    if len(a) < len(b):
        a, b = b, a
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (x != y))
    return row[-1]


def bounded_levenshtein(a: str, b: str, most: int) -> int:
    """Return the number of edits, -1 when there are more than ``most``."""
    found = levenshtein(a, b)
    return found if found <= most else -1


SOUNDS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "01230127022455012623017202", strict=True))


def soundex(text: str) -> str:
    """Return the Soundex code: a letter and three digits; text that starts otherwise stays."""
    upper = text.upper() if text else text
    if not text or not ("A" <= upper[0] <= "Z"):
        return text
    made, last = upper[0], SOUNDS[upper[0]]
    for letter in upper[1:]:
        code = SOUNDS.get(letter)
        if code is None:
            last = "0"
        elif code == "7":
            continue
        else:
            if code not in ("0", last):
                made += code
            last = code
        if len(made) == 4:
            break
    return made.ljust(4, "0")


def is_luhn(text: str) -> bool:
    """Return whether a number's last digit is the one the Luhn algorithm gives."""
    if not text or not (text.isascii() and text.isdigit()):
        return False
    total = 0
    for place, letter in enumerate(reversed(text)):
        digit = int(letter) * (2 if place % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def quote(text: str) -> str:
    """Return text in single quotes, quotes and backslashes inside escaped."""
    return "'" + text.replace("'", "\\'") + "'"


def mask(texts: pa.Array, upper: Any, lower: Any, digit: Any, other: Any) -> pa.Array:
    """Return texts with letters, digits and other characters replaced by stand-ins; a NULL stand-in keeps them."""
    stands = [
        one.as_py() if isinstance(one, pa.Scalar) else one[0].as_py()
        for one in (upper, lower, digit, other)
    ]
    return _masked(texts, stands)


def _masked(texts: pa.Array, stands: list[str | None]) -> pa.Array:
    def one(text: str) -> str:
        return "".join(_stand_in(letter, stands) for letter in text)

    return by_row(one)(texts)


def _stand_in(letter: str, stands: list[str | None]) -> str:
    place = 0 if letter.isupper() else 1 if letter.islower() else 2 if letter.isdigit() else 3
    return letter if stands[place] is None else stands[place]


def reversed_text(texts: pa.Array) -> pa.Array:
    """Return texts backwards."""
    return pc.utf8_reverse(texts)


def reversed_bytes(values: pa.Array) -> pa.Array:
    """Return bytes backwards."""
    return pc.binary_reverse(values)


def words_of(text: str) -> list[list[str]]:
    """Return the words of each sentence of a text."""
    found = []
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        words = re.findall(r"[^\W_]+(?:['\u2019-][^\W_]+)*", sentence)
        if words:
            found.append(words)
    return found
