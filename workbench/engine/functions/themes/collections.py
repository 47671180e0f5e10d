"""Functions over arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import datafusion
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import AnalysisError
from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions import coercion, render
from workbench.engine.functions.kernels import collections, sequences, sets
from workbench.engine.functions.row import Request, Row
from workbench.engine.functions.vectors import call_vector, vector
from workbench.engine.plan import typed

INT, BOOL, TEXT = t.IntegerType(), t.BooleanType(), t.StringType()
Resolve = Callable[[Request], typed.Typed]


def element_of(request: Request, place: int = 0) -> t.ArrayType:
    """Return the type of an argument that must be an array.

    Raises
    ------
    AnalysisError
        ``DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE``.
    """
    kind = request.arguments[place].type
    if not isinstance(kind, t.ArrayType):
        raise tools.unexpected(request, place, "ARRAY")
    return kind


def lists_for_null(request: Request, *places: int) -> Request:
    """Return the request with an array of nothing where a plain NULL stands at these places."""
    nothing = t.ArrayType(t.NullType())
    made = tuple(
        typed.Literal(None, nothing)
        if place in places and isinstance(one.type, t.NullType)
        else one
        for place, one in enumerate(request.arguments)
    )
    return replace(request, arguments=made)


def may_be_null(arguments: tools.Arguments) -> bool:
    """Return whether any argument can be NULL."""
    return any(argument.nullable for argument in arguments)


def meeting(left: t.DataType, right: t.DataType) -> t.DataType | None:
    """Return the type both meet in without text becoming anything else, or None."""
    if coercion.is_string(left) != coercion.is_string(right) and t.NullType() not in (left, right):
        return None
    return coercion.wider(left, right)


def _with_item(
    request: Request, array: int, item: int
) -> tuple[typed.Typed, typed.Typed, t.ArrayType]:
    """Return the array and the value beside it, cast to one element type."""
    listed, value = request.arguments[array], request.arguments[item]
    kind = listed.type
    common = meeting(kind.elementType, value.type) if isinstance(kind, t.ArrayType) else None
    if common is None:
        found = ", ".join(render.type_text(one.type) for one in (listed, value))
        raise AnalysisError(
            "DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES",
            sqlExpr=render.quoted(request.name, request.arguments),
            functionName=f"`{request.name}`", dataType='"ARRAY"', leftType=found, rightType="",
        )  # fmt: skip
    target = t.ArrayType(common, kind.containsNull)
    return tools.cast_to(listed, target), tools.cast_to(value, common), target


def _search(name: str, returns: Callable[[t.ArrayType], t.DataType], kernel: Any) -> Row:
    """Return the row of a function of an array and a value to look for."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 2)
        refused = {"array_contains": (0, 1), "array_position": (0,)}.get(name, ())
        if any(isinstance(request.arguments[place].type, t.NullType) for place in refused):
            raise AnalysisError(
                "DATATYPE_MISMATCH.NULL_TYPE",
                sqlExpr=render.quoted(name, request.arguments), functionName=f"`{name}`",
            )  # fmt: skip
        listed, value, kind = _with_item(request, 0, 1)
        return typed.Call(name, (listed, value), returns(kind), nullable=True)

    return Row(name, rewrite=resolve, kernel=kernel)


def _ends(name: str, *, first: bool) -> Row:
    """Return the row that adds a value at one end."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 2)
        if isinstance(request.arguments[0].type, t.NullType):
            raise tools.unexpected(request, 0, "ARRAY")
        listed, value, kind = _with_item(request, 0, 1)
        made = t.ArrayType(kind.elementType, kind.containsNull or value.nullable)
        return typed.Call(name, (listed, value), made, listed.nullable)

    return Row(
        name,
        rewrite=resolve,
        kernel=vector(collections.with_ends, to=True, first=first),
        exact=True,
    )


def _insert(request: Request) -> typed.Typed:
    tools.need(request, 3)
    listed, value, kind = _with_item(request, 0, 2)
    if not isinstance(request.arguments[1].type, (t.ByteType, t.ShortType, t.IntegerType)):
        raise tools.unexpected(request, 1, "INT")
    place = tools.cast_to(request.arguments[1], INT)
    made = t.ArrayType(kind.elementType, containsNull=True)
    return typed.Call("array_insert", (listed, place, value), made, may_be_null((listed, place)))


def _binary(name: str, kernel: Any, *, returns: t.DataType | None = None) -> Row:
    """Return the row of a function of two arrays of one type."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 2)
        left, right = request.arguments
        both = all(isinstance(one.type, t.ArrayType) for one in request.arguments)
        common = coercion.wider(left.type, right.type) if both else None
        if not isinstance(common, t.ArrayType) or _mixes_text(left.type, right.type):
            raise AnalysisError(
                "DATATYPE_MISMATCH.BINARY_ARRAY_DIFF_TYPES",
                sqlExpr=render.quoted(name, request.arguments), functionName=f"`{name}`",
                arrayType='"ARRAY"', leftType=render.type_text(left.type), rightType=render.type_text(right.type),
            )  # fmt: skip
        made = (tools.cast_to(left, common), tools.cast_to(right, common))
        return typed.Call(
            name, made, returns or common, nullable=returns is not None or may_be_null(made)
        )

    return Row(name, rewrite=resolve, kernel=kernel, exact=True)


