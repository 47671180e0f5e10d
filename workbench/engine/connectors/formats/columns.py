"""CSV and JSON in a column of a table: one value a text, as ``from_json``, ``to_json`` and their kin give them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.base.arrow_types import arrow_schema, to_arrow
from workbench.base.errors import ExecutionError
from workbench.engine.connectors.formats import (
    csv_options,
    csv_read,
    csv_tokens,
    csv_write,
    json_infer,
    json_read,
    json_text,
    json_write,
    modes,
)
from workbench.engine.connectors.formats.json_values import Converter, Mismatch
from workbench.engine.connectors.options import Options
from workbench.engine.connectors.values.read_text import failures, read_text

Given = Mapping[str, str]


def _conf(zone: str):  # noqa: ANN202 - a reader of settings
    return lambda key: zone if key == "spark.sql.session.timeZone" else ""


def read_json(texts: pa.Array, kind: t.DataType, given: Given, zone: str) -> pa.Array:
    """Return each text's value; NULL for NULL and blank texts, and for bad ones that are no struct.

    Raises
    ------
    ExecutionError
        ``MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION`` in mode FAILFAST.
    """
    filled = pc.fill_null(pc.match_substring_regex(texts, r"\S"), False)
    records, options = texts.filter(filled), Options(given)
    if isinstance(kind, t.StructType):
        made = _structs(records, kind, options, zone)
    else:
        made = _values(records, kind, options, zone)
    return _spread(made, np.asarray(filled))


def _spread(values: pa.Array, present: np.ndarray) -> pa.Array:
    """Return the values at the places marked, NULL between them."""
    if present.all():
        return values
    places = np.cumsum(present) - 1
    return values.take(pa.array(np.maximum(places, 0), mask=~present))


def _structs(records: pa.Array, kind: t.StructType, options: Options, zone: str) -> pa.Array:
    conf = _conf(zone)
    corrupt, rules = modes.corrupt_name(options, conf), csv_options.rules(options, conf)
    wanted = modes.parsed_schema(kind, corrupt)
    read = json_read._fast(records, wanted, rules)  # noqa: SLF001 - the file reader's own first try
    if read is None:
        parsed = _parsed(records, wanted, options, rules)
    else:
        parsed = modes.Parsed(read[0], read[1], lambda: records)
    return _struct_array(
        modes.settle(parsed, kind, modes.mode_of(options), corrupt), kind, len(records)
    )


def _struct_array(table: pa.Table, kind: t.StructType, size: int) -> pa.Array:
    columns = [column.combine_chunks() for column in table.columns]
    whole = [pa.concat_arrays(c.chunks) if isinstance(c, pa.ChunkedArray) else c for c in columns]
    if not whole:
        return pa.array([{}] * size, to_arrow(kind))
    return pa.StructArray.from_arrays(whole, fields=list(arrow_schema(kind)))


def _parsed(
    records: pa.Array, schema: t.StructType, options: Options, rules: object
) -> modes.Parsed:
    """Read records one at a time; one that is no object is a bad one."""
    leniences, converter = json_text.Leniences.of(options), Converter(rules)
    rows, failed = [], np.zeros(len(records), bool)
    for place, text in enumerate(records.to_pylist()):
        converter.failed = False
        node = _root(text, leniences)
        is_object = node is not None and node.kind == json_text.OBJECT
        rows.append(converter.row(node, schema) if is_object else {})
        failed[place] = converter.failed or not is_object
    fields = arrow_schema(schema)
    columns = [pa.array([row.get(field.name) for row in rows], field.type) for field in fields]
    return modes.Parsed(columns, failed, lambda: records)


def _root(text: str, leniences: json_text.Leniences) -> json_text.Node | None:
    try:
        return json_text.Parser(text, leniences).first()
    except json_text.BadJson:
        return None


def _values(records: pa.Array, kind: t.DataType, options: Options, zone: str) -> pa.Array:
    leniences, converter = (
        json_text.Leniences.of(options),
        Converter(csv_options.rules(options, _conf(zone))),
    )
    made = []
    for text in records.to_pylist():
        node = _root(text, leniences)
        value = None if node is None else _value(node, kind, converter)
        if value is None and modes.mode_of(options) == modes.FAIL:
            raise ExecutionError(
                "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
                badRecord="[null]",
                failFastMode=modes.FAIL,
            )
        made.append(value)
    return pa.array(made, to_arrow(kind))


def _value(node: json_text.Node, kind: t.DataType, converter: Converter) -> object:
    if (
        isinstance(kind, t.ArrayType)
        and node.kind == json_text.OBJECT
        and isinstance(kind.elementType, t.StructType)
    ):
        node = json_text.Node(json_text.ARRAY, [node], node.raw)
    try:
        return converter.value(node, kind)
    except Mismatch:
        return None


def write_json(values: pa.Array, kind: t.DataType, given: Given, zone: str) -> pa.Array:
    """Return values as JSON."""
    options = Options(given)
    keeps_nulls = not options.flag("ignoreNullFields", default=True)
    return json_write.text_of(values, kind, csv_options.styles(options, _conf(zone)), keeps_nulls)


def type_of_json(text: str, given: Given, zone: str) -> t.DataType:
    """Return the type of a JSON text.

    Raises
    ------
    ExecutionError
        ``MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION`` for a text that is no JSON.
    """
    options = Options(given)
    node = _root(text, json_text.Leniences.of(options))
    if node is None:
        raise ExecutionError(
            "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
            badRecord=text,
            failFastMode=modes.FAIL,
        )
    guessed = json_infer._Guess(options, _conf(zone)).of(node)  # noqa: SLF001 - the file reader's own guess
    return json_infer._finish(guessed, drops_null=False) or t.StructType([])  # noqa: SLF001


def read_csv(texts: pa.Array, kind: t.StructType, given: Given, zone: str) -> pa.Array:
    """Return each text's fields as a struct; NULL for NULL."""
    present = np.asarray(texts.is_valid())
    filled = np.asarray(pc.fill_null(pc.not_equal(texts, ""), False))
    made = _csv_records(texts.filter(pa.array(filled)), kind, given, zone)
    if not (present & ~filled).any():
        return _spread(made, present)
    # A blank text is a record without values; the tokenizer passes over it.
    empty = pa.StructArray.from_arrays(
        [pa.nulls(1, field.type) for field in arrow_schema(kind)], fields=list(arrow_schema(kind))
    )
    places = np.where(filled, np.cumsum(filled) - 1, len(made))
    return pa.concat_arrays([made, empty]).take(pa.array(places, mask=~present))


