"""CSV text to columns."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.base.errors import IllegalArgument
from workbench.engine.connectors.files.format import Conf
from workbench.engine.connectors.formats import csv_options, modes
from workbench.engine.connectors.formats.csv_infer import infer_type
from workbench.engine.connectors.formats.csv_plain import is_plain, plain_tokens
from workbench.engine.connectors.options import Options
from workbench.engine.connectors.values.read_text import failures, read_text


class Fields(Protocol):
    """The fields of CSV text, however they were found."""

    @property
    def count(self) -> int:
        """The number of records."""

    @property
    def widths(self) -> np.ndarray:
        """The number of fields of each record."""

    def column(self, place: int) -> tuple[pa.Array, np.ndarray]:
        """Return a column's texts, null where a record is too short, and which of them were quoted."""

    def records(self, skip: int) -> pa.Array:
        """Return each record as it was written, from the ``skip``-th on."""


def tokens_of(data: bytes, options: Options) -> Fields:
    """Return the fields of CSV text, blank lines and comments left out."""
    rules = csv_options.dialect(options)
    line_end = options.get("lineSep")
    if is_plain(data, rules):
        return plain_tokens(data, rules, line_end)
    # The compiled parser is loaded for text with quotes only: most files need none, and it takes a second to load.
    from workbench.engine.connectors.formats import csv_tokens

    return csv_tokens.parse_text(data, rules, line_end)


def names_of(tokens: Fields, options: Options) -> list[str]:
    """Return the column names of CSV text: the header's, or ``_c0, _c1, …``.

    Spark numbers names that are there twice (in any case) and names empty ones by their place (CSVUtils.makeSafeHeader).
    """
    width = int(tokens.widths[0]) if tokens.count else 0
    if not options.flag("header"):
        return [f"_c{place}" for place in range(width)]
    null = options.text("nullValue")
    names = [tokens.column(place)[0][0].as_py() for place in range(width)]
    lower = [name.lower() for name in names]
    return [
        f"_c{place}"
        if not name or name == null
        else f"{name}{place}"
        if lower.count(name.lower()) > 1
        else name
        for place, name in enumerate(names)
    ]


def column_texts(tokens: Fields, place: int, options: Options, skip: int) -> pa.Array:
    """Return a column's texts below the header; null is what stands for null."""
    values, quoted = tokens.column(place)
    values, quoted = values.slice(skip), pa.array(quoted[skip:])
    null, empty = options.text("nullValue"), options.text("emptyValue")
    blank = pc.equal(values, "")
    if empty:
        values = pc.if_else(pc.and_(blank, quoted), empty, values)
    missing = pc.or_(pc.and_(blank, pc.invert(quoted)), pc.equal(values, null))
    return pc.if_else(missing, pa.scalar(None, pa.string()), values)


def infer(read: list[Fields], options: Options, conf: Conf) -> t.StructType:
    """Return the first text's names and, with ``inferSchema``, the types that all texts' values have."""
    filled = next((tokens for tokens in read if tokens.count), None)
    if filled is None:
        return t.StructType([])
    names = names_of(filled, options)
    if not options.flag("inferSchema"):
        return t.StructType([t.StructField(name, t.StringType(), True) for name in names])
    rules, skip = csv_options.rules(options, conf), int(options.flag("header"))
    prefers_date = options.flag("preferDate", default=True)
    columns = (
        pa.concat_arrays(
            [column_texts(tokens, place, options, skip) for tokens in read if tokens.count]
        )
        for place in range(len(names))
    )
    kinds = [infer_type(texts, rules, prefers_date) for texts in columns]
    return t.StructType(
        [t.StructField(name, kind, True) for name, kind in zip(names, kinds, strict=True)]
    )


def parse(
    data: bytes, schema: t.StructType, options: Options, conf: Conf, has_header: bool
) -> pa.Table:
    """Return CSV text as a table of the schema, bad records treated as the mode says."""
    corrupt = modes.corrupt_name(options, conf)
    wanted = modes.parsed_schema(schema, corrupt)
    modes.refuse_only_corrupt(schema, corrupt)
    tokens = tokens_of(data, options)
    skip = 1 if has_header and tokens.count else 0
    if skip and not options.flag("enforceSchema", default=True):
        _compare_header(names_of(tokens, options), wanted, conf)
    rules = csv_options.rules(options, conf)
    failed = tokens.widths[skip:] != len(wanted.fields)
    columns = []
    for place, field in enumerate(wanted.fields):
        given = column_texts(tokens, place, options, skip)
        values = read_text(given, field.dataType, rules)
        failed = failed | failures(given, values)
        columns.append(values)
    return modes.settle(
        modes.Parsed(columns, failed, lambda: tokens.records(skip)),
        schema,
        modes.mode_of(options),
        corrupt,
    )


def _compare_header(names: list[str], schema: t.StructType, conf: Conf) -> None:
    wanted = [field.name for field in schema.fields]
    if len(names) != len(wanted):
        raise IllegalArgument(
            "WORKBENCH_CSV_HEADER.COUNT", header=", ".join(names), schema=", ".join(wanted)
        )
    if [name.lower() for name in names] != [name.lower() for name in wanted]:
        raise IllegalArgument(
            "WORKBENCH_CSV_HEADER.NAMES", header=", ".join(names), schema=", ".join(wanted)
        )
