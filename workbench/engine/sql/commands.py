"""Statements that are no queries, one rule each, by their first word."""

from __future__ import annotations

import re
from collections.abc import Callable

from workbench.engine.plan import commands as c
from workbench.engine.plan.relations import Relation, WithNames
from workbench.engine.sql.calls import identifier_clause
from workbench.engine.sql.create import create
from workbench.engine.sql.cursor import Cursor, unsupported
from workbench.engine.sql.keywords import QUERY_WORDS
from workbench.engine.sql.options import options
from workbench.engine.sql.relations import query, with_names
from workbench.engine.sql.shows import describe, explain, show

_SETTING = re.compile(
    r"\s*set\s+(?P<key>[^=]+?)\s*(?:=\s*(?P<value>.*?))?\s*;*\s*", re.IGNORECASE | re.DOTALL
)
_TIME_ZONE = "spark.sql.session.timeZone"


def statement(cursor: Cursor) -> Relation | c.Command:
    """Read one statement."""
    if cursor.at("with"):
        return _with(cursor)
    if cursor.at("(") or cursor.at_any(QUERY_WORDS):
        return query(cursor)
    word = cursor.peek().text.lower() if cursor.peek().kind == "word" else ""
    reader = _STATEMENTS.get(word)
    if reader is not None:
        return reader(cursor)
    if word in _UNSUPPORTED:
        raise unsupported(f"the statement {word.upper()}")
    raise cursor.unexpected()


def _with(cursor: Cursor) -> Relation | c.Command:
    """``WITH … SELECT`` and ``WITH … INSERT``."""
    start = cursor.index
    names = with_names(cursor)
    if cursor.at("insert"):
        found = _insert(cursor)
        return c.InsertInto(
            found.table,
            WithNames(found.child, names),
            found.overwrite,
            found.columns,
            found.by_name,
        )
    cursor.index = start
    return query(cursor)


def name_of(cursor: Cursor) -> tuple[str, ...]:
    """Read a table's name, or ``IDENTIFIER('name')``."""
    return identifier_clause(cursor) if cursor.at("identifier", "(") else cursor.dotted()


def if_exists(cursor: Cursor) -> bool:
    """Read ``IF EXISTS``."""
    return cursor.skip("if", "exists")


def _insert(cursor: Cursor) -> c.InsertInto:
    cursor.expect("insert")
    overwrite = cursor.skip("overwrite")
    if not overwrite:
        cursor.expect("into")
    if cursor.at("directory") or cursor.at("local", "directory"):
        raise unsupported("INSERT OVERWRITE DIRECTORY; use df.write")
    cursor.skip("table")
    table = name_of(cursor)
    for words in (("partition",), ("replace",), ("with",), ("if",)):
        if cursor.at(*words):
            raise unsupported(f"INSERT … {words[0].upper()}")
    by_name = cursor.skip("by", "name")
    columns: tuple[str, ...] = ()
    if cursor.at("(") and cursor.at_identifier(1) and not cursor.at_any(QUERY_WORDS, ahead=1):
        columns = cursor.identifiers()
    return c.InsertInto(table, query(cursor), overwrite, columns, by_name)


def _drop(cursor: Cursor) -> c.Command:
    cursor.expect("drop")
    if cursor.at_any({"database", "schema", "namespace"}):
        cursor.take()
        exists = if_exists(cursor)
        name = ".".join(name_of(cursor))
        cascade = cursor.skip("cascade") or (cursor.skip("restrict") and False)
        return c.DropDatabase(name, exists, cascade)
    cursor.skip("temporary")
    if cursor.at_any({"table", "view"}):
        is_view = cursor.take().text.lower() == "view"
        exists = if_exists(cursor)
        table = name_of(cursor)
        cursor.skip("purge")
        return c.DropTable(table, is_view, exists)
    raise _other(cursor, "DROP", {"function", "variable", "index", "materialized", "streaming"})


def _other(cursor: Cursor, verb: str, known: set[str]) -> Exception:
    """The error for what a verb cannot do here: Spark's word, or no word of Spark's."""
    word = cursor.peek().text
    return unsupported(f"{verb} {word.upper()}") if word.lower() in known else cursor.unexpected()


def _use(cursor: Cursor) -> c.Command:
    cursor.expect("use")
    if cursor.at("catalog") and cursor.at_identifier(1):
        raise unsupported("USE CATALOG")
    if cursor.at_any({"database", "schema", "namespace"}) and cursor.at_identifier(1):
        cursor.take()
    return c.UseDatabase(".".join(name_of(cursor)))


