"""Each relation understood: importing this package fills the analyzer's table."""

from __future__ import annotations

from workbench.engine.analysis.relations import (
    aggregate,
    basic,
    from_functions,
    inputs,
    join,
    nulls,
    python,
    recursive,
    reshape,
    sets,
    statistics,
    table_functions,
)

__all__ = [
    "aggregate",
    "basic",
    "from_functions",
    "inputs",
    "join",
    "nulls",
    "python",
    "recursive",
    "reshape",
    "sets",
    "statistics",
    "table_functions",
]
