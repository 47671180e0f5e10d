"""What a query gave, in a form two engines can be compared by."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any


def answer(
    query: Callable[[Any, Any], Any], spark: Any, functions: Any, name: str
) -> dict[str, Any]:
    """Return a query's schema and rows, or the condition it fails with."""
    try:
        warnings.simplefilter("ignore")  # PySpark warns of windows without partitions.
        frame = query(spark, functions)
        rows = [_shown(tuple(row)) for row in frame.collect()]
        schema = [[field.name, field.dataType.simpleString()] for field in frame.schema.fields]
    except Exception as error:  # noqa: BLE001 - the failure is the answer
        condition = getattr(error, "getCondition", getattr(error, "getErrorClass", lambda: None))()
        return {"error": condition or type(error).__name__}
    return {"schema": schema, "rows": rows if name.endswith("_ordered") else sorted(rows)}


def _shown(value: Any) -> str:
    """Return a value as text; floating point to twelve digits, maps by key."""
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{_shown(k)}: {_shown(value[k])}" for k in sorted(value, key=str))
            + "}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return str(value)
