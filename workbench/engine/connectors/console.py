"""``console``: each batch printed as a table."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from workbench.engine.connectors.contract import Connector
from workbench.engine.connectors.options import Options

if TYPE_CHECKING:
    import pyarrow as pa

_RULE = "-" * 43


class ConsoleSink:
    """Prints at most ``numRows`` rows a batch, cells cut to 20 characters unless ``truncate`` is false.

    Parameters
    ----------
    options : Options
        ``numRows`` (20), ``truncate`` (true).
    out : file, optional
        Where to print; standard output as it is at each batch.
    """

    description = "ConsoleTable"

    def __init__(self, options: Options, out: TextIO | None = None) -> None:
        self.rows = options.number("numRows", 20) or 0
        self.width = 20 if options.flag("truncate", default=True) else 0
        self._out = out

    def add_batch(self, batch_id: int, table: pa.Table, mode: str) -> int:
        out = self._out or sys.stdout
        out.write(f"{_RULE}\nBatch: {batch_id}\n{_RULE}\n{text_of(table, self.rows, self.width)}\n")
        out.flush()
        return table.num_rows

    def stop(self) -> None:
        pass


def text_of(table: pa.Table, rows: int, width: int) -> str:
    """Return a table as ``show()`` prints it."""
    head = (
        table.slice(0, rows).to_pylist()
        if len(set(table.column_names)) == len(table.column_names)
        else [
            dict(enumerate(row))
            for row in zip(
                *(column.to_pylist() for column in table.slice(0, rows).columns), strict=True
            )
        ]
    )
    cells = [[_cell(value, width) for value in row.values()] for row in head]
    titles = [_cut(name, width) for name in table.column_names]
    widths = [max(3, *(len(row[i]) for row in [titles, *cells])) for i in range(len(titles))]
    line = "+" + "+".join("-" * w for w in widths) + "+"
    # Spark sets truncated cells to the right and whole ones to the left.
    align = str.rjust if width else str.ljust
    body = [
        "|" + "|".join(align(c, w) for c, w in zip(row, widths, strict=True)) + "|"
        for row in [titles, *cells]
    ]
    more = [f"only showing top {rows} rows"] if table.num_rows > rows else []
    return "\n".join([line, body[0], line, *body[1:], line, *more, ""])


def _cell(value: object, width: int) -> str:
    return _cut(_plain(value), width)


def _plain(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(_plain(inner) for inner in value.values()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_plain(inner) for inner in value) + "]"
    if hasattr(value, "utcoffset"):
        text = value.replace(tzinfo=None).isoformat(sep=" ")  # type: ignore[attr-defined]
        return text.rstrip("0") if "." in text else text
    return str(value)


def _cut(text: str, width: int) -> str:
    return text if not width or len(text) <= width else text[: width - 3] + "..."


CONNECTOR = Connector(
    "console",
    sink=lambda options, schema, partition_by, context: ConsoleSink(Options(options)),
    sink_modes=("append", "update", "complete"),
    options=frozenset({"numRows", "truncate"}),
)
