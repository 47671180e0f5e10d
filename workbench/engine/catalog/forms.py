"""The forms that catalogue answers share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from workbench.engine.catalog.names import parse_name

NAMES = pa.list_(pa.field("element", pa.string(), nullable=False))


def value(answer: Any) -> pa.Table:
    """Return the table of one answer."""
    return pa.table({"value": [answer]})


def done() -> pa.Table:
    """Return the answer of a call that answers nothing."""
    return pa.table({})


def parts(given: Mapping[str, Any], key: str = "table_name") -> tuple[str, ...]:
    """Return the table a call names, by name or by database and name."""
    database = given.get("db_name")
    return (database, given[key]) if database else parse_name(given[key])
