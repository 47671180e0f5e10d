"""Functions over maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import AnalysisError, ExecutionError
from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions import coercion
from workbench.engine.functions.kernels import maps
from workbench.engine.functions.plain_text import plain_text
from workbench.engine.functions.promotion import different_types
from workbench.engine.functions.row import Request, Row
from workbench.engine.functions.themes.structures import map_kernel, map_options
from workbench.engine.functions.vectors import ALL, call_vector, vector
from workbench.engine.plan import typed

TEXT = t.StringType()


def map_of(request: Request, place: int = 0) -> t.MapType:
    """Return the type of an argument that must be a map.

    Raises
    ------
    AnalysisError
        ``DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE``.
    """
    kind = request.arguments[place].type
    if not isinstance(kind, t.MapType):
        raise tools.unexpected(request, place, "MAP")
    return kind


def _part(name: str, returns: Callable[[t.MapType], t.DataType], kernel: object) -> Row:
    """Return the row of an array of parts of a map."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 1)
        value = request.arguments[0]
        if isinstance(value.type, t.NullType):
            return typed.Literal(None, returns(t.MapType(t.NullType(), t.NullType())))
        return typed.Call(name, (value,), returns(map_of(request)), value.nullable)

    return Row(name, rewrite=resolve, kernel=vector(kernel, to=True), exact=True)


def _entry(kind: t.MapType) -> t.DataType:
    # Arrow has no field of NULL that may not be NULL.
    key = t.StructField("key", kind.keyType, nullable=isinstance(kind.keyType, t.NullType))
    value = t.StructField("value", kind.valueType, kind.valueContainsNull)
    return t.ArrayType(t.StructType([key, value]), containsNull=False)


def _keys(kind: t.MapType) -> t.DataType:
    return t.ArrayType(kind.keyType, containsNull=isinstance(kind.keyType, t.NullType))


def _from_arrays(request: Request) -> typed.Typed:
    tools.need(request, 2)
    for place, one in enumerate(request.arguments):
        if not isinstance(one.type, t.ArrayType):
            raise tools.unexpected(request, place, "ARRAY")
    keys, values = request.arguments
    kind = t.MapType(keys.type.elementType, values.type.elementType, values.type.containsNull)
    nullable = keys.nullable or values.nullable
    return typed.Call("map_from_arrays", request.arguments, kind, nullable, map_options(request))


def _from_entries(request: Request) -> typed.Typed:
    tools.need(request, 1)
    kind = request.arguments[0].type
    entry = kind.elementType if isinstance(kind, t.ArrayType) else None
    if not isinstance(entry, t.StructType) or len(entry) != 2:
        raise tools.unexpected(request, 0, "ARRAY<STRUCT<KEY, VALUE>>")
    if isinstance(entry[0].dataType, t.NullType):
        raise ExecutionError("NULL_MAP_KEY")
    made = t.MapType(entry[0].dataType, entry[1].dataType, entry[1].nullable)
    nullable = request.arguments[0].nullable or kind.containsNull
    return typed.Call("map_from_entries", request.arguments, made, nullable, map_options(request))


def _concat(request: Request) -> typed.Typed:
    if not request.arguments:
        return typed.Literal({}, t.MapType(TEXT, TEXT, valueContainsNull=False))
    request = _without_empty(request)
    kinds = [one.type for one in request.arguments]
    if not all(isinstance(kind, t.MapType) for kind in kinds):
        raise AnalysisError(
            "DATATYPE_MISMATCH.MAP_CONCAT_DIFF_TYPES",
            functionName="`map_concat`", dataType=", ".join(kind.simpleString().upper() for kind in kinds),
        )  # fmt: skip
    common = coercion.common_type(kinds)
    if common is None or _mixes_text([kind for kind in kinds if isinstance(kind, t.MapType)]):
        raise different_types(request)
    made = tuple(tools.cast_to(one, common, request.zone) for one in request.arguments)
    return typed.Call(
        "map_concat", made, common, any(one.nullable for one in made), map_options(request)
    )


def _without_empty(request: Request) -> Request:
    """Return the request without constant empty maps, whose keys have no type, where others stand."""
    kept = tuple(
        one for one in request.arguments if not (isinstance(one, typed.Literal) and one.value == {})
    )
    return replace(request, arguments=kept or request.arguments[:1])


def _mixes_text(kinds: list[t.MapType]) -> bool:
    """Return whether text stands beside something else: ``map_concat`` does not turn one into the other."""
    return any(
        len({coercion.is_string(kind) for kind in parts if not isinstance(kind, t.NullType)}) > 1
        for parts in ([kind.keyType for kind in kinds], [kind.valueType for kind in kinds])
    )


def _from_text(request: Request) -> typed.Typed:
    tools.need(request, 1, 3)
    defaults = (typed.Literal(",", TEXT), typed.Literal(":", TEXT))
    given = tuple(plain_text(request, place) for place in range(len(request.arguments)))
    made = (*given, *defaults[len(given) - 1 :])
    return typed.Call(
        "str_to_map",
        made,
        t.MapType(TEXT, TEXT),
        any(one.nullable for one in made),
        map_options(request),
    )


def _from_text_kernel(arguments: list, call: typed.Call) -> object:
    kind = to_arrow(call.type)
    last_wins = dict(call.options)["lastWins"]
    return call_vector(
        maps.from_text, arguments, call.arguments, kind, ALL[1:], to=kind, last_wins=last_wins
    )


ROWS: tuple[Row, ...] = (
    _part("map_keys", _keys, maps.keys_of),
    _part(
        "map_values",
        lambda kind: t.ArrayType(kind.valueType, kind.valueContainsNull),
        maps.values_of,
    ),
    _part("map_entries", _entry, maps.entries_of),
    Row(
        "map_from_arrays",
        rewrite=_from_arrays,
        kernel=map_kernel(maps.from_arrays),
        exact=True,
        raises=True,
    ),
    Row(
        "map_from_entries",
        rewrite=_from_entries,
        kernel=map_kernel(maps.from_entries),
        exact=True,
        raises=True,
    ),
    Row("map_concat", rewrite=_concat, kernel=map_kernel(maps.joined), exact=True, raises=True),
    Row("str_to_map", rewrite=_from_text, kernel=_from_text_kernel, exact=True, raises=True),
)