def _set(cursor: Cursor) -> c.Command:
    """``SET`` takes its key and value as raw text, as in Spark's ``SparkSqlAstBuilder.visitSetConfiguration``."""
    if cursor.at_any({"variable", "var", "role", "catalog", "path"}, ahead=1) and not cursor.at(
        "=", ahead=2
    ):
        raise unsupported(f"SET {cursor.peek(1).text.upper()}")
    if cursor.at("time", "zone", ahead=1):
        return _set_time_zone(cursor)
    start = cursor.peek()
    cursor.index = len(cursor.tokens) - 1
    rest = cursor.text[start.start + len(start.text) :].strip().rstrip(";").strip()
    if rest in {"", "-v"}:
        return c.SetConf(None, None)
    match = _SETTING.fullmatch(cursor.text[start.start :])
    assert match is not None, "any text is a key"
    key = match["key"]
    if re.search(r"\s", key) and not key.startswith("`"):
        raise cursor.fault("INVALID_SET_SYNTAX", start)
    value = match["value"]
    return c.SetConf(key.strip("`"), None if value is None else value.strip("`"))


def _set_time_zone(cursor: Cursor) -> c.Command:
    cursor.expect("set", "time", "zone")
    if cursor.skip("local"):
        return c.ResetConf(_TIME_ZONE)
    if cursor.peek().kind != "string":
        raise unsupported("SET TIME ZONE INTERVAL; write the zone as text")
    return c.SetConf(_TIME_ZONE, cursor.string())


def _reset(cursor: Cursor) -> c.Command:
    start = cursor.take()
    cursor.index = len(cursor.tokens) - 1
    rest = cursor.text[start.start + len(start.text) :].strip().rstrip(";").strip()
    return c.ResetConf(rest.strip("`") or None)


def _cache(cursor: Cursor) -> c.Command:
    cursor.expect("cache")
    lazy = cursor.skip("lazy")
    cursor.expect("table")
    table = name_of(cursor)
    given = options(cursor) if cursor.skip("options") else {}
    level = {name.lower(): value for name, value in given.items()}.get("storagelevel", "")
    cursor.skip("as")
    child = None if cursor.peek().kind == "end" or cursor.at(";") else query(cursor)
    return c.CacheTable(table, child, lazy, level)


def _uncache(cursor: Cursor) -> c.Command:
    cursor.expect("uncache", "table")
    exists = if_exists(cursor)
    return c.UncacheTable(name_of(cursor), exists)


def _clear(cursor: Cursor) -> c.Command:
    cursor.expect("clear", "cache")
    return c.UncacheTable(())


def _refresh(cursor: Cursor) -> c.Command:
    cursor.expect("refresh")
    if cursor.peek().kind == "string":
        return c.RefreshTable(path=cursor.string())
    if cursor.at("function"):
        raise unsupported("REFRESH FUNCTION")
    cursor.expect("table")
    return c.RefreshTable(name_of(cursor))


def _analyze(cursor: Cursor) -> c.Command:
    cursor.expect("analyze", "table")
    table = name_of(cursor)
    cursor.expect("compute", "statistics")
    if cursor.skip("for"):
        if not cursor.skip("all"):
            cursor.expect("columns")
            cursor.many(Cursor.identifier)
        else:
            cursor.expect("columns")
    cursor.skip("noscan")
    return c.RefreshTable(table)


_STATEMENTS: dict[str, Callable[[Cursor], c.Command | Relation]] = {
    "analyze": _analyze,
    "cache": _cache,
    "clear": _clear,
    "create": create,
    "desc": describe,
    "describe": describe,
    "drop": _drop,
    "explain": explain,
    "insert": _insert,
    "refresh": _refresh,
    "reset": _reset,
    "set": _set,
    "show": show,
    "uncache": _uncache,
    "use": _use,
}

_UNSUPPORTED = frozenset(
    [
        "add",
        "alter",
        "begin",
        "call",
        "comment",
        "commit",
        "declare",
        "delete",
        "deny",
        "dfs",
        "drop",
        "execute",
        "export",
        "grant",
        "import",
        "list",
        "load",
        "lock",
        "merge",
        "msck",
        "open",
        "fetch",
        "close",
        "prepare",
        "reindex",
        "repair",
        "revoke",
        "rollback",
        "start",
        "truncate",
        "unlock",
        "update",
        "map",
        "reduce",
    ]
)
"""First words of statements that Spark knows and this engine does not."""
