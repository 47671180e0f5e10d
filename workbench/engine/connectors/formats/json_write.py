"""Columns to JSON text, a column at a time, nested ones too."""

from __future__ import annotations

import base64

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.engine.connectors.values.write_text import Styles, json_string, write_text

_BARE = (t.BooleanType, t.ByteType, t.ShortType, t.IntegerType, t.LongType, t.DecimalType)


def lines_of(table: pa.Table, schema: t.StructType, styles: Styles, keeps_nulls: bool) -> pa.Array:
    """Return an object a row; a null field is left out unless ``keeps_nulls``."""
    columns = [column.combine_chunks() for column in table.columns]
    return _object(columns, schema, styles, keeps_nulls, table.num_rows)


def in_ascii(texts: pa.Array) -> pa.Array:
    r"""Return JSON texts with every other character as ``\uXXXX``, in UTF-16's units."""
    odd = pc.match_substring_regex(texts, r"[^\x00-\x7F]")
    if not pc.any(odd).as_py():
        return texts
    written = [_ascii(text) if text else text for text in texts.to_pylist()]
    return pc.if_else(odd, pa.array(written, pa.string()), texts)


def _ascii(text: str) -> str:
    return "".join(character if character.isascii() else _units(character) for character in text)


def _units(character: str) -> str:
    units = character.encode("utf-16-be").hex(" ", 2).upper().split()
    return "".join(f"\\u{unit}" for unit in units)


def _object(
    columns: list[pa.Array], schema: t.StructType, styles: Styles, keeps_nulls: bool, size: int
) -> pa.Array:
    members = []
    for column, field in zip(columns, schema.fields, strict=True):
        name = json_string(pa.array([field.name], pa.string()))[0].as_py() + ":"
        value = text_of(column, field.dataType, styles, keeps_nulls)
        if keeps_nulls:
            value = pc.fill_null(value, "null")
        members.append(pc.fill_null(pc.binary_join_element_wise("," + name, value, ""), ""))
    if not members:
        return pa.array(["{}"] * size, pa.string())
    # Every member brings its comma; the first one goes.
    inside = pc.replace_substring(
        pc.binary_join_element_wise(*members, ""), ",", "", max_replacements=1
    )
    return pc.binary_join_element_wise("{", inside, "}", "")


def text_of(values: pa.Array, kind: t.DataType, styles: Styles, keeps_nulls: bool) -> pa.Array:
    """Return values as JSON, null where they are null."""
    if isinstance(kind, t.StructType):
        inside = _object(values.flatten(), kind, styles, keeps_nulls, len(values))
        return pc.if_else(values.is_valid(), inside, pa.scalar(None, pa.string()))
    if isinstance(kind, t.MapType):
        return _map(values, kind, styles, keeps_nulls)
    if isinstance(kind, t.ArrayType):
        items = text_of(pc.list_flatten(values), kind.elementType, styles, keeps_nulls)
        return _joined(values, pc.fill_null(items, "null"), "[", "]")
    return _simple(values, kind, styles)


def _simple(values: pa.Array, kind: t.DataType, styles: Styles) -> pa.Array:
    if isinstance(kind, t.StringType):
        return json_string(values)
    if isinstance(kind, t.BinaryType):
        return json_string(_base64(values))
    texts = write_text(values, kind, styles)
    if isinstance(kind, _BARE):
        return texts
    if isinstance(kind, (t.FloatType, t.DoubleType)):
        special = pc.match_substring_regex(texts, "N|I")
        return pc.if_else(special, pc.binary_join_element_wise('"', texts, '"', ""), texts)
    return pc.binary_join_element_wise('"', texts, '"', "")


def _map(values: pa.Array, kind: t.MapType, styles: Styles, keeps_nulls: bool) -> pa.Array:
    start, end = values.offsets[0].as_py(), values.offsets[-1].as_py()
    keys, items = values.keys.slice(start, end - start), values.items.slice(start, end - start)
    names = (
        keys if isinstance(kind.keyType, t.StringType) else write_text(keys, kind.keyType, styles)
    )
    texts = pc.fill_null(text_of(items, kind.valueType, styles, keeps_nulls), "null")
    return _joined(values, pc.binary_join_element_wise(json_string(names), texts, ":"), "{", "}")


def _joined(values: pa.Array, items: pa.Array, opening: str, closing: str) -> pa.Array:
    """Return each list's items between two brackets; the items are those of the valid lists, one after another."""
    sizes = (
        pc.fill_null(pc.list_value_length(values), 0)
        if pa.types.is_list(values.type)
        else _map_sizes(values)
    )
    offsets = np.zeros(len(values) + 1, np.int32)
    np.cumsum(sizes, out=offsets[1:])
    lists = pa.ListArray.from_arrays(pa.array(offsets), items)
    text = pc.binary_join_element_wise(opening, pc.binary_join(lists, ","), closing, "")
    return pc.if_else(values.is_valid(), text, pa.scalar(None, pa.string()))


def _map_sizes(values: pa.Array) -> np.ndarray:
    return np.diff(values.offsets.to_numpy())


def _base64(values: pa.Array) -> pa.Array:
    encoded = [
        None if value is None else base64.b64encode(value).decode() for value in values.to_pylist()
    ]
    return pa.array(encoded, pa.string())
