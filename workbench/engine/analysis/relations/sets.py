"""union, intersect, except: by position or by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError
from workbench.engine.analysis.analyzer import cast_output
from workbench.engine.analysis.relations.inputs import new_ids
from workbench.engine.analysis.relations.register import understands
from workbench.engine.analysis.scope import Resolved, Scope, scope_of
from workbench.engine.functions import catalog
from workbench.engine.plan import operators as o
from workbench.engine.plan import relations as r
from workbench.engine.plan import typed

if TYPE_CHECKING:
    from workbench.engine.analysis.analyzer import Analyzer


@understands(r.SetOperation)
def _set_operation(analyzer: Analyzer, relation: r.SetOperation) -> Resolved:
    left, right = analyzer.resolve(relation.left), analyzer.resolve(relation.right)
    sides = left.operator, right.operator
    if relation.by_name:
        sides = _by_name(left, right, relation.allow_missing_columns)
    output = _common(*sides, relation.kind)
    inputs = tuple(_typed(side, output) for side in sides)
    scope = scope_of(
        output, Scope((), {**left.scope.tags}, left.scope.outer, left.scope.is_case_sensitive)
    )
    if relation.kind == "union":
        made: o.Operator = o.Union(inputs, output)
        return Resolved(made if relation.is_all else o.Distinct(made, ()), scope)
    return Resolved(o.SetOperation(*inputs, relation.kind, relation.is_all, output), scope)


def _common(left: o.Operator, right: o.Operator, kind: str) -> tuple[typed.Attribute, ...]:
    first, second = left.output, right.output
    if len(first) != len(second):
        raise AnalysisError("NUM_COLUMNS_MISMATCH", operator=kind.upper(), firstNumColumns=len(first),
                            invalidOrdinalNum="second", invalidNumColumns=len(second))  # fmt: skip
    return tuple(_column(i, a, b, kind) for i, (a, b) in enumerate(zip(first, second, strict=True)))


def _column(place: int, a: typed.Attribute, b: typed.Attribute, kind: str) -> typed.Attribute:
    if kind != "union" and isinstance(a.type, t.MapType):
        raise AnalysisError(
            "UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE",
            colName=f"`{a.name}`",
            dataType=f'"{a.type.simpleString().upper()}"',
        )
    common = a.type if a.type == b.type else catalog.common_type((a.type, b.type))
    if common is None:
        raise AnalysisError("INCOMPATIBLE_COLUMN_TYPE", operator=kind.upper(), columnOrdinalNumber=_ordinal(place), tableOrdinalNumber="second",
                            dataType1=f'"{b.type.simpleString().upper()}"', dataType2=f'"{a.type.simpleString().upper()}"', hint="")  # fmt: skip
    delay = {k: v for k, v in a.metadata.items() if k == typed.WATERMARK_DELAY}
    other = {k: v for k, v in b.metadata.items() if k == typed.WATERMARK_DELAY}
    return typed.Attribute(
        a.name, common, a.nullable or b.nullable, metadata={**a.metadata, **other, **delay}
    )


def _ordinal(place: int) -> str:
    names = (
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
    )
    return names[place] if place < len(names) else f"{place + 1}th"


def _typed(side: o.Operator, output: tuple[typed.Attribute, ...]) -> o.Operator:
    if all(a.type == b.type for a, b in zip(side.output, output, strict=True)):
        ids = {a.id for a in side.output}
        return side if len(ids) == len(side.output) else new_ids(side)
    fresh = tuple(
        typed.Attribute(b.name, b.type, a.nullable, metadata=a.metadata)
        for a, b in zip(side.output, output, strict=True)
    )
    return o.Project(side, cast_output(side, fresh))


def _by_name(left: Resolved, right: Resolved, allow_missing: bool) -> tuple[o.Operator, o.Operator]:
    names = [a.name for a in left.operator.output]
    others = [
        a for a in right.operator.output if not any(left.scope.same(a.name, n) for n in names)
    ]
    if others and not allow_missing:
        raise AnalysisError("NUM_COLUMNS_MISMATCH", operator="UNION", firstNumColumns=len(names),
                            invalidOrdinalNum="second", invalidNumColumns=len(right.operator.output))  # fmt: skip
    wanted = [*left.operator.output, *others]
    return _arranged(left, wanted, allow_missing), _arranged(right, wanted, allow_missing)


def _arranged(side: Resolved, wanted: list[typed.Attribute], allow_missing: bool) -> o.Operator:
    columns = []
    for attribute in wanted:
        found = next(
            (a for a in side.operator.output if side.scope.same(a.name, attribute.name)), None
        )
        if found is None and not allow_missing:
            names = ", ".join(a.name for a in side.operator.output)
            raise AnalysisError("FIELD_NOT_FOUND", fieldName=f"`{attribute.name}`", fields=names)
        if found is None:
            empty = typed.Attribute(attribute.name, attribute.type, True)
            columns.append(typed.Named(typed.Literal(None, attribute.type), empty))
        else:
            columns.append(typed.Named(found, found))
    return o.Project(side.operator, tuple(columns))
