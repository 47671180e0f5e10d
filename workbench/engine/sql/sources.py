"""What stands after ``FROM``: tables, subqueries, functions, joins and what may follow each."""

from __future__ import annotations

from dataclasses import replace

from workbench.base.durations import Interval, format_interval
from workbench.engine.plan.expressions import Alias, Expression, Function, Literal, Name, Star
from workbench.engine.plan.relations import (
    Join,
    LateralView,
    Limit,
    Project,
    ReadSource,
    ReadTable,
    Relation,
    Sample,
    SubqueryAlias,
    TableFunction,
    Values,
    Watermark,
)
from workbench.engine.sql.calls import call, identifier_clause, routine_name
from workbench.engine.sql.cursor import Cursor, unsupported
from workbench.engine.sql.intervals import interval
from workbench.engine.sql.keywords import CLAUSE_WORDS, STRICT_WORDS
from workbench.engine.sql.options import options
from workbench.engine.sql.pivots import pivot, unpivot
from workbench.engine.sql.table_arguments import function_argument

_AFTER_A_VIEW = CLAUSE_WORDS | STRICT_WORDS
NO_ALIAS = "__auto_generated_subquery_name"
FILE_FORMATS = frozenset(("csv", "json", "orc", "parquet", "text", "binaryfile", "avro", "xml"))

_JOINS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("inner",), "inner"),
    (("cross",), "cross"),
    (("left", "outer"), "left"),
    (("left", "semi"), "semi"),
    (("left", "anti"), "anti"),
    (("left",), "left"),
    (("semi",), "semi"),
    (("right", "outer"), "right"),
    (("right",), "right"),
    (("full", "outer"), "full"),
    (("full",), "full"),
    (("anti",), "anti"),
    ((), "inner"),
)


def from_clause(cursor: Cursor) -> Relation:
    """Read what follows ``FROM``.

    A comma is an inner join without a condition, and what follows the item after it joins everything before: ``a, b JOIN c``
    is ``(a, b) JOIN c`` (Spark's ``AstBuilder.visitFromClause``).
    """
    found = relation(cursor)
    while cursor.skip(","):
        is_lateral = cursor.skip("lateral")
        found = extensions(cursor, Join(found, _source(cursor), "inner", lateral=is_lateral))
    while cursor.at("lateral", "view"):
        found = lateral_view(cursor, found)
    return found


def relation(cursor: Cursor) -> Relation:
    """Read one source with its joins and pivots."""
    cursor.skip("lateral")
    return extensions(cursor, _source(cursor))


def extensions(cursor: Cursor, found: Relation) -> Relation:
    """Read joins, ``PIVOT`` and ``UNPIVOT`` after a source."""
    while True:
        if cursor.at("pivot", "("):
            found = pivot(cursor, found)
        elif cursor.at("unpivot"):
            found = unpivot(cursor, found)
        else:
            joined = join(cursor, found)
            if joined is None:
                return found
            found = joined


def join(cursor: Cursor, left: Relation) -> Relation | None:
    """Read one join, or answer None when none comes."""
    ahead = cursor.at("natural")
    for words, kind in _JOINS:
        if cursor.at(*words, "join", ahead=ahead):
            cursor.index += ahead + len(words) + 1
            return _joined(cursor, left, kind, natural=ahead)
    return None


def _joined(cursor: Cursor, left: Relation, kind: str, *, natural: bool) -> Join:
    is_lateral = cursor.skip("lateral")
    right = _source(cursor)
    found = Join(left, right, kind, natural=natural, lateral=is_lateral)
    if natural:
        return found
    if cursor.skip("on"):
        return replace(found, condition=cursor.expression())
    if cursor.skip("using"):
        return replace(found, using=cursor.identifiers())
    return found


