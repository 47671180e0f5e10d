"""Nodes of JSON text as Python values of a Spark type (JacksonParser's converters)."""

from __future__ import annotations

import base64
import binascii
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
from pyspark.sql import types as t

from workbench.engine.connectors.formats import json_text as j
from workbench.engine.connectors.formats.json_text import Node
from workbench.engine.connectors.values.read_text import Rules, read_text

_BOUNDS = {t.ByteType: 2**7, t.ShortType: 2**15, t.IntegerType: 2**31, t.LongType: 2**63}
_WORDS = {
    "NaN": math.nan,
    "Infinity": math.inf,
    "+Infinity": math.inf,
    "+INF": math.inf,
    "INF": math.inf,
    "-Infinity": -math.inf,
    "-INF": -math.inf,
}


class Mismatch(ValueError):
    """A value that its column's type cannot take."""


@dataclass(slots=True)
class Converter:
    """Converts records; ``failed`` says whether the last one had a value that did not fit."""

    rules: Rules
    failed: bool = False
    dates: dict[tuple[type, str], Any] = field(default_factory=dict)

    def row(self, node: Node, schema: t.StructType) -> dict[str, Any]:
        """Return an object's values by field name; what does not fit is None and sets :attr:`failed`."""
        places = {field.name: field for field in schema.fields}
        out: dict[str, Any] = dict.fromkeys(places)
        for name, child in node.value:
            wanted = places.get(name)
            if wanted is None:
                continue
            try:
                out[name] = self.value(child, wanted.dataType)
            except Mismatch:
                out[name] = None
                self.failed = True
        return out

    def value(self, node: Node, kind: t.DataType) -> Any:
        """Return one value, or raise :class:`Mismatch`."""
        if node.kind == j.NULL:
            return None
        return _CONVERTERS.get(type(kind), _text)(self, node, kind)

    def time(self, text: str, kind: t.DataType) -> Any:
        """Return a date or time by the same rules as the vectorised reader, one text at a time and remembered."""
        key = (type(kind), text)
        if key not in self.dates:
            self.dates[key] = read_text(pa.array([text], pa.string()), kind, self.rules)[0].as_py()
        if self.dates[key] is None:
            raise Mismatch
        return self.dates[key]


def _text(_self: Converter, node: Node, _kind: t.DataType) -> str:
    return node.value if node.kind == j.STRING else node.raw


def _integer(_self: Converter, node: Node, kind: t.DataType) -> int:
    if node.kind != j.NUMBER or not node.value.lstrip("-").isdigit():
        raise Mismatch
    number, bound = int(node.value), _BOUNDS[type(kind)]
    if not -bound <= number < bound:
        raise Mismatch
    return number


def _double(self: Converter, node: Node, kind: t.DataType) -> float:
    if node.kind == j.STRING:
        words = {**_WORDS, self.rules.nan: math.nan}
        if node.value not in words:
            raise Mismatch
        return words[node.value]
    if node.kind != j.NUMBER:
        raise Mismatch
    number = _WORDS[node.value] if node.value in _WORDS else _float(node.value)
    return _single(number) if isinstance(kind, t.FloatType) else number


def _float(text: str) -> float:
    # A whole number is one before it is a float, so -0 is 0.0.
    return float(int(text)) if text.lstrip("-").isdigit() else float(text)


def _single(number: float) -> float:
    try:
        return struct.unpack("f", struct.pack("f", number))[0]
    except OverflowError:
        return math.copysign(math.inf, number)


def _boolean(_self: Converter, node: Node, _kind: t.DataType) -> bool:
    if node.kind not in {j.TRUE, j.FALSE}:
        raise Mismatch
    return node.kind == j.TRUE


def _decimal(_self: Converter, node: Node, kind: t.DecimalType) -> Decimal:
    if node.kind not in {j.NUMBER, j.STRING}:
        raise Mismatch
    try:
        number = Decimal(node.value).quantize(Decimal(1).scaleb(-kind.scale), "ROUND_HALF_UP")
    except InvalidOperation:
        raise Mismatch from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** (kind.precision - kind.scale):
        raise Mismatch
    return number


def _date(self: Converter, node: Node, kind: t.DataType) -> Any:
    if node.kind != j.STRING:
        raise Mismatch
    return self.time(node.value, kind)


def _timestamp(self: Converter, node: Node, kind: t.DataType) -> Any:
    # A number is seconds since 1970.
    if node.kind == j.NUMBER and node.value.lstrip("-").isdigit():
        return pa.scalar(int(node.value) * 1_000_000, pa.timestamp("us", "UTC")).as_py()
    return _date(self, node, kind)


def _binary(_self: Converter, node: Node, _kind: t.DataType) -> bytes:
    if node.kind != j.STRING:
        raise Mismatch
    try:
        return base64.b64decode(node.value, validate=True)
    except binascii.Error:
        raise Mismatch from None


def _array(self: Converter, node: Node, kind: t.ArrayType) -> list[Any]:
    if node.kind != j.ARRAY:
        raise Mismatch
    return [self.value(child, kind.elementType) for child in node.value]


def _map(self: Converter, node: Node, kind: t.MapType) -> list[tuple[str, Any]]:
    if node.kind != j.OBJECT:
        raise Mismatch
    return list({name: self.value(child, kind.valueType) for name, child in node.value}.items())


def _struct(self: Converter, node: Node, kind: t.StructType) -> dict[str, Any]:
    if node.kind != j.OBJECT:
        raise Mismatch
    return self.row(node, kind)


_CONVERTERS: dict[type[t.DataType], Callable[[Converter, Node, Any], Any]] = {
    t.ByteType: _integer,
    t.ShortType: _integer,
    t.IntegerType: _integer,
    t.LongType: _integer,
    t.FloatType: _double,
    t.DoubleType: _double,
    t.BooleanType: _boolean,
    t.DecimalType: _decimal,
    t.DateType: _date,
    t.TimestampType: _timestamp,
    t.TimestampNTZType: _date,
    t.BinaryType: _binary,
    t.ArrayType: _array,
    t.MapType: _map,
    t.StructType: _struct,
}
