"""``show()``: a table as text, in Spark's frames (source: ``Dataset.showString`` and ``Dataset.htmlString``)."""

from __future__ import annotations

import unicodedata
from html import escape

_MIN_WIDTH = 3
_ESCAPES = str.maketrans(
    {
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\f": "\\f",
        "\b": "\\b",
        "\u000b": "\\v",
        "\u0007": "\\a",
    }
)


def _width(text: str) -> int:
    """Columns a text takes on a terminal; wide East Asian characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _cell(value: str | None, truncate: int) -> str:
    text = "NULL" if value is None else str(value).translate(_ESCAPES)
    if 0 < truncate < len(text):
        return text[:truncate] if truncate < 4 else text[: truncate - 3] + "..."
    return text


def as_text(
    names: list[str], columns: list[list], found: int, wanted: int, truncate: int, vertical: bool
) -> str:
    """Return the frame ``show()`` prints.

    Parameters
    ----------
    names : list of str
        Column names.
    columns : list of list
        Each column's values as text, one more row than wanted when there are more.
    found, wanted : int
        Rows given and rows to show.
    truncate : int
        Longest cell; 0 for no limit. Cells are right-aligned when it is set.
    vertical : bool
        One line per cell.
    """
    height = min(found, wanted)
    # Source: Dataset.getRows cuts the cells and not the names.
    header = [_cell(name, 0) for name in names]
    rows = [[_cell(column[i], truncate) for column in columns] for i in range(height)]
    body = _vertical(header, rows) if vertical else _table(header, rows, truncate)
    if vertical and not rows:
        return "(0 rows)\n"
    more = f"only showing top {wanted} row{'' if wanted == 1 else 's'}\n" if found > wanted else ""
    return body + more


def _table(header: list[str], rows: list[list[str]], truncate: int) -> str:
    widths = [
        max([_MIN_WIDTH, *(_width(x) for x in column)])
        for column in zip(header, *rows, strict=True)
    ]
    line = "+" + "+".join("-" * width for width in widths) + "+\n"

    def shown(cells: list[str]) -> str:
        return (
            "|"
            + "|".join(_padded(x, w, truncate) for x, w in zip(cells, widths, strict=True))
            + "|\n"
        )

    return line + shown(header) + line + "".join(map(shown, rows)) + line


def _padded(text: str, width: int, truncate: int) -> str:
    space = " " * (width - _width(text))
    return space + text if truncate > 0 else text + space


def _vertical(header: list[str], rows: list[list[str]]) -> str:
    first = max([_MIN_WIDTH, *(_width(x) for x in header)])
    second = max([_MIN_WIDTH, *(_width(x) for row in rows for x in row)])
    parts = []
    for i, row in enumerate(rows):
        title = f"-RECORD {i}"
        parts.append(title.ljust(first + second + 5, "-") + "\n")
        parts += [
            f" {h.ljust(first)} | {x.ljust(second)} \n" for h, x in zip(header, row, strict=True)
        ]
    return "".join(parts)


def as_html(
    names: list[str],
    columns: list[list],
    found: int,
    wanted: int,
    truncate: int,
    _vertical: bool = False,
) -> str:
    """Return the table a notebook shows when eager evaluation is on."""
    height = min(found, wanted)
    head = "".join(f"<th>{escape(_cell(name, 0))}</th>" for name in names)
    rows = [
        "<tr>"
        + "".join(f"<td>{escape(_cell(column[i], truncate))}</td>" for column in columns)
        + "</tr>\n"
        for i in range(height)
    ]
    more = f"only showing top {wanted} row{'' if wanted == 1 else 's'}\n" if found > wanted else ""
    return f"<table border='1'>\n<tr>{head}</tr>\n{''.join(rows)}</table>\n{more}"
