"""Prints ``docs/parity.md`` from the catalogue: ``python -m workbench.engine.functions.parity > docs/parity.md``."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.engine.functions import catalog
from workbench.engine.functions.row import Row
from workbench.engine.functions.themes import client

HEAD = """# Functions: what works

Printed from the function catalogue by `python -m workbench.engine.functions.parity`; a test holds this file to it. A name
marked *per row* runs Python for each distinct row; all others run on whole columns.

Counts of names that differ from Apache Spark by design: `approx_count_distinct` (the same registers as Spark's, so small
counts are the same; beyond a few hundred values the bias is corrected by another curve), `percentile_approx` (exact here),
`mode` and `collect_set` (order and ties), `randstr` and `uniform` (other numbers for a seed).
"""


def spark_names() -> list[str]:
    """Return every name of ``pyspark.sql.functions``."""
    import pyspark.sql.functions as spark_functions

    return list(spark_functions.__all__)


def line(name: str, row: Row | None) -> str:
    """Return one name's line of the table."""
    if row is None:
        return f"| `{name}` | client | {client.NAMES[name]} |"
    if row.reason:
        return f"| `{name}` | none | not supported: {row.reason} |"
    return f"| `{name}` | {row.kind} | {'per row' if row.per_row else ''} |"


def report() -> Iterator[str]:
    """Return the document's lines."""
    rows, names = catalog.rows(), spark_names()
    missing = [name for name in names if name in rows and rows[name].reason]
    absent = [name for name in names if name not in rows and name not in client.NAMES]
    works = len(names) - len(missing) - len(absent)
    yield HEAD
    yield f"Of {len(names)} names in `pyspark.sql.functions` 4.2, {works} work and {len(missing)} raise a named error.\n"
    yield "| name | kind | |\n|---|---|---|"
    yield from (line(name, rows.get(name)) for name in sorted(names) if name not in absent)
    others = [name for name in catalog.names() if name not in names]
    yield "\nOperators and SQL-only names: " + ", ".join(f"`{name}`" for name in others) + "."


if __name__ == "__main__":
    print("\n".join(report()))  # noqa: T201 - this is what the module is for
