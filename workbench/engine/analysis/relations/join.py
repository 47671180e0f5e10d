"""Joins: on a condition, on column names, natural, lateral, as of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.base.errors import AnalysisError
from workbench.engine.analysis.relations.inputs import new_ids
from workbench.engine.analysis.relations.lateral_tables import check_functions, over_each
from workbench.engine.analysis.relations.register import understands
from workbench.engine.analysis.scope import Column, Resolved, Scope, joined, quoted
from workbench.engine.analysis.subqueries import all_of, pull_up
from workbench.engine.functions import catalog
from workbench.engine.plan import operators as o
from workbench.engine.plan import relations as r
from workbench.engine.plan import typed
from workbench.engine.plan.walk import operators_of, transform_operator

if TYPE_CHECKING:
    from workbench.engine.analysis.analyzer import Analyzer

_LEFT_ONLY = ("semi", "anti")


def beside(left: Resolved, right: Resolved) -> Resolved:
    """Return ``right`` with columns no attribute of ``left`` shares, as a self-join needs."""
    mine = {a.id for one in operators_of(left.operator) for a in one.output}
    if not any(a.id in mine for a in right.operator.output):
        return right
    operator = new_ids(right.operator)
    new = dict(zip((a.id for a in right.operator.output), operator.output, strict=True))

    def moved(columns: tuple[Column, ...]) -> tuple[Column, ...]:
        return tuple(Column(new.get(c.attribute.id, c.attribute), c.qualifier) for c in columns)

    tags = {key: moved(columns) for key, columns in right.scope.tags.items()}
    return Resolved(operator, replace(right.scope, columns=moved(right.scope.columns), tags=tags))


def join_output(left: o.Operator, right: o.Operator, kind: str) -> tuple[typed.Attribute, ...]:
    """Return a join's columns; a side the join can leave empty becomes nullable."""
    first = _nullable(left.output) if kind in ("right", "full") else left.output
    if kind in _LEFT_ONLY:
        return left.output
    return (*first, *(_nullable(right.output) if kind in ("left", "full") else right.output))


def _nullable(attributes: tuple[typed.Attribute, ...]) -> tuple[typed.Attribute, ...]:
    return tuple(replace(a, nullable=True) for a in attributes)


def _scope(both: Scope, output: tuple[typed.Attribute, ...]) -> Scope:
    new = {a.id: a for a in output}

    def moved(columns: tuple[Column, ...]) -> tuple[Column, ...]:
        return tuple(Column(new.get(c.attribute.id, c.attribute), c.qualifier) for c in columns)

    visible = tuple(c for c in moved(both.columns) if c.attribute.id in new)
    return replace(both, columns=visible, tags={k: moved(v) for k, v in both.tags.items()})


@understands(r.Join)
def _join(analyzer: Analyzer, relation: r.Join) -> Resolved:
    left = analyzer.resolve(relation.left)
    if relation.lateral:
        return _lateral(analyzer, left, relation)
    right = beside(left, analyzer.resolve(relation.right))
    names = _natural(left, right) if relation.natural else relation.using
    if names:
        return _using(left, right, relation.kind, names)
    kind = "inner" if relation.kind == "cross" else relation.kind
    both = joined(left.scope, right.scope)
    condition = (
        None
        if relation.condition is None
        else analyzer.at(both).condition(relation.condition, "join")
    )
    return _made(left.operator, right.operator, kind, condition, both)


def _made(
    left: o.Operator, right: o.Operator, kind: str, condition: typed.Typed | None, both: Scope
) -> Resolved:
    output = join_output(left, right, kind)
    return Resolved(o.Join(left, right, kind, condition, output), _scope(both, output))


def _natural(left: Resolved, right: Resolved) -> tuple[str, ...]:
    names = [a.name for a in right.operator.output]
    return tuple(
        a.name for a in left.operator.output if any(left.scope.same(a.name, n) for n in names)
    )


def _using(left: Resolved, right: Resolved, kind: str, names: tuple[str, ...]) -> Resolved:
    """Join on equal names; each name comes out once, from the side that always has it."""
    pairs = [(_side(left, name, "left"), _side(right, name, "right")) for name in names]
    same = [catalog.resolve("==", pair, conf=lambda _key: "UTC") for pair in pairs]
    kind = "inner" if kind == "cross" else kind
    made = _made(left.operator, right.operator, kind, all_of(same), joined(left.scope, right.scope))
    if kind in _LEFT_ONLY:
        return made
    after = {a.id: a for a in made.operator.output}
    keys = [_key(after[a.id], after[b.id], kind) for a, b in pairs]
    used = {a.id for pair in pairs for a in pair}
    rest = tuple(typed.Named(a, a) for a in made.operator.output if a.id not in used)
    operator = o.Project(made.operator, (*keys, *rest))
    return Resolved(operator, _using_scope(made, operator, pairs, keys), made)


