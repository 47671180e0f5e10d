"""Functions that read and write JSON and CSV in a column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import datafusion
import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.base.ddl import parse_ddl, parse_type
from workbench.base.errors import AnalysisError, Unsupported
from workbench.engine.connectors.formats import columns
from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions import coercion, render
from workbench.engine.functions.kernels import json_objects
from workbench.engine.functions.kernels.texts import by_row
from workbench.engine.functions.kernels.type_text import type_text
from workbench.engine.functions.plain_text import PLAIN_TEXT, plain_text
from workbench.engine.functions.row import Request, Row, scalar
from workbench.engine.functions.themes.structures import struct_call
from workbench.engine.functions.vectors import call_vector, vector
from workbench.engine.plan import typed

TEXT = t.StringType()
NESTED = (t.StructType, t.ArrayType, t.MapType)
INTERVALS = (t.DayTimeIntervalType, t.YearMonthIntervalType, t.CalendarIntervalType)
KEYS = t.ArrayType(TEXT, containsNull=True)


def options_of(request: Request, place: int) -> dict[str, str]:
    """Return the options an argument gives: a map of constants.

    Raises
    ------
    AnalysisError
        ``INVALID_OPTIONS.NON_MAP_FUNCTION``.
    """
    if place >= len(request.arguments):
        return {}
    given = request.arguments[place]
    if isinstance(given, typed.Literal) and isinstance(given.value, dict):
        return {str(key): str(value) for key, value in given.value.items()}
    parts = given.arguments if isinstance(given, typed.Call) and given.function == "map" else ()
    if not parts or not all(isinstance(part, typed.Literal) for part in parts):
        raise AnalysisError("INVALID_OPTIONS.NON_MAP_FUNCTION")
    values = [str(part.value) for part in parts]
    return dict(zip(values[::2], values[1::2], strict=True))


def all_nullable(kind: t.DataType) -> t.DataType:
    """Return the type with every part nullable: what stands in a text may always be missing."""
    if isinstance(kind, t.ArrayType):
        return t.ArrayType(all_nullable(kind.elementType), containsNull=True)
    if isinstance(kind, t.MapType):
        return t.MapType(
            all_nullable(kind.keyType), all_nullable(kind.valueType), valueContainsNull=True
        )
    if isinstance(kind, t.StructType):
        return t.StructType(
            [t.StructField(f.name, all_nullable(f.dataType), nullable=True) for f in kind.fields]
        )
    return kind


def _call(
    request: Request, value: typed.Typed, kind: t.DataType, given: dict[str, str], *, nullable: bool
) -> typed.Call:
    options = (("options", tuple(sorted(given.items()))), ("timeZone", request.zone))
    return typed.Call(request.name, (value,), kind, nullable, options)


def _read(name: str, parse: Callable[[str], t.DataType], roots: tuple[type, ...]) -> Row:
    """Return the row of ``from_json`` or ``from_csv``."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 2, 3)
        given = options_of(request, 2)
        if given.get("mode", "").upper() == "DROPMALFORMED":
            raise AnalysisError(
                "PARSE_MODE_UNSUPPORTED", funcName=f"`{name}`", mode="DROPMALFORMED"
            )
        kind = _schema(request, parse)
        if not isinstance(kind, roots):
            raise _wrong_schema(request, kind)
        _check_parts(request, kind)
        return _call(request, plain_text(request, 0), kind, given, nullable=True)

    return Row(name, rewrite=resolve, kernel=_kernel(name), exact=True, per_row=name == "from_json")


def _schema(request: Request, parse: Callable[[str], t.DataType]) -> t.DataType:
    text = tools.constant(request, 1, "STRING")
    if not isinstance(text, str):
        raise AnalysisError("INVALID_SCHEMA.NON_STRING_LITERAL", inputSchema='"NULL"')
    return all_nullable(parse(text))


def _check_parts(request: Request, kind: t.DataType) -> None:
    """Refuse what a text cannot hold: arrays and maps in CSV, keys that are no text in JSON."""
    if request.name == "from_csv":
        for field in kind.fields:
            if isinstance(field.dataType, NESTED):
                raise Unsupported("UNSUPPORTED_DATATYPE", typeName=render.type_text(field.dataType))
    elif any(not coercion.is_string(key) for key in _keys(kind)):
        raise AnalysisError(
            "DATATYPE_MISMATCH.INVALID_JSON_MAP_KEY_TYPE",
            sqlExpr=render.quoted(request.name, request.arguments[:1]),
            schema=render.type_text(kind),
        )