def _csv_records(records: pa.Array, kind: t.StructType, given: Given, zone: str) -> pa.Array:
    options, conf = Options(given), _conf(zone)
    corrupt, rules = modes.corrupt_name(options, conf), csv_options.rules(options, conf)
    wanted = modes.parsed_schema(kind, corrupt)
    tokens = _tokens(records, options)
    failed, columns = tokens.widths != len(wanted.fields), []
    for place, field in enumerate(wanted.fields):
        found = csv_read.column_texts(tokens, place, options, 0)
        values = read_text(found, field.dataType, rules)
        failed = failed | failures(found, values)
        columns.append(values)
    parsed = modes.Parsed(columns, failed, lambda: records)
    table = modes.settle(parsed, kind, modes.mode_of(options), corrupt)
    return _struct_array(table, kind, len(records))


def _tokens(records: pa.Array, options: Options) -> csv_tokens.Tokens:
    """Return the fields of records, a text being a record even where it is blank."""
    lengths = pc.binary_length(records).to_numpy(zero_copy_only=False).astype(np.int64)
    ends = np.cumsum(lengths)
    data = "".join(records.to_pylist()).encode()
    return csv_tokens.tokenize(data, csv_options.dialect(options), (ends - lengths, ends))


def write_csv(values: pa.Array, kind: t.StructType, given: Given, zone: str) -> pa.Array:
    """Return structs as lines of CSV; NULL for NULL."""
    options = Options({**given, "header": "false"})
    columns = [pc.struct_field(values, place) for place in range(len(kind))]
    table = pa.Table.from_arrays(columns, schema=arrow_schema(kind))
    made = csv_write.lines_of(table, kind, options, _conf(zone))
    return pc.if_else(values.is_valid(), made, pa.scalar(None, pa.string()))


def type_of_csv(text: str, given: Given, zone: str) -> t.StructType:
    """Return the columns of a line of CSV."""
    options = Options({"inferSchema": "true", **given, "header": "false"})
    return csv_read.infer([_tokens(pa.array([text]), options)], options, _conf(zone))