def lateral_view(cursor: Cursor, child: Relation) -> LateralView:
    """Read ``LATERAL VIEW [OUTER] generator(…) name [AS column, …]``."""
    cursor.expect("lateral", "view")
    outer = cursor.skip("outer")
    generator = call(cursor, cursor.dotted())
    name = cursor.identifier()
    columns: tuple[str, ...] = ()
    if cursor.skip("as") or (cursor.at_identifier() and not cursor.at_any(_AFTER_A_VIEW)):
        columns = cursor.many(Cursor.identifier)
    return LateralView(child, generator, outer, name, columns)


def _source(cursor: Cursor) -> Relation:
    """Read a table, a subquery, a function or VALUES, with sample, watermark and alias."""
    if cursor.at("("):
        return _parenthesis(cursor)
    if cursor.at("values") and not cursor.at(".", ahead=1):
        return values(cursor)
    if cursor.at("stream") and (cursor.at_identifier(1) or cursor.at("(", ahead=1)):
        found = _stream(cursor)
        if found is not None:
            return found
    parts = identifier_clause(cursor) if cursor.at("identifier", "(") else cursor.dotted()
    return _function(cursor, parts) if cursor.at("(") else _table(cursor, parts)


def _parenthesis(cursor: Cursor) -> Relation:
    cursor.expect("(")
    if cursor.at_query():
        plan = cursor.attempt(_closed_query) if cursor.at("(") else _closed_query(cursor)
        if plan is not None:
            return aliased(cursor, _followed(cursor, plan), is_subquery=True)
    found = relation(cursor)
    cursor.expect(")")
    return aliased(cursor, _followed(cursor, found))


def _closed_query(cursor: Cursor) -> Relation:
    plan = cursor.query()
    cursor.expect(")")
    return plan


def aliased(cursor: Cursor, found: Relation, *, is_subquery: bool = False) -> Relation:
    """Read ``[AS] name [(columns)]``; a subquery without a name hides the names inside it."""
    name = cursor.alias(strict=True)
    if not name:
        return SubqueryAlias(found, (NO_ALIAS,)) if is_subquery else found
    columns = cursor.identifiers() if cursor.at("(") else ()
    return SubqueryAlias(found, (name,), columns)


def values(cursor: Cursor) -> Relation:
    """Read ``VALUES (1, 2), (3, 4) [AS name (columns)]``."""
    cursor.expect("values")
    rows = cursor.many(_row)
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        raise cursor.fault(
            "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
            expectedNumCols=len(rows[0]),
            actualNumCols=next(len(row) for row in rows if len(row) != len(rows[0])),
            rowIndex=next(index for index, row in enumerate(rows) if len(row) != len(rows[0])),
        )
    return aliased(cursor, Values(rows))


def _row(cursor: Cursor) -> tuple[Expression, ...]:
    """A row in parentheses, and a struct, is its parts."""
    found = cursor.expression()
    if not (isinstance(found, Function) and found.name == "struct"):
        return (found,)
    return tuple(part.child if isinstance(part, Alias) else part for part in found.arguments)


def _table(cursor: Cursor, parts: tuple[str, ...], *, is_streaming: bool = False) -> Relation:
    if cursor.at_any({"version", "timestamp"}) and cursor.at("as", "of", ahead=1):
        raise unsupported("reading an earlier version of a table (VERSION AS OF, TIMESTAMP AS OF)")
    given = options(cursor) if cursor.skip("with") else {}
    is_file = len(parts) == 2 and parts[0].lower() in FILE_FORMATS
    found: Relation = ReadTable(parts, given, is_streaming)
    if is_file:
        found = ReadSource(
            parts[0].lower(), options=given, paths=parts[1:], is_streaming=is_streaming
        )
    return aliased(cursor, _followed(cursor, found))


def _stream(cursor: Cursor) -> Relation | None:
    """Read ``STREAM name`` or ``STREAM(name)``; None when STREAM is a table's own name."""
    start = cursor.index
    cursor.expect("stream")
    if cursor.skip("("):
        parts = cursor.dotted()
        cursor.expect(")")
        return _table(cursor, parts, is_streaming=True)
    if not cursor.alias(strict=True):
        cursor.index = start
        return None
    cursor.index = start + 1
    if cursor.at("as"):
        cursor.index = start
        return None
    parts = cursor.dotted()
    if cursor.at("("):
        raise unsupported("STREAM over a table function")
    return _table(cursor, parts, is_streaming=True)