def _keys(kind: t.DataType) -> list[t.DataType]:
    """Return the types of all maps' keys in a type."""
    if isinstance(kind, t.MapType):
        return [kind.keyType, *_keys(kind.valueType)]
    if isinstance(kind, t.ArrayType):
        return _keys(kind.elementType)
    if isinstance(kind, t.StructType):
        return [key for field in kind.fields for key in _keys(field.dataType)]
    return []


def _as_text(request: Request, value: typed.Typed, kinds: tuple[type, ...]) -> typed.Typed:
    """Return the struct with fields of some kinds cast to text."""
    if not isinstance(value.type, t.StructType):
        return value
    if not any(isinstance(field.dataType, kinds) for field in value.type.fields):
        return value
    parts = tuple(
        typed.GetField(value, field.name, field.dataType, field.nullable or value.nullable)
        for field in value.type.fields
    )
    texts = tuple(
        typed.Cast(part, TEXT, zone=request.zone) if isinstance(part.type, kinds) else part
        for part in parts
    )
    made = struct_call(value.type.names, texts)
    if not value.nullable:
        return made
    missing = typed.Literal(None, made.type)
    return typed.Case(((request.call("isnull", value), missing),), made, made.type)


def _wrong_schema(request: Request, kind: t.DataType) -> AnalysisError:
    return AnalysisError(
        "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA",
        sqlExpr=render.quoted(request.name, request.arguments[:1]),
        schema=render.type_text(kind),
    )


def _write(name: str, roots: tuple[type, ...]) -> Row:
    """Return the row of ``to_json`` or ``to_csv``."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 1, 2)
        value = request.arguments[0]
        if isinstance(value.type, t.NullType):
            return typed.Literal(None, TEXT)
        if not isinstance(value.type, roots):
            raise (
                _wrong_schema(request, value.type)
                if name == "to_json"
                else tools.unexpected(request, 0, "STRUCT")
            )
        if any(isinstance(key, NESTED) for key in _keys(value.type)) and name == "to_json":
            reason = "a map's key that is an array, a map or a struct has no form in JSON here"
            raise Unsupported("UNSUPPORTED_FEATURE.FUNCTION", functionName=name, reason=reason)
        value = _as_text(request, value, INTERVALS if name == "to_json" else (*NESTED, *INTERVALS))
        return _call(request, value, TEXT, options_of(request, 1), nullable=value.nullable)

    return Row(name, rewrite=resolve, kernel=_kernel(name))


KERNELS: dict[str, Any] = {
    "from_json": columns.read_json,
    "to_json": columns.write_json,
    "from_csv": columns.read_csv,
    "to_csv": columns.write_csv,
}


def _kernel(name: str) -> Callable[[list[datafusion.Expr], typed.Call], datafusion.Expr]:
    def build(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
        options = dict(call.options)
        kind = call.type if name.startswith("from") else call.arguments[0].type
        given, zone = dict(options["options"]), options["timeZone"]

        def run(values: pa.Array) -> pa.Array:
            return KERNELS[name](values, kind, given, zone)

        return call_vector(run, arguments, call.arguments, to_arrow(call.type))

    return build


def _schema_of(name: str, find: Callable[..., t.DataType]) -> Row:
    """Return the row of the type of a constant text."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 1, 2)
        text = tools.constant(request, 0, "STRING")
        if text is None:
            raise AnalysisError(
                "DATATYPE_MISMATCH.UNEXPECTED_NULL",
                sqlExpr=render.quoted(name, request.arguments),
                exprName="json",
            )
        return typed.Literal(type_text(find(str(text), options_of(request, 1), request.zone)), TEXT)

    return Row(name, rewrite=resolve)


def _get_object(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    return call_vector(
        by_row(json_objects.get_object), arguments, call.arguments, pa.string(), constants=(1,)
    )


ROWS: tuple[Row, ...] = (
    _read("from_json", parse_type, NESTED),
    _read("from_csv", parse_ddl, (t.StructType,)),
    _write("to_json", NESTED),
    _write("to_csv", (t.StructType,)),
    _schema_of("schema_of_json", columns.type_of_json),
    _schema_of("schema_of_csv", columns.type_of_csv),
    scalar("get_json_object", (PLAIN_TEXT, PLAIN_TEXT), TEXT, _get_object, per_row=True, nullable=True),
    scalar(
        "json_array_length", (PLAIN_TEXT,), t.IntegerType(),
        vector(by_row(json_objects.array_length, pa.int32())), per_row=True, nullable=True,
    ),
    scalar(
        "json_object_keys", (PLAIN_TEXT,), KEYS,
        vector(by_row(json_objects.object_keys, to_arrow(KEYS))), per_row=True, nullable=True,
    ),
)  # fmt: skip
