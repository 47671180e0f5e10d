"""Subqueries become joins.

Before::

    SELECT * FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k) AND a > (SELECT avg(b) FROM u)

After: ``Filter(a > avg) ← Join(left, single row of avg) ← Join(semi, u.k = t.k) ← t``.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.base.errors import Unsupported
from workbench.engine.functions import catalog
from workbench.engine.plan import operators as o
from workbench.engine.plan import typed
from workbench.engine.plan.walk import attributes_of, every, has, map_parts, operators_of, transform

if TYPE_CHECKING:
    from collections.abc import Iterable

_TRUE = typed.Literal(True, t.BooleanType())


def conjuncts(condition: typed.Typed) -> list[typed.Typed]:
    """Return the parts of a condition that must all hold."""
    if isinstance(condition, typed.Call) and condition.function == "and":
        return [part for side in condition.arguments for part in conjuncts(side)]
    return [condition]


def all_of(parts: Iterable[typed.Typed]) -> typed.Typed | None:
    """Return the condition that all parts hold, or None for no part."""
    found = list(parts)
    if not found:
        return None
    return reduce(
        lambda a, b: typed.Call("and", (a, b), t.BooleanType(), a.nullable or b.nullable), found
    )


def lower_filter(child: o.Operator, condition: typed.Typed) -> o.Operator:
    """Return a filter whose EXISTS and IN subqueries are semi and anti joins."""
    if not has(condition, typed.SUBQUERIES):
        return o.Filter(child, condition)
    plain = []
    operator = child
    for part in conjuncts(condition):
        joined = _existence(operator, part)
        if joined is None:
            plain.append(part)
        else:
            operator = joined
    rest = all_of(plain)
    if rest is None:
        return operator
    operator, (rest,) = lower_values(operator, (rest,))
    made = o.Filter(operator, rest)
    return made if operator.output == child.output else _only(made, child)


def _only(operator: o.Operator, like: o.Operator) -> o.Operator:
    return o.Project(operator, tuple(typed.Named(a, a) for a in like.output))


def _existence(child: o.Operator, part: typed.Typed) -> o.Operator | None:
    is_not = isinstance(part, typed.Call) and part.function in ("not", "!")
    inner = part.arguments[0] if is_not else part
    kind = "anti" if is_not else "semi"
    if isinstance(inner, typed.Exists):
        plan, predicates = pull_up(_unlimited(inner.plan), inner.outer)
        return o.Join(child, plan, kind, all_of(predicates), child.output)
    if isinstance(inner, typed.InSubquery):
        plan, predicates = pull_up(inner.plan, inner.outer)
        pairs = zip(inner.values, inner.plan.output, strict=True)
        same = [_equal(value, column, null_aware=is_not) for value, column in pairs]
        return o.Join(child, plan, kind, all_of((*same, *predicates)), child.output)
    return None


def _unlimited(plan: o.Operator) -> o.Operator:
    return plan.child if isinstance(plan, o.Limit) and plan.count and not plan.offset else plan


def _equal(value: typed.Typed, column: typed.Typed, *, null_aware: bool) -> typed.Typed:
    """``value = column``; for NOT IN a comparison with NULL counts as a match, so that the row goes."""
    made = catalog.resolve("==", (value, column), conf=lambda _key: "UTC")
    if not null_aware:
        return made
    unknown = typed.Call("isnull", (made,), t.BooleanType(), False)
    return typed.Call("or", (made, unknown), t.BooleanType(), True)


def lower_values(
    child: o.Operator, expressions: tuple[typed.Typed, ...]
) -> tuple[o.Operator, tuple[typed.Typed, ...]]:
    """Join the subqueries used as values; return the wider child and expressions that read its columns."""
    found = {id(p): p for one in expressions for p in every(one) if isinstance(p, typed.SUBQUERIES)}
    if not found:
        return child, expressions
    columns: dict[int, typed.Typed] = {}
    operator = child
    for key, part in found.items():
        operator, columns[key] = _joined(operator, part)

    def read(part: typed.Typed) -> typed.Typed:
        return columns.get(id(part), part)

    return operator, tuple(_substituted(one, read) for one in expressions)


def _substituted(expression: typed.Typed, read: object) -> typed.Typed:
    made = read(expression)
    if made is not expression or isinstance(expression, typed.Attribute):
        return made
    return map_parts(expression, typed.Typed, lambda part: _substituted(part, read))


def _joined(child: o.Operator, part: typed.Typed) -> tuple[o.Operator, typed.Typed]:
    if isinstance(part, typed.ScalarSubquery):
        return _correlated(child, part) if part.outer else _single(child, part.plan)
    if isinstance(part, typed.Exists):
        return _marked(child, *pull_up(_unlimited(part.plan), part.outer))
    plan, predicates = pull_up(part.plan, part.outer)
    pairs = zip(part.values, part.plan.output, strict=True)
    same = [_equal(value, column, null_aware=False) for value, column in pairs]
    return _marked(child, plan, [*same, *predicates])


def _marked(
    child: o.Operator, plan: o.Operator, predicates: list[typed.Typed]
) -> tuple[o.Operator, typed.Typed]:
    """Whether a partner exists, as a column: number the rows, keep those with a partner, join the numbers back."""
    number = typed.Attribute("_row", t.LongType(), False)
    rank = typed.Call("monotonically_increasing_id", (), t.LongType(), False)
    kept = tuple(typed.Named(a, a) for a in child.output)
    numbered = o.Project(child, (*kept, typed.Named(rank, number)))
    matched = o.Join(numbered, plan, "semi", all_of(predicates), numbered.output)
    again = typed.Attribute("_match", t.LongType(), True)
    numbers = o.Project(matched, (typed.Named(number, again),))
    same = typed.Call("==", (number, again), t.BooleanType(), True)
    joined = o.Join(numbered, numbers, "left", same, (*numbered.output, again))
    return joined, typed.Call("isnotnull", (again,), t.BooleanType(), False)


def _single(child: o.Operator, plan: o.Operator) -> tuple[o.Operator, typed.Typed]:
    """Join the one value of an uncorrelated subquery; more than one row is an error."""
    value = plan.output[0]
    one = typed.Literal(1, t.IntegerType())
    first = typed.Attribute("_value", value.type, True)
    count = typed.Attribute("_rows", t.LongType(), False)
    aggregates = (
        typed.Named(typed.AggregateCall("first", (value,), value.type), first),
        typed.Named(typed.AggregateCall("count", (one,), t.LongType(), False), count),
    )
    made = o.Aggregate(plan, (), aggregates)
    text = typed.Literal("A scalar subquery gave more than one row.", t.StringType())
    fault = typed.Cast(typed.Call("raise_error", (text,), t.StringType()), value.type)
    many = typed.Call(">", (count, typed.Literal(1, t.LongType())), t.BooleanType(), False)
    column = typed.Attribute("_scalar", value.type, True)
    case = typed.Case(((many, fault),), first, value.type)
    made = o.Project(made, (typed.Named(case, column),))
    return o.Join(child, made, "left", None, (*child.output, column)), column


def _correlated(child: o.Operator, part: typed.ScalarSubquery) -> tuple[o.Operator, typed.Typed]:
    """Group the subquery by what it is correlated on and join the groups."""
    project, aggregate = _aggregate_below(part.plan)
    inner, predicates = pull_up(aggregate.child, part.outer)
    outer = {a.id for a in part.outer}
    pairs = [_sides(p, outer) for p in predicates]
    keys = tuple(typed.Named(e, typed.Attribute("_k", e.type, True)) for _, e in pairs)
    grouped = o.Aggregate(inner, (*aggregate.grouping, *keys), aggregate.aggregates)
    matched = typed.Attribute("_matched", t.BooleanType(), True)
    value = (
        project.expressions[0] if project else typed.Named(aggregate.output[0], aggregate.output[0])
    )
    column = typed.Attribute("_scalar", value.type, True)
    kept = tuple(typed.Named(k.attribute, k.attribute) for k in keys)
    made = o.Project(
        grouped, (typed.Named(value.child, column), typed.Named(_TRUE, matched), *kept)
    )
    same = all_of(
        catalog.resolve("==", (a, k.attribute), conf=lambda _key: "UTC")
        for (a, _), k in zip(pairs, keys, strict=True)
    )
    joined = o.Join(child, made, "left", same, (*child.output, *made.output))
    return joined, _or_empty(value.child, column, matched, aggregate)


def _or_empty(
    value: typed.Typed, column: typed.Attribute, matched: typed.Attribute, aggregate: o.Aggregate
) -> typed.Typed:
    """Where no group matched, the value over no rows: counts are 0, everything else NULL."""
    empty = {a.attribute.id: _empty(a.child) for a in aggregate.aggregates}
    over_nothing = transform(
        value, lambda p: empty.get(p.id, p) if isinstance(p, typed.Attribute) else p
    )
    if not has(over_nothing, typed.Literal) or any(
        isinstance(p, typed.Attribute) for p in every(over_nothing)
    ):
        return column
    no_match = typed.Call("isnull", (matched,), t.BooleanType(), False)
    return typed.Case(((no_match, over_nothing),), column, column.type)


def _empty(call: typed.Typed) -> typed.Typed:
    return typed.Literal(0 if call.function in ("count", "count_if") else None, call.type)


def _aggregate_below(plan: o.Operator) -> tuple[o.Project | None, o.Aggregate]:
    if isinstance(plan, o.Aggregate) and not plan.grouping:
        return None, plan
    if (
        isinstance(plan, o.Project)
        and isinstance(plan.child, o.Aggregate)
        and not plan.child.grouping
    ):
        return plan, plan.child
    raise _too_hard("MUST_AGGREGATE_CORRELATED_SCALAR_SUBQUERY")


def _sides(predicate: typed.Typed, outer: set[int]) -> tuple[typed.Typed, typed.Typed]:
    if isinstance(predicate, typed.Call) and predicate.function in ("==", "="):
        left, right = predicate.arguments
        if _reads(left) <= outer and not _reads(right) & outer:
            return left, right
        if _reads(right) <= outer and not _reads(left) & outer:
            return right, left
    raise _too_hard("CORRELATED_COLUMN_IS_NOT_ALLOWED_IN_PREDICATE")


def _reads(expression: typed.Typed) -> set[int]:
    return {a.id for a in every(expression) if isinstance(a, typed.Attribute)}


def pull_up(
    plan: o.Operator, outer: tuple[typed.Attribute, ...]
) -> tuple[o.Operator, list[typed.Typed]]:
    """Take the conditions that read the enclosing query out of a subquery's filters.

    Returns
    -------
    Operator
        The subquery without them; columns they read are in its output.
    list of Typed
        The conditions.

    Raises
    ------
    Unsupported
        The subquery reads the enclosing query elsewhere.
    """
    ids = {a.id for a in outer}
    if not ids or not _is_correlated(plan, ids):
        return plan, []
    if isinstance(plan, o.Filter):
        child, found = pull_up(plan.child, outer)
        parts = conjuncts(plan.condition)
        rest = all_of(p for p in parts if not _reads(p) & ids)
        found += [p for p in parts if _reads(p) & ids]
        return (child if rest is None else o.Filter(child, rest)), found
    if isinstance(plan, o.Project) and not any(_reads(x.child) & ids for x in plan.expressions):
        child, found = pull_up(plan.child, outer)
        needed = {i for p in found for i in _reads(p)} - ids - {a.id for a in plan.output}
        more = tuple(typed.Named(a, a) for a in child.output if a.id in needed)
        return o.Project(child, (*plan.expressions, *more)), found
    if isinstance(plan, (o.Sort, o.Distinct)) and not attributes_of(plan) & ids:
        child, found = pull_up(plan.child, outer)
        return replace(plan, child=child), found
    if isinstance(plan, o.Join) and plan.kind == "inner":
        left, found = pull_up(plan.left, outer)
        right, more = pull_up(plan.right, outer)
        kept = conjuncts(plan.condition) if plan.condition is not None else []
        found = [*found, *more, *(p for p in kept if _reads(p) & ids)]
        condition = all_of(p for p in kept if not _reads(p) & ids)
        return o.Join(left, right, "inner", condition, (*left.output, *right.output)), found
    raise _too_hard("ACCESSING_OUTER_QUERY_COLUMN_IS_NOT_ALLOWED")


def _is_correlated(plan: o.Operator, ids: set[int]) -> bool:
    return any(attributes_of(one) & ids for one in operators_of(plan))


def _too_hard(reason: str) -> Unsupported:
    return Unsupported(f"UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.{reason}", treeNode="")
