"""Schemas and types written as text: Spark's DDL, or the JSON of ``StructType.json()``."""

from __future__ import annotations

import json

from pyspark.sql import types as t

from workbench.base.ddl_reader import DDLReader
from workbench.base.errors import AnalysisError, ParseError

__all__ = ["parse_ddl", "parse_type"]


def parse_ddl(text: str) -> t.StructType:
    """Return the columns a schema text names.

    Parameters
    ----------
    text : str
        ``a INT NOT NULL COMMENT 'x', b STRUCT<c: STRING>``, or ``STRUCT<…>``, or a schema's JSON.

    Raises
    ------
    ParseError
        With Spark's condition (``PARSE_SYNTAX_ERROR``, ``UNSUPPORTED_DATATYPE`` …) and the place in the text.
    AnalysisError
        ``INVALID_SCHEMA.NON_STRUCT_TYPE`` for a type that is no struct.
    """
    parsed = _from_json(text)
    if parsed is None:
        parsed = _struct_type(text) or DDLReader(text).table_schema()
    if not isinstance(parsed, t.StructType):
        raise AnalysisError(
            "INVALID_SCHEMA.NON_STRUCT_TYPE",
            inputSchema=f'"{text}"',
            dataType=f'"{parsed.simpleString().upper()}"',
        )
    return parsed


def parse_type(text: str) -> t.DataType:
    """Return the type a text names; a list of columns is a struct, as in Spark's ``DataType.fromDDL``.

    Raises
    ------
    ParseError
        With Spark's condition and the place in the text.
    """
    parsed = _from_json(text)
    if parsed is not None:
        return parsed
    reader = DDLReader(text)
    try:
        return reader.only_type()
    except ParseError as error:
        return _table_schema_or(text, error)


def _table_schema_or(text: str, error: ParseError) -> t.DataType:
    """Read a list of columns; of two errors, raise the one further in the text, which knows more."""
    try:
        return DDLReader(text).table_schema()
    except ParseError as other:
        # A server of Spark Connect also takes what stands inside ``struct<…>``: ``a: int, b: int``.
        inside = _struct_type(f"struct<{text.strip()}>") if ":" in text else None
        if inside is not None:
            return inside
        further = getattr(other, "position", 0) > getattr(error, "position", 0)
        raise (other if further and len(text.split()) > 1 else error) from None


def _struct_type(text: str) -> t.DataType | None:
    try:
        return DDLReader(text).only_type() if "<" in text else None
    except ParseError:
        return None


def _from_json(text: str) -> t.DataType | None:
    if not text.lstrip().startswith(("{", '"')):
        return None
    try:
        return t._parse_datatype_json_value(json.loads(text))  # noqa: SLF001 - the client's own reader
    except (ValueError, KeyError, TypeError):
        return None
