"""Functions over text and bytes."""

from __future__ import annotations

from typing import Any

import datafusion
import pyarrow as pa
from datafusion import functions as f
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions import coercion
from workbench.engine.functions.kernels import charsets, lists, numerals, printf, texts
from workbench.engine.functions.kinds import (
    BINARY,
    DECIMAL,
    INT,
    LONG,
    STRING,
    TEXT_OR_BYTES,
    Kind,
    one_of,
)
from workbench.engine.functions.promotion import different_types, unified
from workbench.engine.functions.row import Request, Row, alias, rewritten, scalar
from workbench.engine.functions.themes.conditionals import case
from workbench.engine.functions.vectors import ALL, call_vector, native, vector
from workbench.engine.plan import typed

TEXT, BYTES, BOOL, INT_TYPE = t.StringType(), t.BinaryType(), t.BooleanType(), t.IntegerType()
LONGEST = 2**31 - 1
by_row = texts.by_row


def _trim(name: str, side: str) -> Row:
    """Return the row of a trim; with two arguments the characters come first, as in Spark."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 1, 2)
        characters, text = (typed.Literal(" ", TEXT), request.arguments[0])
        if len(request.arguments) > 1:
            characters, text = request.arguments
        made = tuple(tools.cast_to(one, TEXT, request.zone) for one in (text, characters))
        return typed.Call(name, made, TEXT, any(one.nullable for one in made))

    return Row(name, rewrite=resolve, kernel=vector(texts.trim(side), constants=(1,)))


def _concat(request: Request) -> typed.Typed:
    if not request.arguments:
        return typed.Literal("", TEXT)
    kinds = [argument.type for argument in request.arguments]
    if any(isinstance(kind, t.ArrayType) for kind in kinds):
        if any(isinstance(kind, t.NullType) for kind in kinds):
            raise different_types(request)
        arguments, common = unified(request, request.arguments)
    elif all(isinstance(kind, (t.BinaryType, t.NullType)) for kind in kinds):
        common = BYTES
        arguments = tuple(tools.cast_to(one, BYTES) for one in request.arguments)
    else:
        common = TEXT
        arguments = tuple(tools.cast_to(one, TEXT, request.zone) for one in request.arguments)
    return typed.Call("concat", arguments, common, any(one.nullable for one in arguments))


def _concat_kernel(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    out = to_arrow(call.type)
    if isinstance(call.type, t.ArrayType):
        return call_vector(lists.concatenated, arguments, call.arguments, out, to=out)
    return call_vector(texts.joined, arguments, call.arguments, out, ALL)


def _concat_ws(request: Request) -> typed.Typed:
    tools.need(request, 1, 10_000)
    separator, *rest = request.arguments
    made = [tools.cast_to(separator, TEXT)]
    for one in rest:
        is_list = isinstance(one.type, t.ArrayType)
        made.append(tools.cast_to(one, t.ArrayType(TEXT, True) if is_list else TEXT, request.zone))
    return typed.Call("concat_ws", tuple(made), TEXT, separator.nullable)


def _elt(request: Request) -> typed.Typed:
    tools.need(request, 2, 10_000)
    index, *values = request.arguments
    is_bytes = all(isinstance(value.type, t.BinaryType) for value in values)
    kind = BYTES if is_bytes else TEXT
    made = [tools.cast_to(value, kind, request.zone) for value in values]
    places = [typed.Literal(place, INT_TYPE) for place in range(1, len(values) + 1)]
    index = tools.cast_to(index, INT_TYPE)
    conditions = tuple(request.call("==", index, place) for place in places)
    return case(request, conditions, (*made, typed.Literal(None, kind)))


def _decode(request: Request) -> typed.Typed:
    """``decode(bytes, charset)``, or with more arguments Oracle's: compare with each search, give its result."""
    tools.need(request, 2, 10_000)
    if len(request.arguments) == 2:
        value, charset = request.arguments
        made = (tools.cast_to(value, BYTES), tools.cast_to(charset, TEXT))
        return typed.Call("decode", made, TEXT, any(one.nullable for one in made))
    value, *rest = request.arguments
    default = rest.pop() if len(rest) % 2 else typed.Literal(None, t.NullType())
    conditions = tuple(request.call("<=>", value, search) for search in rest[::2])
    return case(request, conditions, (*rest[1::2], default))


