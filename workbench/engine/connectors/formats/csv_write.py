"""Columns to CSV text, a column at a time, quoted as univocity's CsvWriter quotes under Spark."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.engine.connectors.files.format import Conf
from workbench.engine.connectors.formats import csv_options
from workbench.engine.connectors.options import Options
from workbench.engine.connectors.values.write_text import Styles, write_text


def lines_of(table: pa.Table, schema: t.StructType, options: Options, conf: Conf) -> pa.Array:
    """Return a line a row, the header first when it is asked for."""
    styles = csv_options.styles(options, conf)
    separator = csv_options.separator(options)
    columns = [
        _column(column.combine_chunks(), field.dataType, options, styles, place == 0)
        for place, (column, field) in enumerate(zip(table.columns, schema.fields, strict=True))
    ]
    if len(columns) == 1:
        # A line of nothing would be no record, so univocity writes the empty value there.
        columns = [pc.if_else(pc.equal(columns[0], ""), _empty(options), columns[0])]
    lines = pc.binary_join_element_wise(*columns, separator)
    if not options.flag("header"):
        return lines
    names = pa.array([field.name for field in schema.fields], pa.string())
    header = separator.join(_quoted(names, options, False).to_pylist())
    return pa.concat_arrays([pa.array([header]), lines])


def _column(
    values: pa.Array, kind: t.DataType, options: Options, styles: Styles, is_first: bool
) -> pa.Array:
    texts = write_text(values, kind, styles)
    missing = texts.is_null()
    if isinstance(kind, t.StringType):
        texts = _trimmed(texts, options)
    blank = pc.equal(texts, "")
    null = pc.fill_null(texts, options.text("nullValue"))
    written = _quoted(null, options, is_first)
    written = pc.if_else(pc.fill_null(blank, False), _empty(options), written)
    if options.text("nullValue") == "" and not options.flag("quoteAll"):
        return pc.if_else(missing, "", written)
    return written


def _empty(options: Options) -> str:
    text = options.text("emptyValue", default='""')
    return f'"{text}"' if options.flag("quoteAll") and text != '""' else text


def _trimmed(texts: pa.Array, options: Options) -> pa.Array:
    if options.flag("ignoreLeadingWhiteSpace", default=True):
        texts = pc.utf8_ltrim(texts, characters=" \t\n\r")
    if options.flag("ignoreTrailingWhiteSpace", default=True):
        texts = pc.utf8_rtrim(texts, characters=" \t\n\r")
    return texts


def _quoted(texts: pa.Array, options: Options, is_first: bool) -> pa.Array:
    """Return the texts with quotes where they need them (or everywhere with ``quoteAll``)."""
    quote = options.text("quote", default='"') or "\0"
    escape = options.text("escape", default="\\")
    needs = re.escape(csv_options.separator(options)) + "|" + re.escape(quote) + r"|\n|\r"
    # Spark leaves univocity's comment character at its default, so a line may not start with it unquoted.
    if not options.flag("escapeQuotes", default=True):
        needs = re.escape(csv_options.separator(options)) + "|^" + re.escape(quote) + r"|\n|\r"
    wanted = pc.match_substring_regex(texts, f"{needs}|^#" if is_first else needs)
    if options.flag("quoteAll"):
        wanted = pa.array([True] * len(texts))
    inside = texts
    if escape and escape != quote:
        inside = pc.replace_substring(inside, escape, escape * 2)
    inside = pc.replace_substring(inside, quote, (escape or quote) + quote)
    return pc.if_else(wanted, pc.binary_join_element_wise(quote, inside, quote, ""), texts)
