"""Runs ``SELECT …`` through parser, analysis and kernel, with no server between, and writes answers as the records do."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.errors import WorkbenchError
from workbench.engine.analysis import relations  # noqa: F401 - fills the table of relations
from workbench.engine.analysis.analyzer import Analyzer
from workbench.engine.analysis.relations.inputs import one_row
from workbench.engine.kernel.kernel import Kernel
from workbench.engine.plan.operators import Project
from workbench.engine.plan.typed import Attribute, Named
from workbench.engine.session_context import SessionContext
from workbench.engine.sql.parser import parse_expression, parse_query

EPOCH = dt.date(1970, 1, 1)
CONF = {"spark.sql.session.timeZone": "UTC", "spark.sql.caseSensitive": "false"}


@dataclass(frozen=True)
class Session:
    """What the analysis asks of a session that has no tables and no functions of its own."""

    kernel: Kernel

    def conf(self, key: str) -> str:
        """Return a setting."""
        return CONF.get(key, "")

    def function(self, _name: str) -> None:
        """Return no Python function."""
        return

    table_function = function

    def parse_expression(self, text: str) -> Any:
        """Parse an expression."""
        return parse_expression(text)

    def parse_query(self, text: str, _named: Any, _positional: Any) -> Any:
        """Parse a query."""
        return parse_query(text)

    is_constant = staticmethod(SessionContext.is_constant)

    def value(self, constant: Any) -> Any:
        """Return the value of an expression that needs no row."""
        named = Named(constant, Attribute("value", constant.type, constant.nullable))
        return self.kernel.run(Project(one_row(), (named,))).column(0)[0].as_py()

    def rows(self, resolved: Any) -> pa.Table:
        """Run a part of the query now."""
        return self.kernel.run(resolved.operator)


def answer(text: str, kernel: Kernel) -> dict[str, Any]:
    """Return the types and rows of ``SELECT text``, or the condition it fails with."""
    try:
        resolved = Analyzer(Session(kernel)).resolve(parse_query(f"SELECT {text}"))
        table = kernel.run(resolved.operator)
    except WorkbenchError as error:
        return {"error": error.condition}
    kinds = [attribute.type for attribute in resolved.operator.output]
    columns = [
        [plain(value, kind) for value in column.to_pylist()]
        for column, kind in zip(table.columns, kinds, strict=True)
    ]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return {"types": [kind.simpleString() for kind in kinds], "rows": rows}


def plain(value: Any, kind: t.DataType) -> Any:  # noqa: C901, PLR0911 - one a kind of value
    """Return an Arrow value in the records' form."""
    if value is None:
        return None
    if isinstance(kind, t.ArrayType):
        return [plain(part, kind.elementType) for part in value]
    if isinstance(kind, t.StructType):
        return [plain(value[f.name], f.dataType) for f in kind.fields]
    if isinstance(kind, t.MapType):
        pairs = ([plain(k, kind.keyType), plain(v, kind.valueType)] for k, v in value)
        return {"map": sorted(pairs, key=repr)}
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return {"decimal": f"{value:f}"}
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None).isoformat()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return {"us": value // dt.timedelta(microseconds=1)}
    return value


def same(left: Any, right: Any) -> bool:
    """Return whether two answers agree, floats to fifteen digits."""
    if isinstance(left, float) and isinstance(right, (float, int)) and not isinstance(right, bool):
        return math.isclose(left, right, rel_tol=1e-14, abs_tol=1e-15)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return type(left) is type(right) and left == right


def agree(ours: dict[str, Any], recorded: dict[str, Any]) -> bool:
    """Return whether an answer is the recorded one; rows in any order."""
    if "error" in recorded or "error" in ours:
        return ours.get("error") == recorded.get("error")
    ordered = [sorted(one["rows"], key=repr) for one in (ours, recorded)]
    return ours["types"] == recorded["types"] and same(*ordered)
