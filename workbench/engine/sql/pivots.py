"""``PIVOT`` and ``UNPIVOT``."""

from __future__ import annotations

from workbench.engine.plan.expressions import Alias, Expression, Function, Name, Star
from workbench.engine.plan.relations import Aggregate, Filter, Relation, SubqueryAlias, Unpivot
from workbench.engine.sql.cursor import Cursor, unsupported


def pivot(cursor: Cursor, child: Relation) -> Relation:
    """Read ``PIVOT (aggregates FOR column IN (values)) [AS name]``.

    With ``from_sql`` and no grouping, the groups are all the child's columns that are named neither by the aggregates nor
    by the pivot column (Spark's ``Pivot.groupByExprsOpt`` None).
    """
    cursor.expect("pivot", "(")
    aggregates = cursor.many(Cursor.named_expression)
    cursor.expect("for")
    column = _pivot_column(cursor)
    cursor.expect("in")
    values = cursor.wrapped(Cursor.named_expression)
    cursor.expect(")")
    found = Aggregate(
        child, "pivot", (), aggregates, pivot=column, pivot_values=values, from_sql=True
    )
    return _named(cursor, found)


def _pivot_column(cursor: Cursor) -> Expression:
    if not cursor.at("("):
        return Name(cursor.dotted())
    return Function("struct", tuple(Name((name,)) for name in cursor.identifiers()))


def unpivot(cursor: Cursor, child: Relation) -> Relation:
    """Read ``UNPIVOT [INCLUDE | EXCLUDE NULLS] (value FOR name IN (columns)) [AS name]``.

    All other columns stay: the ids are ``* EXCEPT (columns)``. An alias of a column is its name in the result.
    """
    cursor.expect("unpivot")
    include_nulls = cursor.skip("include", "nulls")
    if not include_nulls:
        cursor.skip("exclude", "nulls")
    cursor.expect("(")
    if cursor.at("("):
        raise unsupported("UNPIVOT with several value columns")
    value_name = cursor.identifier()
    cursor.expect("for")
    variable_name = cursor.identifier()
    cursor.expect("in")
    columns = cursor.wrapped(_unpivot_column)
    cursor.expect(")")
    others = Star(excepted=tuple(_parts(column) for column in columns))
    found: Relation = Unpivot(child, (others,), columns, variable_name, value_name)
    if not include_nulls:
        found = Filter(found, Function("isnotnull", (Name((value_name,)),)))
    return _named(cursor, found)


def _unpivot_column(cursor: Cursor) -> Expression:
    column = Name(cursor.dotted())
    name = cursor.alias(strict=False)
    return Alias(column, (name,)) if name else column


def _parts(column: Expression) -> tuple[str, ...]:
    name = column.child if isinstance(column, Alias) else column
    assert isinstance(name, Name), "only names are read here"
    return name.parts


def _named(cursor: Cursor, found: Relation) -> Relation:
    name = cursor.alias(strict=True)
    return SubqueryAlias(found, (name,)) if name else found