def _pad(name: str, *, at_left: bool) -> Row:
    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 2, 3)
        value, size, *rest = request.arguments
        is_bytes = isinstance(value.type, t.BinaryType)
        kind = BYTES if is_bytes else TEXT
        filler = rest[0] if rest else typed.Literal(b"\0" if is_bytes else " ", kind)
        made = (
            tools.cast_to(value, kind, request.zone),
            tools.cast_to(size, INT_TYPE),
            tools.cast_to(filler, kind),
        )
        return typed.Call(name, made, kind, any(one.nullable for one in made))

    return Row(name, rewrite=resolve, kernel=vector(texts.pad, constants=(1, 2), at_left=at_left))


def _same_bytes(arguments: tools.Arguments) -> t.DataType:
    return BYTES if isinstance(arguments[0].type, t.BinaryType) else TEXT


def _locate(request: Request) -> typed.Typed:
    tools.need(request, 2, 3)
    part, text, *rest = request.arguments
    if not rest:
        return request.call("instr", text, part)
    made = (tools.cast_to(part, TEXT), tools.cast_to(text, TEXT), tools.cast_to(rest[0], INT_TYPE))
    return typed.Call("locate", made, INT_TYPE, any(one.nullable for one in made[:2]))


def _substring(request: Request) -> typed.Typed:
    tools.need(request, 2, 3)
    value, start, *rest = request.arguments
    size = rest[0] if rest else typed.Literal(LONGEST, INT_TYPE)
    target = TEXT_OR_BYTES.target(value.type)
    if target is None:
        raise tools.unexpected(request, 0, "STRING")
    made = (
        tools.cast_to(value, target),
        tools.cast_to(start, INT_TYPE),
        tools.cast_to(size, INT_TYPE),
    )
    return typed.Call("substring", made, target, any(one.nullable for one in made))


