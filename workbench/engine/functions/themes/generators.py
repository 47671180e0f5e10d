"""Functions that give several rows for one."""

from __future__ import annotations

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError
from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions import coercion, render
from workbench.engine.functions.row import GENERATOR, Request, Row
from workbench.engine.plan import typed

POSITION = t.StructField("pos", t.IntegerType(), nullable=False)


def _need_collection(request: Request) -> None:
    if not request.arguments:
        raise AnalysisError("REQUIRED_PARAMETER_NOT_FOUND", routineName=f"`{request.name}`",
                            parameterName="`collection`", index=0)  # fmt: skip
    tools.need(request, 1)


def _columns(request: Request) -> list[t.StructField]:
    kind = request.arguments[0].type
    if isinstance(kind, t.ArrayType):
        return [t.StructField("col", kind.elementType, kind.containsNull)]
    if isinstance(kind, t.MapType):
        value = t.StructField("value", kind.valueType, kind.valueContainsNull)
        return [t.StructField("key", kind.keyType, nullable=False), value]
    raise tools.unexpected(request, 0, '("ARRAY" or "MAP")')


def _call(request: Request, fields: list[t.StructField], *, outer: bool) -> typed.GeneratorCall:
    if outer:
        fields = [t.StructField(f.name, f.dataType, nullable=True) for f in fields]
    return typed.GeneratorCall(request.name, request.arguments, t.StructType(fields), outer)


def _explode(name: str, *, position: bool, outer: bool) -> Row:
    def resolve(request: Request) -> typed.Typed:
        _need_collection(request)
        fields = _columns(request)
        return _call(request, [POSITION, *fields] if position else fields, outer=outer)

    return Row(name, GENERATOR, rewrite=resolve)


def _inline(name: str, *, outer: bool) -> Row:
    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 1)
        kind = request.arguments[0].type
        if not isinstance(kind, t.ArrayType) or not isinstance(kind.elementType, t.StructType):
            raise tools.unexpected(request, 0, "ARRAY<STRUCT>")
        fields = [
            t.StructField(f.name, f.dataType, f.nullable or kind.containsNull)
            for f in kind.elementType.fields
        ]
        return _call(request, fields, outer=outer)

    return Row(name, GENERATOR, rewrite=resolve)


def _stack_height(request: Request) -> int:
    if len(request.arguments) < 2:
        raise tools.more_needed(request, 1)
    rows = tools.constant(request, 0, "INT", name="n")
    if not isinstance(rows, int):
        raise tools.unexpected(request, 0, "INT")
    if rows < 1:
        raise AnalysisError("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", exprName="`n`", valueRange="(0, 2147483647]",
                            currentValue=rows, sqlExpr=render.quoted("stack", request.arguments))  # fmt: skip
    return rows


def _stack(request: Request) -> typed.Typed:
    rows = _stack_height(request)
    values = request.arguments[1:]
    width = -(-len(values) // rows)
    fields, made = [], list(values)
    for place in range(width):
        column = values[place::width]
        common = coercion.common_type(one.type for one in column)
        if common is None:
            raise AnalysisError(
                "DATATYPE_MISMATCH.STACK_COLUMN_DIFF_TYPES",
                sqlExpr=render.quoted("stack", request.arguments),
                columnIndex=place,
                leftParamIndex=place + 1,
                leftType=render.type_text(column[0].type),
                rightParamIndex=place + 1 + width,
                rightType=render.type_text(column[-1].type),
            )
        for at in range(place, len(values), width):
            made[at] = tools.cast_to(values[at], common, request.zone)
        fields.append(t.StructField(f"col{place}", common, nullable=True))
    count = typed.Literal(rows, t.IntegerType())
    return typed.GeneratorCall("stack", (count, *made), t.StructType(fields))


def _json_tuple(request: Request) -> typed.Typed:
    if len(request.arguments) < 2:
        raise tools.more_needed(request, 1)
    text = t.StringType()
    names = [f"c{place}" for place in range(len(request.arguments) - 1)]
    arguments = tuple(tools.cast_to(argument, text) for argument in request.arguments)
    kind = t.StructType([t.StructField(name, text, nullable=True) for name in names])
    return typed.GeneratorCall("json_tuple", arguments, kind)


ROWS: tuple[Row, ...] = (
    _explode("explode", position=False, outer=False),
    _explode("explode_outer", position=False, outer=True),
    _explode("posexplode", position=True, outer=False),
    _explode("posexplode_outer", position=True, outer=True),
    _inline("inline", outer=False),
    _inline("inline_outer", outer=True),
    Row("stack", GENERATOR, rewrite=_stack),
    Row("json_tuple", GENERATOR, rewrite=_json_tuple, per_row=True),
)