def _function(cursor: Cursor, parts: tuple[str, ...]) -> Relation:
    cursor.expect("(")
    arguments = () if cursor.at(")") else cursor.many(function_argument)
    cursor.expect(")")
    found: Relation = TableFunction(routine_name(parts), arguments)
    return aliased(cursor, _watermarked(cursor, found))


def _followed(cursor: Cursor, found: Relation) -> Relation:
    """Read ``TABLESAMPLE`` and ``WATERMARK`` after a source."""
    if cursor.at("tablesample", "("):
        found = sample(cursor, found)
    return _watermarked(cursor, found)


def _watermarked(cursor: Cursor, found: Relation) -> Relation:
    """Read ``WATERMARK expression [AS name] DELAY OF INTERVAL …``."""
    if not cursor.at("watermark") or cursor.at_any({"as"}, ahead=1) or not cursor.at_identifier(1):
        return found
    start = cursor.index
    cursor.take()
    column = cursor.expression()
    name = "" if cursor.at("delay", "of") else cursor.alias(strict=False)
    if not cursor.at("delay", "of"):
        cursor.index = start
        return found
    source = cursor.source(start + 1, cursor.index)
    cursor.expect("delay", "of")
    delay = _delay(cursor)
    if name:
        found = Project(found, (Star(), Alias(column, (name,))))
    elif isinstance(column, Name):
        name = column.parts[-1]
    else:
        raise cursor.fault("REQUIRES_EXPLICIT_NAME_IN_WATERMARK_CLAUSE", sqlExpr=f'"{source}"')
    return Watermark(found, name, delay)


def _delay(cursor: Cursor) -> str:
    if not cursor.at("interval"):
        raise cursor.unexpected(hint=": missing 'INTERVAL'")
    found = interval(cursor)
    is_months = "year" in found.type.simpleString() or "month" in found.type.simpleString()
    whole = Interval(found.value, 0, 0) if is_months else Interval(0, 0, found.value)
    return format_interval(whole)


def sample(cursor: Cursor, child: Relation) -> Relation:
    """Read ``TABLESAMPLE (10 PERCENT | 5 ROWS | BUCKET 1 OUT OF 4) [REPEATABLE (seed)]``."""
    cursor.expect("tablesample", "(")
    found = _bucket(cursor, child) if cursor.skip("bucket") else _amount(cursor, child)
    cursor.expect(")")
    if cursor.skip("repeatable", "("):
        seed = cursor.integer()
        cursor.expect(")")
        found = replace(found, seed=seed) if isinstance(found, Sample) else found
    return found


def _bucket(cursor: Cursor, child: Relation) -> Relation:
    part = cursor.integer()
    cursor.expect("out", "of")
    whole = cursor.integer()
    if cursor.at("on"):
        raise unsupported("TABLESAMPLE (BUCKET … ON …)")
    return Sample(child, 0.0, part / whole)


def _amount(cursor: Cursor, child: Relation) -> Relation:
    amount = cursor.value()
    if cursor.skip("rows"):
        return Limit(child, amount.value if isinstance(amount, Literal) else amount)
    if cursor.at(")") and isinstance(amount, Literal):
        raise cursor.fault("_LEGACY_ERROR_TEMP_0016", bytesStr=amount.value)
    cursor.expect("percent")
    if not isinstance(amount, Literal):
        raise cursor.unexpected()
    fraction = float(amount.value) / 100
    if not 0 <= fraction <= 1:
        raise cursor.fault(
            "_LEGACY_ERROR_TEMP_0064",
            msg=f"Sampling fraction ({fraction}) must be on interval [0, 1]",
        )
    return Sample(child, 0.0, fraction)
