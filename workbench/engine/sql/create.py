"""``CREATE …``: temporary views, tables, databases."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyspark.sql import types as t

from workbench.base.quoted import quote_name
from workbench.engine.plan import commands as c
from workbench.engine.plan.relations import ReadSource, Relation
from workbench.engine.sql.calls import identifier_clause
from workbench.engine.sql.cursor import Cursor, unsupported
from workbench.engine.sql.options import options

_OTHERS = frozenset(
    [
        "external",
        "function",
        "index",
        "materialized",
        "streaming",
        "flow",
        "catalog",
        "role",
        "recursive",
        "sequence",
        "unlogged",
    ]
)


_SESSION = {("session",), ("system", "session")}


def create(cursor: Cursor) -> c.Command:
    """Read a CREATE statement."""
    cursor.expect("create")
    replace = cursor.skip("or", "replace")
    is_global = cursor.skip("global")
    if cursor.skip("temporary") or cursor.skip("temp"):
        return _view(cursor, is_global=is_global, replace=replace)
    if cursor.at_any({"database", "schema", "namespace"}):
        return _database(cursor)
    if cursor.skip("table"):
        return _table(cursor, replace=replace)
    if cursor.at("view"):
        raise unsupported("CREATE VIEW; write CREATE TEMPORARY VIEW")
    if cursor.at_any(_OTHERS):
        raise unsupported(f"CREATE {cursor.peek().text.upper()}")
    raise cursor.unexpected()


def _name(cursor: Cursor) -> tuple[str, ...]:
    return identifier_clause(cursor) if cursor.at("identifier", "(") else cursor.dotted()


def _if_not_exists(cursor: Cursor) -> bool:
    return cursor.skip("if", "not", "exists")


def _view(cursor: Cursor, *, is_global: bool, replace: bool) -> c.Command:
    if cursor.at("function"):
        raise unsupported("CREATE TEMPORARY FUNCTION; use spark.udf.register")
    cursor.expect("view")
    if _if_not_exists(cursor):
        raise unsupported("CREATE TEMPORARY VIEW IF NOT EXISTS")
    name = _name(cursor)
    if len(name) > 1 and tuple(map(str.lower, name[:-1])) not in _SESSION:
        raise cursor.fault(
            "INVALID_TEMP_OBJ_QUALIFIER",
            objectType="VIEW",
            objectName=quote_name(name[-1]),
            qualifier=".".join(map(quote_name, name[:-1])),
        )
    columns: tuple[str, ...] = ()
    schema = ""
    start = cursor.index
    if cursor.at("("):
        columns = cursor.attempt(_view_columns) or ()
        if not columns:
            cursor.index = start
            schema = _columns(cursor).json()
    if cursor.skip("using"):
        format_name = ".".join(cursor.dotted())
        given = options(cursor) if cursor.skip("options") else {}
        child: Relation = ReadSource(format_name, schema, given)
    else:
        if schema:
            raise cursor.unexpected()
        _extras(cursor, ("comment", "tblproperties"))
        cursor.expect("as")
        child = cursor.query()
    return c.CreateView(child, name[-1], is_global, replace, columns)


def _view_columns(cursor: Cursor) -> tuple[str, ...]:
    """Read ``(a, b COMMENT '…')``."""

    def one(inner: Cursor) -> str:
        name = inner.identifier()
        if inner.skip("comment"):
            inner.string()
        return name

    return cursor.wrapped(one)


def _database(cursor: Cursor) -> c.Command:
    cursor.take()
    exists = _if_not_exists(cursor)
    name = ".".join(_name(cursor))
    _extras(cursor, ("comment", "location", "with"))
    return c.CreateDatabase(name, exists)


@dataclass(slots=True)
class _Extras:
    """The clauses after a table's columns, in any order, each once."""

    location: str | None = None
    partition_by: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)


def _extras(cursor: Cursor, allowed: tuple[str, ...]) -> _Extras:
    found = _Extras()
    seen: set[str] = set()
    while cursor.at_any(set(allowed)):
        word = cursor.peek().text.lower()
        if word in seen:
            raise cursor.fault("DUPLICATE_CLAUSES", clauseName=word.upper())
        seen.add(word)
        cursor.take()
        _EXTRAS[word](cursor, found)
    return found


def _comment(cursor: Cursor, found: _Extras) -> None:
    cursor.string()


def _location(cursor: Cursor, found: _Extras) -> None:
    found.location = cursor.string()


def _properties(cursor: Cursor, found: _Extras) -> None:
    options(cursor)


def _with_properties(cursor: Cursor, found: _Extras) -> None:
    cursor.take()
    options(cursor)


def _options(cursor: Cursor, found: _Extras) -> None:
    found.options = options(cursor)


def _partitioned(cursor: Cursor, found: _Extras) -> None:
    cursor.expect("by")
    names = cursor.wrapped(lambda inner: inner.identifier())
    found.partition_by = names


_EXTRAS = {
    "comment": _comment,
    "location": _location,
    "options": _options,
    "partitioned": _partitioned,
    "tblproperties": _properties,
    "with": _with_properties,
}


def _table(cursor: Cursor, *, replace: bool) -> c.Command:
    exists = _if_not_exists(cursor)
    table = _name(cursor)
    if cursor.at("like"):
        raise unsupported("CREATE TABLE … LIKE")
    schema = _columns(cursor).json() if cursor.at("(") else ""
    format_name = ".".join(cursor.dotted()) if cursor.skip("using") else None
    extras = _extras(cursor, ("options", "partitioned", "comment", "location", "tblproperties"))
    if cursor.at_any({"clustered", "cluster", "row", "stored", "skewed"}):
        raise unsupported(f"CREATE TABLE … {cursor.peek().text.upper()}")
    has_query = (
        cursor.skip("as") or cursor.at_any({"select", "with", "from", "values"}) or cursor.at("(")
    )
    child = cursor.query() if has_query else None
    return c.CreateTable(
        table,
        format_name,
        schema,
        child,
        exists,
        replace,
        extras.location,
        extras.partition_by,
        extras.options,
    )


def _columns(cursor: Cursor) -> t.StructType:
    """Read ``(name type [NOT NULL] [COMMENT '…'], …)``."""
    return t.StructType(list(cursor.wrapped(_column)))


def _column(cursor: Cursor) -> t.StructField:
    name = cursor.identifier()
    kind = cursor.data_type()
    nullable, metadata = True, {}
    while not (cursor.at(",") or cursor.at(")")):
        if cursor.skip("not", "null"):
            nullable = False
        elif cursor.skip("comment"):
            metadata = {"comment": cursor.string()}
        elif cursor.at_any(
            {"default", "generated", "primary", "unique", "check", "references", "constraint"}
        ):
            raise unsupported(f"a column's {cursor.peek().text.upper()}")
        else:
            raise cursor.unexpected()
    return t.StructField(name, kind, nullable, metadata)