def _reverse(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    out = to_arrow(call.type)
    return call_vector(_REVERSE[type(call.type)], arguments, call.arguments, out)


_REVERSE = {
    t.ArrayType: lists.reversed_lists,
    t.StringType: texts.reversed_text,
    t.BinaryType: texts.reversed_bytes,
}


def _search(name: str, function: Any) -> Row:
    """Return the row of a test whether text (or bytes) holds a part."""

    def build(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
        if isinstance(call.arguments[0].type, t.BinaryType):
            test = {
                "contains": bytes.__contains__,
                "startswith": bytes.startswith,
                "endswith": bytes.endswith,
            }[name]
            return call_vector(by_row(test, pa.bool_()), arguments, call.arguments, pa.bool_())
        return function(*arguments)

    return scalar(name, (TEXT_OR_BYTES, TEXT_OR_BYTES), BOOL, build)


def per_row(
    name: str, kinds: tuple[Any, ...], returns: t.DataType, function: Any, **more: Any
) -> Row:
    """Return the row of a Python function of single values."""
    return scalar(
        name, kinds, returns, vector(by_row(function, to_arrow(returns))), per_row=True, **more
    )


def _levenshtein(request: Request) -> typed.Typed:
    tools.need(request, 2, 3)
    kinds = (TEXT, TEXT, INT_TYPE)
    made = tuple(
        tools.cast_to(one, kind) for one, kind in zip(request.arguments, kinds, strict=False)
    )
    return typed.Call("levenshtein", made, INT_TYPE, any(one.nullable for one in made))


def _levenshtein_kernel(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    function = texts.levenshtein if len(arguments) == 2 else texts.bounded_levenshtein
    if len(arguments) == 2:
        return f.levenshtein(*arguments)
    return call_vector(by_row(function, pa.int32()), arguments, call.arguments, pa.int32())


def _format_number(request: Request) -> typed.Typed:
    tools.need(request, 2)
    value, shape = request.arguments
    if not coercion.is_numeric(value.type):
        value = tools.cast_to(value, t.DoubleType())
    kind = TEXT if coercion.is_string(shape.type) else INT_TYPE
    return typed.Call("format_number", (value, tools.cast_to(shape, kind)), TEXT, nullable=True)


PRINTABLE = Kind("ANY", lambda _kind: True)
SENTENCES = t.ArrayType(t.ArrayType(TEXT, containsNull=False), containsNull=False)


def _to_char(name: str) -> Row:
    """Return the row of ``to_char`` or ``to_varchar``: a number, a time or bytes by a format."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 2)
        value, shape = request.arguments
        if isinstance(value.type, (t.DateType, t.TimestampType, t.TimestampNTZType)):
            return request.call("date_format", value, shape)
        if isinstance(value.type, t.BinaryType):
            made = (value, tools.cast_to(shape, TEXT))
            return typed.Call("to_char_binary", made, TEXT, nullable=True)
        value = tools.cast_to(value, DECIMAL.target(value.type) or t.DecimalType(38, 18))
        return typed.Call("to_char", (value, tools.cast_to(shape, TEXT)), TEXT, nullable=True)

    return Row(
        name,
        rewrite=resolve,
        kernel=vector(numerals.to_char, constants=(1,)),
        per_row=True,
        raises=True,
    )


def _to_number(name: str, *, is_try: bool) -> Row:
    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 2)
        text, shape = request.arguments
        pattern = tools.constant(request, 1, "STRING")
        precision, scale = numerals.digits_of(str(pattern))
        made = (tools.cast_to(text, TEXT), shape)
        return typed.Call(name, made, t.DecimalType(precision, scale), nullable=True)

    kernel = vector(numerals.to_number, constants=(1,), to=True, is_try=is_try)
    return Row(name, rewrite=resolve, kernel=kernel, per_row=True, raises=not is_try)


def _to_binary(name: str, *, is_try: bool) -> Row:
    kernel = vector(charsets.to_binary, constants=(1,), is_try=is_try)
    return scalar(
        name,
        (STRING, STRING),
        BYTES,
        kernel,
        defaults=("hex",),
        per_row=True,
        nullable=True,
        raises=not is_try,
    )


def _random_text(request: Request) -> typed.Typed:
    tools.need(request, 1, 2)
    size = tools.constant(request, 0, "INT")
    seed = tools.constant(request, 1, "BIGINT") if len(request.arguments) > 1 else None
    return typed.Call(
        "randstr", (), TEXT, nullable=False, options=(("length", size), ("seed", seed))
    )


def _random_text_kernel(_arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    options = dict(call.options)
    function = datafusion.udf(
        charsets.random_texts(options["length"], options["seed"]),
        [pa.float64()],
        pa.string(),
        "volatile",
        charsets.fresh_name("randstr"),
    )
    return function(f.random())


def _collation(request: Request) -> typed.Typed:
    tools.need(request, 1)
    return typed.Literal("SYSTEM.BUILTIN.UTF8_BINARY", TEXT)


ROWS: tuple[Row, ...] = (
    scalar("upper", (STRING,), TEXT, native(f.upper)),
    alias("ucase", "upper"),
    scalar("lower", (STRING,), TEXT, native(f.lower)),
    alias("lcase", "lower"),
    scalar("initcap", (STRING,), TEXT, vector(texts.title)),
    scalar("ascii", (STRING,), INT_TYPE, vector(texts.first_code)),
    scalar("char", (LONG,), TEXT, vector(texts.character)),
    alias("chr", "char"),
    scalar("length", (TEXT_OR_BYTES,), INT_TYPE, vector(texts.length)),
    alias("char_length", "length"),
    alias("character_length", "length"),
    alias("len", "length"),
    scalar("octet_length", (TEXT_OR_BYTES,), INT_TYPE, vector(texts.byte_length)),
    scalar("bit_length", (TEXT_OR_BYTES,), INT_TYPE, vector(texts.byte_length, times=8)),
    _trim("trim", "both"),
    _trim("ltrim", "left"),
    _trim("rtrim", "right"),
    scalar(
        "btrim", (STRING, STRING), TEXT, vector(texts.trim("both"), constants=(1,)), defaults=(" ",)
    ),
    Row("concat", rewrite=_concat, kernel=_concat_kernel),
    alias("||", "concat"),
    Row("concat_ws", rewrite=_concat_ws, kernel=vector(texts.joined_with, constants=(0,))),
    _search("contains", f.contains),
    _search("startswith", f.starts_with),
    _search("endswith", f.ends_with),
    rewritten("elt", _elt),
    Row("decode", rewrite=_decode, kernel=vector(charsets.decode, constants=(1,)), raises=True),
    scalar("encode", (STRING, STRING), BYTES, vector(charsets.encode, constants=(1,)), raises=True),
    scalar("base64", (BINARY,), TEXT, vector(texts.to_base64)),
    scalar("unbase64", (STRING,), BYTES, vector(charsets.from_base64), raises=True),
    per_row("find_in_set", (STRING, STRING), INT_TYPE, texts.find_in_set),
    scalar("instr", (STRING, STRING), INT_TYPE, vector(texts.instr, constants=(1,))),
    Row("locate", rewrite=_locate, kernel=vector(texts.locate)),
    alias("position", "locate"),
    alias("charindex", "locate"),
    scalar("left", (TEXT_OR_BYTES, INT), _same_bytes, vector(texts.left, constants=(1,))),
    scalar("right", (STRING, INT), TEXT, vector(texts.right, constants=(1,))),
    Row("substring", rewrite=_substring, kernel=vector(texts.substring, constants=(1, 2))),
    alias("substr", "substring"),
    Row("levenshtein", rewrite=_levenshtein, kernel=_levenshtein_kernel),
    _pad("lpad", at_left=True),
    _pad("rpad", at_left=False),
    scalar("repeat", (STRING, INT), TEXT, vector(texts.repeat)),
    scalar(
        "replace",
        (STRING, STRING, STRING),
        TEXT,
        vector(texts.replaced, constants=(1, 2)),
        defaults=("",),
    ),
    scalar(
        "reverse",
        (one_of(*TEXT_OR_BYTES.kinds, Kind("ARRAY", lambda kind: isinstance(kind, t.ArrayType))),),
        tools.same(0),
        _reverse,
    ),
    scalar(
        "overlay",
        (TEXT_OR_BYTES, TEXT_OR_BYTES, INT, INT),
        _same_bytes,
        lambda arguments, call: call_vector(
            by_row(texts.overlay, to_arrow(call.type)),
            arguments,
            call.arguments,
            to_arrow(call.type),
        ),
        defaults=(-1,),
        per_row=True,
    ),
    scalar("space", (INT,), TEXT, vector(lambda count: texts.repeat(pa.scalar(" "), count))),
    per_row("split_part", (STRING, STRING, INT), TEXT, texts.split_part, raises=True),
    per_row("substring_index", (STRING, STRING, INT), TEXT, texts.substring_index),
    scalar("translate", (STRING, STRING, STRING), TEXT, vector(texts.translate), per_row=True),
    per_row("soundex", (STRING,), TEXT, texts.soundex),
    per_row("luhn_check", (STRING,), BOOL, texts.is_luhn),
    per_row("quote", (STRING,), TEXT, texts.quote),
    scalar(
        "mask",
        (STRING,) * 5,
        TEXT,
        vector(texts.mask, constants=ALL[1:]),
        defaults=("X", "x", "n", None),
        per_row=True,
    ),
    scalar(
        "sentences",
        (STRING, STRING, STRING),
        SENTENCES,
        vector(
            lambda text, _language, _country: by_row(texts.words_of, to_arrow(SENTENCES))(text),
        ),
        defaults=("", ""),
        per_row=True,
    ),
    Row(
        "format_number", rewrite=_format_number, kernel=vector(numerals.format_number), per_row=True
    ),
    scalar(
        "format_string",
        (STRING, PRINTABLE),
        TEXT,
        vector(printf.format_rows),
        variadic=True,
        per_row=True,
        raises=True,
    ),
    alias("printf", "format_string"),
    _to_char("to_char"),
    _to_char("to_varchar"),
    Row("to_char_binary", kernel=vector(charsets.binary_text, constants=(1,)), per_row=True),
    _to_number("to_number", is_try=False),
    _to_number("try_to_number", is_try=True),
    _to_binary("to_binary", is_try=False),
    _to_binary("try_to_binary", is_try=True),
    scalar("is_valid_utf8", (STRING,), BOOL, lambda arguments, _c: _always_true(arguments[0])),
    scalar("make_valid_utf8", (STRING,), TEXT, lambda arguments, _c: arguments[0]),
    scalar("validate_utf8", (STRING,), TEXT, lambda arguments, _c: arguments[0]),
    scalar("try_validate_utf8", (STRING,), TEXT, lambda arguments, _c: arguments[0]),
    Row("randstr", rewrite=_random_text, kernel=_random_text_kernel),
    scalar("collate", (STRING, STRING), TEXT, lambda arguments, _c: arguments[0]),
    Row("collation", rewrite=_collation),
)


def _always_true(value: datafusion.Expr) -> datafusion.Expr:
    """Return true for every text (Arrow text is always valid UTF-8), NULL for NULL."""
    return f.when(value.is_null(), datafusion.literal(None)).otherwise(datafusion.literal(True))
