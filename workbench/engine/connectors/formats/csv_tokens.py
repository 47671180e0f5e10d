"""CSV text to fields, compiled: the same states as univocity's CsvParser, which Spark reads CSV with.

What makes it differ from other readers: the escape is a backslash unless told otherwise; a quote that is neither escaped nor
followed by a separator makes the whole field stand as it is written, quotes included, up to the next separator
(``STOP_AT_DELIMITER``); spaces after a closing quote are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit

from workbench.engine.connectors.formats.csv_dialect import Dialect

_NEWLINE, _RETURN = 10, 13


@dataclass(frozen=True, slots=True)
class Tokens:
    """Fields of all records, in order. ``first[r]`` is record r's first field, ``first[r + 1]`` ends it.

    ``text`` holds the fields' bytes from ``starts`` to ``ends``; ``lows`` and ``highs`` bound each record in ``data``.
    """

    data: bytes
    text: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    quoted: np.ndarray
    first: np.ndarray
    lows: np.ndarray
    highs: np.ndarray

    @property
    def count(self) -> int:
        """The number of records."""
        return len(self.lows)

    @property
    def widths(self) -> np.ndarray:
        """The number of fields of each record."""
        return np.diff(self.first)

    def records(self, skip: int) -> pa.Array:
        """Return each record as it was written, from the ``skip``-th on."""
        rows = np.arange(skip, self.count)
        return texts(np.frombuffer(self.data, np.uint8), self.lows, self.highs, rows)

    def column(self, place: int) -> tuple[pa.Array, np.ndarray]:
        """Return a column's texts, null where a record is too short, and which of them were quoted."""
        fields = np.where(self.widths > place, self.first[:-1] + place, -1)
        return texts(self.text, self.starts, self.ends, fields), self.quoted[fields] & (fields >= 0)


def parse_text(data: bytes, dialect: Dialect, line_end: str | None) -> Tokens:
    """Return the fields of CSV text, blank lines and comments left out."""
    if dialect.is_multi_line:
        # univocity reads every line end, inside quotes too, as a newline.
        data = data.replace(b"\r\n", b"\n")
        return tokenize(data, dialect, (np.array([0], np.int64), np.array([len(data)], np.int64)))
    bounds = line_bounds(data, line_end.encode() if line_end else None)
    return tokenize(data, dialect, keep_lines(data, bounds, dialect.comment))


def tokenize(data: bytes, dialect: Dialect, segments: tuple[np.ndarray, np.ndarray]) -> Tokens:
    """Return the fields of the segments (start and end positions) of ``data``: lines, or the whole when multi-line."""
    buffer = np.frombuffer(data, np.uint8)
    lows, highs = segments
    separators = int(np.count_nonzero(buffer == dialect.separator[0]))
    newlines = int(np.count_nonzero((buffer == _NEWLINE) | (buffer == _RETURN)))
    most_records = len(lows) + (newlines if dialect.is_multi_line else 0) + 1
    most_fields = separators + most_records + 1
    text = np.empty(len(buffer) + 2 * most_fields, np.uint8)
    starts, ends = np.empty(most_fields, np.int64), np.empty(most_fields, np.int64)
    quoted = np.zeros(most_fields + 1, np.bool_)
    first = np.zeros(most_records + 1, np.int64)
    bounds = np.empty((most_records, 2), np.int64)
    separator = np.frombuffer(dialect.separator, np.uint8)
    fields, records = _tokenize(
        buffer, lows, highs, separator, dialect.quote, dialect.escape, dialect.escape_escape, dialect.comment,
        dialect.trims_leading, dialect.trims_trailing, dialect.is_multi_line,
        text, starts, ends, quoted, first, bounds,
    )  # fmt: skip
    return Tokens(
        data,
        text,
        starts[:fields],
        ends[:fields],
        quoted,
        first[: records + 1],
        bounds[:records, 0],
        bounds[:records, 1],
    )


