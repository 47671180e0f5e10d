"""JSON records to columns: Arrow's reader on what it reads as Spark does, a record at a time on the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from pyspark.sql import types as t

from workbench.base.arrow_types import arrow_schema, to_arrow
from workbench.base.errors import ExecutionError
from workbench.engine.connectors.files.format import Conf
from workbench.engine.connectors.formats import modes
from workbench.engine.connectors.formats.csv_options import rules as rules_of
from workbench.engine.connectors.formats.json_text import BadJson, Leniences, parse_record
from workbench.engine.connectors.formats.json_values import Converter
from workbench.engine.connectors.formats.lines import joined_bytes
from workbench.engine.connectors.options import Options
from workbench.engine.connectors.values.read_text import Rules, failures, read_text

_AS_TEXT = (t.DateType, t.TimestampType, t.TimestampNTZType)
_NATIVE = (
    t.LongType,
    t.DoubleType,
    t.BooleanType,
    t.StringType,
    t.IntegerType,
    t.ShortType,
    t.ByteType,
)
_CHUNK = 4096
"""Lines tried together; a chunk with one odd record is read a record at a time."""


def parse(lines: pa.Array, schema: t.StructType, options: Options, conf: Conf) -> pa.Table:
    """Return JSON records, one a line, as a table of the schema; bad records are treated as the mode says."""
    corrupt = modes.corrupt_name(options, conf)
    wanted = modes.parsed_schema(schema, corrupt)
    modes.refuse_only_corrupt(schema, corrupt)
    mode = modes.mode_of(options)
    filled = lines.filter(pc.match_substring_regex(lines, r"\S"))
    rules = rules_of(options, conf)
    tables = []
    whole = _fast(filled, wanted, rules) if _is_simple(options) else None
    if whole is not None:
        return modes.settle(_kept(whole, filled), schema, mode, corrupt)
    for start in range(0, len(filled), _CHUNK):
        chunk = filled.slice(start, _CHUNK)
        read = _fast(chunk, wanted, rules) if _is_simple(options) else None
        parsed = _kept(read, chunk) if read else slow(chunk.to_pylist(), wanted, options, rules)
        tables.append(modes.settle(parsed, schema, mode, corrupt))
    return pa.concat_tables(tables) if tables else arrow_schema(schema).empty_table()


def parse_document(text: str, schema: t.StructType, options: Options, conf: Conf) -> pa.Table:
    """Return a whole file as one record (``multiLine``): an object, or an array of them."""
    corrupt = modes.corrupt_name(options, conf)
    wanted = modes.parsed_schema(schema, corrupt)
    modes.refuse_only_corrupt(schema, corrupt)
    parsed = slow([text] if text.strip() else [], wanted, options, rules_of(options, conf))
    return modes.settle(parsed, schema, modes.mode_of(options), corrupt)


def _is_simple(options: Options) -> bool:
    """Tell whether Arrow's reader accepts no more than Spark's: it always takes NaN for a number."""
    return options.flag("allowNonNumericNumbers", default=True)


def _kept(read: tuple[list[pa.Array], np.ndarray], lines: pa.Array) -> modes.Parsed:
    return modes.Parsed(read[0], read[1], lambda: lines)


def _fast(
    lines: pa.Array, schema: t.StructType, rules: Rules
) -> tuple[list[pa.Array], np.ndarray] | None:
    """Return the columns and which records failed, or None where Arrow's reader may differ from Spark's."""
    if (
        not len(lines)
        or not schema.fields
        or not all(_is_native(field.dataType) for field in schema.fields)
    ):
        return None
    fields = [pa.field(field.name, _arrow(field.dataType)) for field in schema.fields]
    text = pc.binary_join_element_wise(
        lines.cast(pa.large_string()),
        pa.scalar("", pa.large_string()),
        pa.scalar("\n", pa.large_string()),
    )
    how = pj.ParseOptions(explicit_schema=pa.schema(fields), unexpected_field_behavior="ignore")
    data = joined_bytes(text)
    try:
        table = pj.read_json(
            pa.BufferReader(data), pj.ReadOptions(block_size=_block(lines, data)), how
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    if table.num_rows != len(lines):
        return None
    failed = np.zeros(len(lines), bool)
    columns = []
    for field in schema.fields:
        column = table.column(field.name).combine_chunks()
        if isinstance(field.dataType, _AS_TEXT):
            texts, column = column, read_text(column, field.dataType, rules)
            failed |= failures(texts, column)
        columns.append(column)
    return columns, failed


def _block(lines: pa.Array, data: bytes) -> int:
    longest = pc.max(pc.binary_length(lines)).as_py()
    return min(max(1 << 20, 2 * longest + 2), max(len(data), 1) + 1)


def _is_native(kind: t.DataType) -> bool:
    if isinstance(kind, t.ArrayType):
        return _is_native(kind.elementType) and not isinstance(kind.elementType, _AS_TEXT)
    if isinstance(kind, t.StructType):
        nested = (field.dataType for field in kind.fields)
        return bool(kind.fields) and all(
            _is_native(one) and not isinstance(one, _AS_TEXT) for one in nested
        )
    return isinstance(kind, (*_NATIVE, *_AS_TEXT))


def _arrow(kind: t.DataType) -> pa.DataType:
    return pa.string() if isinstance(kind, _AS_TEXT) else to_arrow(kind)


def slow(
    texts: Sequence[str], schema: t.StructType, options: Options, rules: Rules
) -> modes.Parsed:
    """Return records read one at a time: bad ones become rows of nulls that are marked as failed."""
    leniences = Leniences.of(options)
    rows: list[dict[str, object]] = []
    failed: list[bool] = []
    records: list[str] = []
    converter = Converter(rules)
    for text in texts:
        converter.failed = False
        try:
            nodes = parse_record(text, leniences)
        except BadJson:
            nodes = None
        found = [{}] if nodes is None else [converter.row(node, schema) for node in nodes]
        rows.extend(found)
        failed.extend([nodes is None or converter.failed] * len(found))
        records.extend([text] * len(found))
    columns = _columns(rows, schema)
    return modes.Parsed(columns, np.array(failed, bool), lambda: pa.array(records, pa.string()))


def _columns(rows: list[dict[str, object]], schema: t.StructType) -> list[pa.Array]:
    wanted = arrow_schema(schema)
    try:
        return [pa.array([row.get(field.name) for row in rows], field.type) for field in wanted]
    except (pa.ArrowInvalid, OverflowError) as cause:
        raise ExecutionError(
            "INTERNAL_ERROR", message=f"A JSON value has no Arrow form: {cause}"
        ) from cause
