"""``WITH RECURSIVE``: a named query that reads itself."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError
from workbench.engine.analysis.relations.inputs import attributes
from workbench.engine.analysis.relations.register import understands
from workbench.engine.plan import operators as o
from workbench.engine.plan import relations as r
from workbench.engine.plan.operators import Operator
from workbench.engine.plan.typed import next_id
from workbench.engine.plan.walk import operators_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.engine.analysis.analyzer import Analyzer
    from workbench.engine.analysis.scope import Resolved

_WHOLE = (o.Aggregate, o.Window, o.Sort, o.Limit)
"""What needs all rows at once, so a step cannot do it to its last rows."""

_OUTER = {
    "left": ("right",),
    "semi": (),
    "anti": ("right",),
    "right": ("left",),
    "full": ("left", "right"),
}
"""The sides of a join that a step's last rows may not be on. Subqueries with IN are semi joins, which may."""


@understands(r.Recursive)
def _recursive(analyzer: Analyzer, relation: r.Recursive) -> Resolved:
    name = relation.name.lower()
    if not any(_reads(part, name) for part in _below(relation.child)):
        return analyzer.resolve(_named(relation, relation.child))
    first, step, is_all = _terms(relation.child)
    if any(_reads(part, name) for part in _below(first)):
        raise AnalysisError("INVALID_RECURSIVE_CTE")
    if not is_all:
        raise AnalysisError("UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE")
    return _loop(analyzer, relation, first, step)


def _loop(
    analyzer: Analyzer, relation: r.Recursive, first: r.Relation, step: r.Relation
) -> Resolved:
    begun = analyzer.resolve(_named(relation, first)).operator
    schema = t.StructType([t.StructField(a.name, a.type, True) for a in begun.output])
    key = f"recursion{next_id()}"
    inside = analyzer.within({relation.name.lower(): r.LastRows(key, schema)})
    stepped = inside.resolve(step).operator
    _check_types(begun, stepped)
    _check_places(stepped, key)
    levels = relation.max_level or int(analyzer.context.conf("spark.sql.cteRecursionLevelLimit"))
    rows = int(analyzer.context.conf("spark.sql.cteRecursionRowLimit"))
    return analyzer.fresh(o.Recursive(begun, stepped, key, levels, rows, attributes(schema)))


@understands(r.LastRows)
def _last_rows(analyzer: Analyzer, relation: r.LastRows) -> Resolved:
    return analyzer.fresh(o.Placeholder(relation.key, attributes(relation.schema)))


def _named(relation: r.Recursive, child: r.Relation) -> r.Relation:
    return r.SubqueryAlias(child, (relation.name,), relation.columns) if relation.columns else child


def _terms(child: r.Relation) -> tuple[r.Relation, r.Relation, bool]:
    """Return the rows to begin with, the step, and whether all rows of both are wanted."""
    while isinstance(child, (r.Tagged, r.SubqueryAlias)):
        child = child.child
    if not isinstance(child, r.SetOperation) or child.kind != "union":
        raise AnalysisError("INVALID_RECURSIVE_CTE")
    return child.left, child.right, child.is_all


def _below(node: object) -> Iterator[r.Relation]:
    """Yield the relations of a plan: below other relations, and inside the subqueries of expressions."""
    if isinstance(node, r.Relation):
        yield node
    inside = (
        [getattr(node, f.name) for f in fields(node)]
        if is_dataclass(node)
        else node
        if isinstance(node, tuple)
        else ()
    )
    for part in inside:
        yield from _below(part)


def _reads(relation: r.Relation, name: str) -> bool:
    return (
        isinstance(relation, r.ReadTable)
        and len(relation.parts) == 1
        and relation.parts[0].lower() == name
    )


def _check_types(first: Operator, step: Operator) -> None:
    if len(first.output) != len(step.output):
        raise AnalysisError("NUM_COLUMNS_MISMATCH", operator="UNION", firstNumColumns=len(first.output),
                            invalidOrdinalNum="second", invalidNumColumns=len(step.output))  # fmt: skip
    for one, other in zip(first.output, step.output, strict=True):
        if one.type != other.type:
            left, right = (f'"{a.type.simpleString().upper()}"' for a in (one, other))
            raise AnalysisError("CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE", left=left, right=right)


def _check_places(step: Operator, key: str) -> None:
    """Refuse last rows where a step would need all rows at once (source: Spark's ``CTESubstitution`` checks)."""
    for operator in operators_of(step):
        barred = operator.children if isinstance(operator, _WHOLE) else ()
        if isinstance(operator, o.Join):
            barred = [getattr(operator, side) for side in _OUTER.get(operator.kind, ())]
        if any(
            isinstance(part, o.Placeholder) and part.name == key
            for side in barred
            for part in operators_of(side)
        ):
            raise AnalysisError("INVALID_RECURSIVE_REFERENCE.PLACE")