@njit(cache=True, nogil=True)
def _at(buffer, position, limit, separator):  # noqa: ANN001, ANN202
    if position + len(separator) > limit:
        return False
    for i in range(len(separator)):  # noqa: SIM110
        if buffer[position + i] != separator[i]:
            return False
    return True


@njit(cache=True, nogil=True)
def _stops(buffer, position, limit, separator, multi):  # noqa: ANN001, ANN202
    if multi and (buffer[position] == 10 or buffer[position] == 13):
        return True
    return buffer[position] == separator[0] and _at(buffer, position, limit, separator)


@njit(cache=True, nogil=True)
def _tokenize(  # noqa: ANN202, C901, PLR0912, PLR0915
    buffer, lows, highs, separator, quote, escape, escape_escape, comment, trim_leading, trim_trailing, multi,  # noqa: ANN001
    text, starts, ends, quoted, first, bounds,  # noqa: ANN001
):  # fmt: skip
    fields, records, out = 0, 0, 0
    for segment in range(len(lows)):
        position, limit = lows[segment], highs[segment]
        while position < limit:
            if multi:
                byte = buffer[position]
                if byte == 10 or byte == 13:  # noqa: PLR1714 - numba
                    position += 1
                    continue
                if comment != 0 and byte == comment:
                    while position < limit and buffer[position] != 10 and buffer[position] != 13:
                        position += 1
                    continue
            bounds[records, 0] = position
            while True:
                start = out
                p = position
                if trim_leading:
                    while (
                        p < limit
                        and buffer[p] <= 32
                        and not _stops(buffer, p, limit, separator, multi)
                    ):
                        p += 1
                if quote != 0 and p < limit and buffer[p] == quote:
                    out, p, as_written = _quoted(
                        buffer,
                        p + 1,
                        limit,
                        separator,
                        quote,
                        escape,
                        escape_escape,
                        multi,
                        text,
                        start,
                    )
                    quoted[fields] = not as_written
                else:
                    while p < limit and not _stops(buffer, p, limit, separator, multi):
                        text[out] = buffer[p]
                        out += 1
                        p += 1
                    if trim_trailing:
                        while out > start and text[out - 1] <= 32:
                            out -= 1
                starts[fields], ends[fields] = start, out
                fields += 1
                position = p
                if position < limit and _at(buffer, position, limit, separator):
                    position += len(separator)
                    continue
                break
            bounds[records, 1] = position
            records += 1
            first[records] = fields
            if not multi:
                position = limit
    return fields, records


@njit(cache=True, nogil=True)
def _quoted(  # noqa: ANN202, C901, PLR0912, PLR0915
    buffer, p, limit, separator, quote, escape, escape_escape, multi, text, start  # noqa: ANN001
):  # fmt: skip
    out, previous, closed, as_written, opened = start, 0, False, False, p
    while p < limit:
        byte = buffer[p]
        if previous == quote and (byte <= 32 or _stops(buffer, p, limit, separator, multi)):
            closed = True
            break
        if byte != quote and byte != escape:  # noqa: PLR1714 - numba
            if previous == quote:
                as_written = True
                break
            if previous == escape and escape != 0:
                text[out] = escape
                out += 1
            text[out] = byte
            out += 1
            previous = byte
        elif byte == escape and previous == escape_escape and escape_escape != 0:
            text[out] = escape
            out += 1
            previous = 0
        elif previous == escape and escape != 0:
            text[out] = quote if byte == quote else previous
            out += 1
            previous = 0 if byte == quote else byte
        elif byte == quote and previous == quote:
            text[out] = quote
            out += 1
            previous = byte
        elif previous == quote:
            as_written = True
            break
        else:
            previous = byte
        p += 1
    spaces = p
    if closed:
        while p < limit and buffer[p] <= 32 and not _stops(buffer, p, limit, separator, multi):
            p += 1
        as_written = p < limit and not _stops(buffer, p, limit, separator, multi)
    if as_written:
        for i in range(out, start, -1):
            text[i] = text[i - 1]
        text[start] = quote
        text[out + 1] = quote
        out += 2
        p = spaces
        while p < limit and not _stops(buffer, p, limit, separator, multi):
            text[out] = buffer[p]
            out += 1
            p += 1
    elif p == opened and p >= limit:
        # Nothing follows the opening quote: univocity takes the quote itself for the value.
        text[out] = quote
        out += 1
    return out, p, as_written


