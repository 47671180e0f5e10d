"""``spark.catalog`` about functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from workbench.base.errors import AnalysisError
from workbench.engine.catalog.entries import FunctionEntry
from workbench.engine.catalog.forms import NAMES, value
from workbench.engine.catalog.names import CATALOG, matches, parse_name, quoted

if TYPE_CHECKING:
    from workbench.engine.catalog.answers import Answers

FUNCTIONS = pa.schema(
    [
        pa.field("name", pa.string(), False),
        ("catalog", pa.string()),
        ("namespace", NAMES),
        ("description", pa.string()),
        ("className", pa.string()),
        pa.field("isTemporary", pa.bool_(), False),
    ]
)


def _function_rows(entries: Iterable[FunctionEntry]) -> pa.Table:
    rows = [(e.name, None, None, e.description, e.class_name, True) for e in entries]
    return pa.Table.from_pylist(
        [dict(zip(FUNCTIONS.names, row, strict=True)) for row in rows], FUNCTIONS
    )


def _list_functions(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    found = (entry for entry in self.functions() if matches(entry.name, given.get("pattern")))
    return _function_rows(sorted(found, key=lambda entry: entry.name))


def _function(self: Answers, name: str) -> FunctionEntry | None:
    wanted = parse_name(name)[-1].lower()
    return next((entry for entry in self.functions() if entry.name.lower() == wanted), None)


def _get_function(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    found = _function(self, given["function_name"])
    if found is None:
        path = ", ".join(
            (
                quoted("system", "builtin"),
                quoted("system", "session"),
                quoted(CATALOG, self.catalog.database),
            )
        )
        raise AnalysisError(
            "UNRESOLVED_ROUTINE",
            routineName=quoted(*parse_name(given["function_name"])),
            searchPath=f"[{path}]",
        )
    return _function_rows([found])


def _function_exists(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return value(_function(self, given["function_name"]) is not None)


CALLS = {
    "list_functions": _list_functions,
    "get_function": _get_function,
    "function_exists": _function_exists,
}