def _mixes_text(left: t.DataType, right: t.DataType) -> bool:
    both = isinstance(left, t.ArrayType) and isinstance(right, t.ArrayType)
    return both and meeting(left.elementType, right.elementType) is None


def _same(name: str, kernel: Any) -> Row:
    """Return the row of a function that gives an array of its argument's type."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 1)
        request = lists_for_null(request, 0)
        listed = request.arguments[0]
        return typed.Call(name, (listed,), element_of(request), listed.nullable)

    return Row(name, rewrite=resolve, kernel=kernel, exact=True)


def _compact(request: Request) -> typed.Typed:
    tools.need(request, 1)
    request = lists_for_null(request, 0)
    kind = t.ArrayType(element_of(request).elementType, containsNull=False)
    return typed.Call("array_compact", request.arguments, kind, request.arguments[0].nullable)


def _extreme(name: str, *, largest: bool) -> Row:
    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 1)
        request = lists_for_null(request, 0)
        kind = element_of(request)
        _need_order(request, kind)
        return typed.Call(name, request.arguments, kind.elementType, nullable=True)

    return Row(name, rewrite=resolve, kernel=vector(collections.extreme, largest=largest))


def _need_order(request: Request, kind: t.ArrayType) -> None:
    if not tools.orderable(kind.elementType):
        raise AnalysisError(
            "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
            sqlExpr=render.quoted(request.name, request.arguments),
            functionName=f"`{request.name}`",
            dataType=render.type_text(kind),
        )


def _size(name: str) -> Row:
    """Return the row of a size; NULL has none (Spark: ``Size`` under ANSI)."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 1)
        value = request.arguments[0]
        if isinstance(value.type, t.NullType):
            return typed.Literal(None, INT)
        accepted = t.ArrayType if name == "array_size" else (t.ArrayType, t.MapType)
        if not isinstance(value.type, accepted):
            raise tools.unexpected(
                request, 0, "ARRAY" if name == "array_size" else '("ARRAY" or "MAP")'
            )
        return typed.Call("size", (value,), INT, value.nullable)

    return Row(name, rewrite=resolve, kernel=vector(collections.size))


def _repeat(request: Request) -> typed.Typed:
    tools.need(request, 2)
    value, count = request.arguments
    if coercion.is_string(count.type):
        raise tools.unexpected(request, 1, "INT")
    count = tools.cast_to(count, INT)
    return typed.Call(
        "array_repeat", (value, count), t.ArrayType(value.type, value.nullable), count.nullable
    )


def _slice(request: Request) -> typed.Typed:
    tools.need(request, 3)
    request = lists_for_null(request, 0)
    kind = element_of(request)
    made = (request.arguments[0], *(tools.cast_to(one, INT) for one in request.arguments[1:]))
    return typed.Call("slice", made, kind, may_be_null(made))


def _flatten(request: Request) -> typed.Typed:
    tools.need(request, 1)
    kind = element_of(request)
    if not isinstance(kind.elementType, t.ArrayType):
        raise tools.unexpected(request, 0, "ARRAY<ARRAY>")
    nullable = request.arguments[0].nullable or kind.containsNull
    return typed.Call("flatten", request.arguments, kind.elementType, nullable)


def _sort(request: Request) -> typed.Typed:
    tools.need(request, 1, 2)
    request = lists_for_null(request, 0)
    listed, *rest = request.arguments
    _need_order(request, element_of(request))
    ascending = rest[0] if rest else typed.Literal(True, BOOL)
    if not isinstance(ascending.type, t.BooleanType):
        raise tools.unexpected(request, 1, "BOOLEAN")
    return typed.Call("sort_array", (listed, ascending), listed.type, listed.nullable)


def _zip(request: Request) -> typed.Typed:
    request = lists_for_null(request, *range(len(request.arguments)))
    kinds = [element_of(request, place) for place in range(len(request.arguments))]
    names = [
        one.name if isinstance(one, typed.Attribute) else getattr(one, "field", str(place))
        for place, one in enumerate(request.arguments)
    ]
    fields = [
        t.StructField(name, kind.elementType, nullable=True)
        for name, kind in zip(names, kinds, strict=True)
    ]
    made = t.ArrayType(t.StructType(fields), containsNull=False)
    if not request.arguments:
        return typed.Literal([], made)
    return typed.Call("arrays_zip", request.arguments, made, may_be_null(request.arguments))


