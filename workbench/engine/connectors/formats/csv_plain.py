"""CSV text without quotes: lines cut at separators, which needs no compiled parser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine.connectors.formats.csv_dialect import Dialect
from workbench.engine.connectors.formats.lines import split_lines

_BLANK = "".join(map(chr, range(33)))


def is_plain(data: bytes, dialect: Dialect) -> bool:
    """Tell whether cutting lines at separators is all there is to do."""
    special = dialect.trims_leading or dialect.trims_trailing or dialect.is_multi_line
    return not special and (dialect.quote == 0 or chr(dialect.quote).encode() not in data)


@dataclass(frozen=True, slots=True)
class PlainTokens:
    """The same as :class:`~workbench.engine.connectors.formats.csv_tokens.Tokens`, for plain text."""

    lines: pa.StringArray
    fields: pa.ListArray

    @property
    def count(self) -> int:
        """The number of records."""
        return len(self.lines)

    @property
    def widths(self) -> np.ndarray:
        """The number of fields of each record."""
        return np.diff(self.fields.offsets.to_numpy())

    def records(self, skip: int) -> pa.Array:
        """Return each record as it was written, from the ``skip``-th on."""
        return self.lines.slice(skip)

    def column(self, place: int) -> tuple[pa.Array, np.ndarray]:
        """Return a column's texts, null where a record is too short; none of them was quoted."""
        starts = self.fields.offsets.to_numpy()[:-1]
        short = self.widths <= place
        chosen = pa.array(np.where(short, 0, starts + place), mask=short)
        return self.fields.values.take(chosen), np.zeros(self.count, bool)


def plain_tokens(data: bytes, dialect: Dialect, line_end: str | None) -> PlainTokens:
    """Return the fields of plain CSV text, blank lines and comments left out."""
    lines = split_lines(data, line_end)
    kept = pc.not_equal(pc.utf8_trim(lines, characters=_BLANK), "")
    if dialect.comment:
        kept = pc.and_(kept, pc.invert(pc.starts_with(lines, chr(dialect.comment))))
    lines = lines.filter(kept)
    return PlainTokens(lines, pc.split_pattern(lines, dialect.separator.decode()))
