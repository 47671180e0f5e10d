"""Statements that answer a table: ``SHOW``, ``DESCRIBE``, ``EXPLAIN``."""

from __future__ import annotations

from collections.abc import Callable

from workbench.engine.plan.commands import Show
from workbench.engine.plan.relations import Relation
from workbench.engine.sql.calls import identifier_clause
from workbench.engine.sql.cursor import Cursor, unsupported
from workbench.engine.sql.keywords import QUERY_WORDS
from workbench.engine.sql.relations import query

_DATABASES = frozenset(("databases", "schemas", "namespaces"))
_SCOPES = frozenset(("all", "system", "user"))
_MODES = frozenset(("extended", "codegen", "cost", "formatted", "logical"))
_COMMANDS = frozenset(
    (
        "alter",
        "analyze",
        "create",
        "delete",
        "describe",
        "drop",
        "insert",
        "merge",
        "show",
        "update",
    )
)
_OTHERS = frozenset(
    [
        "archive",
        "files",
        "file",
        "jar",
        "grant",
        "index",
        "indexes",
        "locks",
        "principals",
        "procedures",
        "role",
        "roles",
        "current_role",
        "transactions",
        "compactions",
        "collations",
    ]
)


def show(cursor: Cursor) -> Show:
    """Read a SHOW statement."""
    cursor.expect("show")
    word = cursor.peek().text.lower()
    if word in _DATABASES:
        cursor.take()
        target = _place(cursor)
        return Show("databases", target, _pattern(cursor))
    if word in _SCOPES or word == "functions":
        return _functions(cursor)
    if word in _SHOWS:
        cursor.take()
        return _SHOWS[word](cursor)
    if word in _OTHERS:
        raise unsupported(f"SHOW {word.upper()}")
    raise cursor.unexpected()


def _name(cursor: Cursor) -> tuple[str, ...]:
    return identifier_clause(cursor) if cursor.at("identifier", "(") else cursor.dotted()


def _place(cursor: Cursor) -> tuple[str, ...]:
    """Read ``FROM database`` or ``IN database``."""
    return _name(cursor) if cursor.skip("from") or cursor.skip("in") else ()


def _pattern(cursor: Cursor) -> str | None:
    has_like = cursor.skip("like")
    if has_like or cursor.peek().kind == "string":
        return cursor.string()
    return None


def _listing(kind: str) -> Callable[[Cursor], Show]:
    def read(cursor: Cursor) -> Show:
        target = _place(cursor)
        return Show(kind, target, _pattern(cursor))

    return read


def _functions(cursor: Cursor) -> Show:
    if cursor.at_any(_SCOPES):
        cursor.take()
    cursor.expect("functions")
    target = _place(cursor)
    pattern = _pattern(cursor)
    if pattern is None and cursor.at_identifier():
        pattern = ".".join(cursor.dotted())
    return Show("functions", target, pattern)


def _columns(cursor: Cursor) -> Show:
    if not (cursor.skip("from") or cursor.skip("in")):
        raise cursor.unexpected()
    table = _name(cursor)
    database = _place(cursor)
    return Show("columns", (*database, *table))


def _create_table(cursor: Cursor) -> Show:
    cursor.expect("table")
    table = _name(cursor)
    if cursor.at("as", "serde"):
        raise unsupported("SHOW CREATE TABLE … AS SERDE")
    return Show("create_table", table)


def _properties(cursor: Cursor) -> Show:
    table = _name(cursor)
    key = None
    if cursor.skip("("):
        key = cursor.string() if cursor.peek().kind == "string" else ".".join(cursor.dotted())
        cursor.expect(")")
    return Show("tblproperties", table, key)


def _partitions(cursor: Cursor) -> Show:
    table = _name(cursor)
    if cursor.at("partition"):
        raise unsupported("SHOW PARTITIONS … PARTITION")
    return Show("partitions", table)


def _current(cursor: Cursor) -> Show:
    if not any(cursor.skip(word) for word in ("namespace", "schema", "database")):
        raise cursor.unexpected()
    return Show("current_namespace")


def _table_extended(cursor: Cursor) -> Show:
    cursor.expect("extended")
    raise unsupported("SHOW TABLE EXTENDED; write SHOW TABLES or DESCRIBE TABLE EXTENDED")


_SHOWS: dict[str, Callable[[Cursor], Show]] = {
    "catalogs": _listing("catalogs"),
    "columns": _columns,
    "create": _create_table,
    "current": _current,
    "partitions": _partitions,
    "table": _table_extended,
    "tables": _listing("tables"),
    "tblproperties": _properties,
    "views": _listing("views"),
}


def describe(cursor: Cursor) -> Show:
    """Read ``DESCRIBE`` of a query, function, database or table."""
    cursor.take()
    if cursor.at("function") and (cursor.at_identifier(1) or cursor.peek(1).kind == "string"):
        cursor.take()
        return _describe_function(cursor)
    if cursor.at_any({"database", "schema", "namespace"}) and cursor.at_identifier(1):
        cursor.take()
        cursor.skip("extended")
        return Show("describe_database", _name(cursor))
    if (
        cursor.skip("query")
        or cursor.at("(")
        or (cursor.at_any(QUERY_WORDS) and not cursor.at("table"))
    ):
        return Show("describe_query", child=query(cursor))
    return _describe_table(cursor)


def _describe_function(cursor: Cursor) -> Show:
    extended = cursor.at("extended") and cursor.peek(1).kind != "end" and cursor.skip("extended")
    kind = "describe_function_extended" if extended else "describe_function"
    if cursor.peek().kind == "string":
        return Show(kind, (cursor.string(),))
    if cursor.at_identifier():
        return Show(kind, _name(cursor))
    sign = cursor.operator()
    if not sign:
        raise cursor.unexpected()
    cursor.index += len(sign)
    return Show(kind, (sign,))


def _describe_table(cursor: Cursor) -> Show:
    cursor.skip("table")
    extended = cursor.at_identifier(1) and (cursor.skip("extended") or cursor.skip("formatted"))
    table = _name(cursor)
    if cursor.at("partition"):
        raise unsupported("DESCRIBE TABLE … PARTITION")
    if cursor.at_identifier():
        raise unsupported("DESCRIBE TABLE of one column")
    return Show("describe_table_extended" if extended else "describe_table", table)


def explain(cursor: Cursor) -> Show:
    """Read ``EXPLAIN [mode] query``."""
    cursor.expect("explain")
    mode = cursor.take().text.lower() if cursor.at_any(_MODES) else "simple"
    if not (cursor.at("(") or cursor.at_any(QUERY_WORDS)):
        if not cursor.at_any(_COMMANDS):
            raise cursor.unexpected()
        raise unsupported("EXPLAIN of a statement that is no query")
    found: Relation = query(cursor)
    return Show("explain", pattern=mode, child=found)