def _join(request: Request) -> typed.Typed:
    tools.need(request, 2, 3)
    request = lists_for_null(request, 0)
    element_of(request)
    listed, *rest = request.arguments
    made = (tools.cast_to(listed, t.ArrayType(TEXT)), *(tools.cast_to(one, TEXT) for one in rest))
    return typed.Call("array_join", made, TEXT, may_be_null(made))


def _shuffle(request: Request) -> typed.Typed:
    tools.need(request, 1, 2)
    seed = tools.constant(request, 1, "BIGINT") if len(request.arguments) > 1 else None
    request = lists_for_null(request, 0)
    kind = element_of(request)
    return typed.Call(
        "shuffle", request.arguments[:1], kind, request.arguments[0].nullable, (("seed", seed),)
    )


def _shuffle_kernel(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    kernel: Any = collections.shuffled(dict(call.options)["seed"])
    return call_vector(
        kernel, arguments, call.arguments, to_arrow(call.type), volatility="volatile"
    )


def _sequence(request: Request) -> typed.Typed:
    tools.need(request, 2, 3)
    start, stop, *step = request.arguments
    mixed = coercion.is_string(start.type) != coercion.is_string(stop.type)
    common = (coercion.wider if mixed else coercion.tightest)(start.type, stop.type)
    if common is None or not isinstance(common, (t.IntegralType, *coercion.DATETIMES)):
        raise AnalysisError(
            "DATATYPE_MISMATCH.SEQUENCE_WRONG_INPUT_TYPES",
            sqlExpr=render.quoted("sequence", request.arguments), functionName="`sequence`",
            startType='("TIMESTAMP" or "TIMESTAMP_NTZ" or "DATE")',
            stepType='("INTERVAL" or "INTERVAL YEAR TO MONTH" or "INTERVAL DAY TO SECOND")',
            otherStartType='"INTEGRAL"',
        )  # fmt: skip
    if coercion.is_integral(common) and step:
        common = coercion.tightest(common, step[0].type) or common
        step = [tools.cast_to(step[0], common)]
    made = (
        tools.cast_to(start, common, request.zone),
        tools.cast_to(stop, common, request.zone),
        *step,
    )
    zone = (("timeZone", request.zone),)
    return typed.Call(
        "sequence", made, t.ArrayType(common, containsNull=False), may_be_null(made), zone
    )


def _array_sort(request: Request) -> typed.Typed:
    """Return the sort without a comparator; the lambdas' theme has the other."""
    if len(request.arguments) > 1:
        return request.call("array_sort_by", *request.arguments)
    tools.need(request, 1)
    _need_order(request, element_of(request))
    listed = request.arguments[0]
    return typed.Call(
        "array_sort", (listed, typed.Literal(True, BOOL)), listed.type, listed.nullable
    )


ROWS: tuple[Row, ...] = (
    _search("array_contains", lambda _kind: BOOL, vector(collections.contains)),
    _search("array_position", lambda _kind: t.LongType(), vector(collections.position)),
    _search("array_remove", lambda kind: kind, vector(collections.removed, to=True)),
    _ends("array_append", first=False),
    _ends("array_prepend", first=True),
    Row(
        "array_insert",
        rewrite=_insert,
        kernel=vector(collections.inserted, to=True),
        exact=True,
        raises=True,
    ),
    Row(
        "array_compact", rewrite=_compact, kernel=vector(collections.compacted, to=True), exact=True
    ),
    _same("array_distinct", vector(collections.distinct, to=True)),
    _binary("array_union", vector(sets.union, to=True)),
    _binary("array_intersect", vector(sets.intersection, to=True)),
    _binary("array_except", vector(sets.difference, to=True)),
    _binary("arrays_overlap", vector(sets.overlap), returns=BOOL),
    _extreme("array_min", largest=False),
    _extreme("array_max", largest=True),
    _size("size"),
    _size("cardinality"),
    _size("array_size"),
    Row(
        "array_repeat",
        rewrite=_repeat,
        kernel=vector(collections.repeated, to=True),
        exact=True,
        raises=True,
    ),
    Row("slice", rewrite=_slice, kernel=vector(collections.cut, to=True), exact=True, raises=True),
    Row("flatten", rewrite=_flatten, kernel=vector(collections.flattened, to=True), exact=True),
    Row(
        "sort_array",
        rewrite=_sort,
        kernel=vector(collections.ordered, to=True, nulls_first=True),
        exact=True,
    ),
    Row(
        "array_sort",
        rewrite=_array_sort,
        kernel=vector(collections.ordered, to=True, nulls_first=False),
        exact=True,
    ),
    Row("arrays_zip", rewrite=_zip, kernel=vector(collections.zipped, to=True), exact=True),
    Row("array_join", rewrite=_join, kernel=vector(collections.joined, constants=(1, 2))),
    Row("shuffle", rewrite=_shuffle, kernel=_shuffle_kernel),
    Row(
        "sequence",
        rewrite=_sequence,
        kernel=vector(sequences.sequence, to=True, zone=True),
        exact=True,
        raises=True,
    ),
)
