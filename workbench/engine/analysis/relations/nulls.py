"""na.fill, na.drop, na.replace."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.engine.analysis.relations.basic import project
from workbench.engine.analysis.relations.register import understands
from workbench.engine.analysis.scope import Resolved
from workbench.engine.functions import catalog
from workbench.engine.plan import operators as o
from workbench.engine.plan import relations as r
from workbench.engine.plan.typed import Attribute, Call, Case, Literal, Named, Typed

if TYPE_CHECKING:
    from workbench.engine.analysis.analyzer import Analyzer


def _family(kind: t.DataType) -> type:
    if isinstance(kind, t.NumericType):
        return t.NumericType
    return t.StringType if isinstance(kind, t.StringType) else type(kind)


def _chosen(child: Resolved, names: tuple[str, ...]) -> tuple[Attribute, ...]:
    if not names:
        return child.operator.output
    return tuple(a for name in names if isinstance(a := child.scope.require((name,)), Attribute))


@understands(r.FillNulls)
def _fill(analyzer: Analyzer, relation: r.FillNulls) -> Resolved:
    child = analyzer.resolve(relation.child)
    chosen = _chosen(child, relation.columns)
    values = relation.values if len(relation.values) > 1 else relation.values * len(chosen)
    wanted = {
        a.id: v for a, v in zip(chosen, values, strict=False) if _family(a.type) is _family(v.type)
    }
    columns = [
        _filled(a, wanted[a.id]) if a.id in wanted else Named(a, a) for a in child.operator.output
    ]
    return project(child, columns)


def _filled(attribute: Attribute, value: Literal) -> Named:
    filler = catalog.cast_to(Literal(value.value, value.type), attribute.type)
    source: Typed = attribute
    if isinstance(attribute.type, (t.DoubleType, t.FloatType)):
        is_nan = Call("isnan", (attribute,), t.BooleanType(), False)
        source = Case(((is_nan, Literal(None, attribute.type)),), attribute, attribute.type)
    made = Call("coalesce", (source, filler), attribute.type, False)
    return Named(made, Attribute(attribute.name, attribute.type, False))


@understands(r.DropNulls)
def _drop(analyzer: Analyzer, relation: r.DropNulls) -> Resolved:
    child = analyzer.resolve(relation.child)
    chosen = _chosen(child, relation.columns)
    needed = len(chosen) if relation.min_non_nulls is None else relation.min_non_nulls
    one, zero = (Literal(n, t.IntegerType()) for n in (1, 0))
    counts: list[Typed] = [
        Case(((_present(a), one),), zero, t.IntegerType(), False) for a in chosen
    ]
    total = reduce(lambda a, b: Call("+", (a, b), t.IntegerType(), False), counts, zero)
    enough = Call(">=", (total, Literal(needed, t.IntegerType())), t.BooleanType(), False)
    return Resolved(o.Filter(child.operator, enough), child.scope)


def _present(attribute: Attribute) -> Typed:
    there = Call("isnotnull", (attribute,), t.BooleanType(), False)
    if not isinstance(attribute.type, (t.DoubleType, t.FloatType)):
        return there
    number = Call(
        "not", (Call("isnan", (attribute,), t.BooleanType(), False),), t.BooleanType(), False
    )
    return Call("and", (there, number), t.BooleanType(), False)


@understands(r.Replace)
def _replace(analyzer: Analyzer, relation: r.Replace) -> Resolved:
    child = analyzer.resolve(relation.child)
    ids = {a.id for a in _chosen(child, relation.columns)}
    columns = [
        _replaced(a, relation) if a.id in ids else Named(a, a) for a in child.operator.output
    ]
    return project(child, columns)


def _replaced(attribute: Attribute, relation: r.Replace) -> Named:
    pairs = [(old, new) for old, new in relation.replacements if _fits(attribute, old, new)]
    if not pairs:
        return Named(attribute, attribute)
    branches = tuple(
        (_equal(attribute, old), catalog.cast_to(Literal(new.value, new.type), attribute.type))
        for old, new in pairs
    )
    made = Case(branches, attribute, attribute.type)
    return Named(made, Attribute(attribute.name, attribute.type, True))


def _fits(attribute: Attribute, old: Literal, new: Literal) -> bool:
    same = _family(attribute.type) is _family(old.type)
    return same or (
        isinstance(old.type, t.NullType) and _family(attribute.type) is _family(new.type)
    )


def _equal(attribute: Attribute, old: Literal) -> Typed:
    """The comparison is made as double for numbers, as Spark does."""
    if old.value is None:
        return Call("isnull", (attribute,), t.BooleanType(), False)
    if isinstance(attribute.type, t.NumericType):
        value = catalog.cast_to(Literal(old.value, old.type), t.DoubleType())
        return Call("==", (catalog.cast_to(attribute, t.DoubleType()), value), t.BooleanType())
    return Call("==", (attribute, Literal(old.value, attribute.type)), t.BooleanType())
