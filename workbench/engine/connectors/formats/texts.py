"""CSV and JSON records that are in a column, not in a file (``spark.read.json(df)``, ``from_json``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pyarrow as pa

from workbench.engine.connectors.options import Options

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

Conf = Callable[[str], str]


def infer(
    format: str,  # noqa: A002 - Spark's word
    texts: pa.Array | pa.ChunkedArray,
    options: Mapping[str, str],
    conf: Conf | None = None,
) -> StructType:
    """Return the columns of records, one a text.

    Parameters
    ----------
    format : str
        ``csv`` or ``json``.
    texts : pyarrow.Array or pyarrow.ChunkedArray
        The records; nulls are none.
    options : Mapping
        The format's read options.
    conf : Callable, optional
        The session's settings (time zone, name of the corrupt-record column).
    """
    given = _records(texts)
    settings = conf or (lambda _key: "")
    if format == "json":
        from workbench.engine.connectors.formats import json_infer

        return json_infer.infer(given, Options(options), settings)
    from workbench.engine.connectors.formats import csv_read

    return csv_read.infer(
        [csv_read.tokens_of(_joined(given), Options(options))], Options(options), settings
    )


def parse(
    format: str,  # noqa: A002 - as above
    texts: pa.Array | pa.ChunkedArray,
    schema: StructType,
    options: Mapping[str, str],
    conf: Conf | None = None,
) -> pa.Table:
    """Return records, one a text, as a table of the schema; bad ones are treated as the ``mode`` option says."""
    given = _records(texts)
    settings = conf or (lambda _key: "")
    if format == "json":
        from workbench.engine.connectors.formats import json_read

        return json_read.parse(given, schema, Options(options), settings)
    from workbench.engine.connectors.formats import csv_read

    chosen = Options(options)
    return csv_read.parse(_joined(given), schema, chosen, settings, chosen.flag("header"))


def _records(texts: pa.Array | pa.ChunkedArray) -> pa.Array:
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    return whole.drop_null().cast(pa.string())


def _joined(texts: pa.Array) -> bytes:
    return "\n".join(texts.to_pylist()).encode()
