"""Making arrays, maps and structs, and taking a part of one."""

from __future__ import annotations

import datafusion
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import AnalysisError, ExecutionError
from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions import coercion, render
from workbench.engine.functions.kernels import structures
from workbench.engine.functions.kinds import INTEGRAL
from workbench.engine.functions.promotion import unified
from workbench.engine.functions.row import Request, Row, alias
from workbench.engine.functions.vectors import call_vector, vector
from workbench.engine.plan import typed


def _array(request: Request) -> typed.Typed:
    if not request.arguments:
        return typed.Literal([], t.ArrayType(t.NullType(), containsNull=True))
    arguments, common = unified(request, request.arguments)
    nullable = any(argument.nullable for argument in arguments)
    return typed.Call("array", arguments, t.ArrayType(common, nullable), nullable=False)


def _map(request: Request) -> typed.Typed:
    arguments = request.arguments
    if len(arguments) % 2:
        raise AnalysisError(
            "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
            functionName="`map`",
            expectedNum="2n (n > 0)",
            actualNum=len(arguments),
            docroot=tools.DOCUMENTATION,
        )
    if not arguments:
        return typed.Literal({}, t.MapType(t.StringType(), t.StringType(), valueContainsNull=False))
    keys, key = unified(request, arguments[::2])
    if isinstance(key, t.NullType):
        raise ExecutionError("NULL_MAP_KEY")
    values, value = unified(request, arguments[1::2])
    made = tuple(part for pair in zip(keys, values, strict=True) for part in pair)
    kind = t.MapType(key, value, any(one.nullable for one in values))
    return typed.Call("map", made, kind, nullable=False, options=map_options(request))


def map_options(request: Request) -> tuple[tuple[str, bool], ...]:
    """Return the option that says what happens to a key that stands twice."""
    policy = request.conf("spark.sql.mapKeyDedupPolicy") or "EXCEPTION"
    return (("lastWins", policy.upper() == "LAST_WIN"),)


def map_kernel(kernel: object, **named: object) -> object:
    """Return a row's kernel that makes maps and knows the policy for doubled keys."""

    def build(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
        kind = to_arrow(call.type)
        last_wins = dict(call.options)["lastWins"]
        return call_vector(
            kernel, arguments, call.arguments, kind, to=kind, last_wins=last_wins, **named
        )

    return build


def _named_struct(request: Request) -> typed.Typed:
    pairs = list(zip(request.arguments[::2], request.arguments[1::2], strict=True))
    names = [_field_name(request, name) for name, _value in pairs]
    values = tuple(value for _name, value in pairs)
    return struct_call(names, values)


def struct_call(names: list[str], values: tuple[typed.Typed, ...]) -> typed.Call:
    """Return the call that makes a struct of named values."""
    fields = [
        t.StructField(name, value.type, value.nullable)
        for name, value in zip(names, values, strict=True)
    ]
    return typed.Call("named_struct", values, t.StructType(fields), nullable=False)


def _field_name(request: Request, name: typed.Typed) -> str:
    if isinstance(name, typed.Literal) and isinstance(name.value, str):
        return name.value
    raise AnalysisError(
        "DATATYPE_MISMATCH.CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING",
        sqlExpr=render.quoted(request.name, request.arguments),
        inputExprs=f'["{render.text(name)}"]',
    )


def _struct(request: Request) -> typed.Typed:
    names = [
        argument.name
        if isinstance(argument, typed.Attribute)
        else getattr(argument, "field", f"col{place}")
        for place, argument in enumerate(request.arguments, 1)
    ]
    return struct_call(names, request.arguments)


def _array_item(name: str, *, checked: bool) -> Row:
    """Return the row of an element by position from 0."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 2)
        array, index = request.arguments
        if not isinstance(array.type, t.ArrayType):
            raise tools.unexpected(request, 0, "ARRAY")
        target = INTEGRAL.target(index.type)
        if target is None:
            raise tools.unexpected(request, 1, "INTEGRAL")
        return typed.Call(name, (array, tools.cast_to(index, target)), array.type.elementType)

    return Row(
        name, rewrite=resolve, kernel=vector(structures.item, checked=checked), raises=checked
    )


def _map_key(request: Request) -> typed.Typed:
    """Return the key argument in the type the map's keys have."""
    value, key = request.arguments
    common = coercion.wider(key.type, value.type.keyType)
    if common is None:
        raise tools.unexpected(request, 1, value.type.keyType.simpleString().upper())
    return tools.cast_to(key, value.type.keyType, request.zone)


def _map_value(request: Request) -> typed.Typed:
    tools.need(request, 2)
    value = request.arguments[0]
    return typed.Call("get_map_value", (value, _map_key(request)), value.type.valueType)


def _element_at(name: str, *, checked: bool) -> Row:
    """Return the row of an element by position from 1, or of a map's value."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 2)
        value, key = request.arguments
        if isinstance(value.type, t.MapType):
            return _map_value(request)
        if not isinstance(value.type, t.ArrayType):
            raise tools.unexpected(request, 0, '("ARRAY" or "MAP")')
        target = INTEGRAL.target(key.type)
        if target is None:
            raise tools.unexpected(request, 1, "INT")
        index = tools.cast_to(key, target)
        return typed.Call(name, (value, index), value.type.elementType)

    return Row(
        name, rewrite=resolve, kernel=vector(structures.element_at, checked=checked), raises=True
    )


def _contains_key(request: Request) -> typed.Typed:
    tools.need(request, 2)
    if not isinstance(request.arguments[0].type, t.MapType):
        raise tools.unexpected(request, 0, "MAP")
    return typed.Call(
        "map_contains_key", (request.arguments[0], _map_key(request)), t.BooleanType()
    )


ROWS: tuple[Row, ...] = (
    Row("array", rewrite=_array, kernel=vector(structures.make_array, to=True), exact=True),
    Row("map", rewrite=_map, kernel=map_kernel(structures.make_map), exact=True, raises=True),
    alias("create_map", "map"),
    Row(
        "named_struct",
        rewrite=_named_struct,
        kernel=vector(structures.make_struct, to=True),
        exact=True,
    ),
    Row("struct", rewrite=_struct),
    _array_item("get_array_item", checked=True),
    _array_item("get", checked=False),
    Row("get_map_value", rewrite=_map_value, kernel=vector(structures.map_value)),
    _element_at("element_at", checked=True),
    _element_at("try_element_at", checked=False),
    Row("map_contains_key", rewrite=_contains_key, kernel=vector(structures.has_key), exact=True),
    Row(
        "get_array_field",
        kernel=vector(structures.array_field, constants=(1,), to=True),
        exact=True,
        reason="",
    ),
)