def texts(text: np.ndarray, starts: np.ndarray, ends: np.ndarray, fields: np.ndarray) -> pa.Array:
    """Return chosen pieces of bytes as strings; a field of -1 is null."""
    missing = fields < 0
    sizes = (
        np.where(missing, 0, ends[fields] - starts[fields])
        if len(starts)
        else np.zeros(len(fields), np.int64)
    )
    offsets = np.zeros(len(fields) + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    data = np.empty(offsets[-1], np.uint8)
    _gather(text, starts, fields, offsets, data)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    whole = pa.LargeStringArray.from_buffers(len(fields), buffers[1], buffers[2])
    strings = whole.cast(pa.string())
    if not missing.any():
        return strings
    return pa.compute.if_else(pa.array(missing), pa.scalar(None, pa.string()), strings)


@njit(cache=True, nogil=True)
def _gather(text, starts, fields, offsets, data):  # noqa: ANN001, ANN202
    for row in range(len(fields)):
        if fields[row] < 0:
            continue
        begin = starts[fields[row]]
        for i in range(offsets[row + 1] - offsets[row]):
            data[offsets[row] + i] = text[begin + i]


def line_bounds(data: bytes, separator: bytes | None) -> tuple[np.ndarray, np.ndarray]:
    r"""Return where each line starts and ends; ``separator`` None: ``\n``, ``\r\n`` or ``\r``."""
    buffer = np.frombuffer(data, np.uint8)
    if separator is not None and separator not in {b"\n", b"\r\n"}:
        return _bounds_of(data, separator)
    breaks = buffer == _NEWLINE
    returns = (
        np.flatnonzero(buffer == _RETURN)
        if b"\r" in data and separator is None
        else np.empty(0, np.int64)
    )
    ends = np.flatnonzero(breaks)
    starts_after = ends + 1
    if len(returns):
        alone = returns[
            (returns + 1 >= len(buffer))
            | (buffer[np.minimum(returns + 1, len(buffer) - 1)] != _NEWLINE)
        ]
        ends = np.sort(np.concatenate([ends, alone]))
        starts_after = ends + 1
    lows = np.concatenate([[0], starts_after])
    highs = np.concatenate([ends, [len(buffer)]])
    if len(highs) and b"\r" in data:
        before = np.maximum(highs - 1, 0)
        ends_in_return = (highs > lows) & (buffer[before] == _RETURN)
        highs = highs - ends_in_return
    return lows.astype(np.int64), highs.astype(np.int64)


def _bounds_of(data: bytes, separator: bytes) -> tuple[np.ndarray, np.ndarray]:
    ends, at = [], data.find(separator)
    while at >= 0:
        ends.append(at)
        at = data.find(separator, at + len(separator))
    lows = np.array([0, *(end + len(separator) for end in ends)], np.int64)
    return lows, np.array([*ends, len(data)], np.int64)


def keep_lines(
    data: bytes, bounds: tuple[np.ndarray, np.ndarray], comment: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the lines that are neither blank nor comments."""
    lows, highs = bounds
    kept = _with_ink(np.frombuffer(data, np.uint8), lows, highs, comment)
    return lows[kept], highs[kept]


@njit(cache=True, nogil=True)
def _with_ink(buffer, lows, highs, comment):  # noqa: ANN001, ANN202
    kept = np.zeros(len(lows), np.bool_)
    for line in range(len(lows)):
        low, high = lows[line], highs[line]
        if low == high or (comment != 0 and buffer[low] == comment):
            continue
        while low < high and buffer[low] <= 32:
            low += 1
        kept[line] = low < high
    return kept