def _using_scope(
    made: Resolved, operator: o.Operator, pairs: list, keys: list[typed.Named]
) -> Scope:
    """``df1.key`` and ``df2.key`` stay callable: both mean the one key where the join makes them equal."""
    qualifiers = {c.attribute.id: c.qualifier for c in made.scope.columns}
    columns = tuple(Column(a, qualifiers.get(a.id, ())) for a in operator.output)
    stand_in = {
        a.id: key.attribute for pair, key in zip(pairs, keys, strict=True) for a in pair
        if isinstance(key.child, typed.Attribute)
    }  # fmt: skip
    tags = {
        plan_id: tuple(
            Column(stand_in.get(c.attribute.id, c.attribute), c.qualifier) for c in tagged
        )
        for plan_id, tagged in made.scope.tags.items()
    }
    return replace(made.scope, columns=columns, tags=tags)


def _key(left: typed.Attribute, right: typed.Attribute, kind: str) -> typed.Named:
    if kind == "right":
        return typed.Named(right, right)
    if kind == "full":
        made = catalog.resolve("coalesce", (left, right), conf=lambda _key: "UTC")
        return typed.Named(made, typed.Attribute(left.name, made.type, made.nullable))
    return typed.Named(left, left)


def _side(side: Resolved, name: str, word: str) -> typed.Attribute:
    found = side.scope.find((name,))
    if not isinstance(found, typed.Attribute):
        suggestion = ", ".join(quoted((a.name,)) for a in side.operator.output)
        raise AnalysisError(
            "UNRESOLVED_USING_COLUMN_FOR_JOIN",
            colName=quoted((name,)),
            side=word,
            suggestion=f"[{suggestion}]",
        )
    return found


def _lateral(analyzer: Analyzer, left: Resolved, relation: r.Join) -> Resolved:
    """A right side that reads the left: put the left under it, or turn its filters into the join's condition."""
    used: dict[int, typed.Attribute] = {}
    inner = replace(analyzer, outer=left.scope, outer_used=used)
    right = beside(left, inner.resolve(relation.right))
    both = joined(left.scope, replace(right.scope, outer=left.scope.outer))
    # A function that reads nothing of the left is called once, whatever rows it stands beside.
    is_alone = check_functions(right.operator) and not used
    _check_repeatable(left.operator, right.operator)
    waiting = over_each(right.operator, left.operator, tuple(used.values()))
    leaf = None if is_alone else _one_row(right.operator)
    if leaf is not None and relation.kind in ("inner", "cross") and relation.condition is None:
        operator = _under(right.operator, leaf, left.operator)
        return Resolved(operator, _scope(both, operator.output))
    plan, predicates = pull_up(waiting.plan, tuple(used.values()))
    kind = "inner" if relation.kind == "cross" else relation.kind
    condition = (
        [] if relation.condition is None else [analyzer.at(both).condition(relation.condition)]
    )
    return _made(left.operator, waiting.filled(plan), kind, all_of((*predicates, *condition)), both)


def _check_repeatable(left: o.Operator, right: o.Operator) -> None:
    """Refuse a table function over a table that may answer differently for each of several rows."""
    over = [one for one in operators_of(right) if isinstance(one, o.PythonTableOver)]
    if any(not one.function.deterministic for one in over) and not _is_single(left):
        raise AnalysisError(
            "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.NON_DETERMINISTIC_LATERAL_SUBQUERIES"
        )


def _is_single(operator: o.Operator) -> bool:
    """Whether there is at most one row, whatever the data."""
    while isinstance(operator, (o.Project, o.Filter, o.Sort)):
        operator = operator.child
    if isinstance(operator, o.Aggregate):
        return not operator.grouping
    if isinstance(operator, o.LocalTable):
        return operator.table.num_rows <= 1
    return isinstance(operator, o.Limit) and operator.count is not None and operator.count <= 1


def _one_row(right: o.Operator) -> o.Operator | None:
    """Return the row without columns that the left side can take the place of; a function over a table has its own rows."""
    leaf = None
    for one in operators_of(right):
        if isinstance(one, o.PythonTableOver):
            return None
        if leaf is None and isinstance(one, o.LocalTable) and not one.output:
            leaf = one
    return leaf


def _under(right: o.Operator, leaf: o.Operator, left: o.Operator) -> o.Operator:
    def put(operator: o.Operator) -> o.Operator:
        if operator is leaf:
            return left
        if isinstance(operator, o.Project):
            known = {a.id for a in operator.output}
            kept = tuple(typed.Named(a, a) for a in left.output if a.id not in known)
            return replace(operator, expressions=(*kept, *operator.expressions))
        return operator

    return transform_operator(right, put)


@understands(r.AsOfJoin)
def _as_of(analyzer: Analyzer, relation: r.AsOfJoin) -> Resolved:
    raise AnalysisError("UNSUPPORTED_FEATURE.RELATION", relation="AsOfJoin")
