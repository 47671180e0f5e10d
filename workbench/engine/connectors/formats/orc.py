"""ORC files."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from pyarrow import orc
from pyspark.sql import types as t

from workbench.base.arrow_types import spark_schema
from workbench.base.errors import ExecutionError, IllegalArgument
from workbench.engine.connectors.files.connector import file_connector
from workbench.engine.connectors.files.format import Conf
from workbench.engine.connectors.files.merge import merge_schemas
from workbench.engine.connectors.files.status import FileStatus
from workbench.engine.connectors.formats.checks import holds_nested, is_known, refuse_types
from workbench.engine.connectors.formats.fit import fit
from workbench.engine.connectors.formats.parquet import storable
from workbench.engine.connectors.options import Options, setting

CODECS = {
    "none": ("", "uncompressed"),
    "uncompressed": ("", "uncompressed"),
    "snappy": (".snappy", "snappy"),
    "zlib": (".zlib", "zlib"),
    "zstd": (".zstd", "zstd"),
    "lz4": (".lz4", "lz4"),
}


class OrcFormat:
    """Columns by name, types in the file."""

    name = "orc"
    title = "ORC"

    def check(self, schema: t.StructType, options: Options) -> None:
        """Accept every type but Spark's calendar intervals."""
        refuse_types(schema, self.title, holds_nested(is_known))

    def infer(
        self, files: Sequence[FileStatus], options: Options, conf: Conf
    ) -> t.StructType | None:
        """Return the first file's columns; with ``mergeSchema`` those of all."""
        merges = options.flag(
            "mergeSchema", setting(conf, "spark.sql.orc.mergeSchema", "false") == "true"
        )
        chosen = files if merges else files[:1]
        return merge_schemas([_schema(file) for file in chosen]) if chosen else None

    def read(
        self, file: FileStatus, schema: t.StructType, options: Options, conf: Conf
    ) -> pa.Table:
        """Return a file's rows."""
        return fit(orc.ORCFile(file.path).read(), schema)

    def extension(self, options: Options, conf: Conf) -> str:
        """Return ``.zstd.orc`` and its like."""
        return f"{_codec(options, conf)[0]}.orc"

    def write(
        self, table: pa.Table, schema: t.StructType, path: str, options: Options, conf: Conf
    ) -> None:
        """Write one file."""
        stored = _without_zones(storable(table, schema))
        orc.write_table(stored, path, compression=_codec(options, conf)[1])


def _codec(options: Options, conf: Conf) -> tuple[str, str]:
    default = setting(conf, "spark.sql.orc.compression.codec", "zstd")
    name = options.text("compression", "orc.compress", default=default).lower()
    if name not in CODECS:
        raise IllegalArgument(
            "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION",
            codecName=name,
            availableCodecs=", ".join(CODECS),
        )
    return CODECS[name]


def _schema(file: FileStatus) -> t.StructType:
    try:
        found = spark_schema(orc.ORCFile(file.path).schema)
    except (pa.ArrowException, OSError) as cause:
        raise ExecutionError("FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER", path=file.uri) from cause
    return t.StructType([_instant(field) for field in found.fields])


def _instant(field: t.StructField) -> t.StructField:
    # ORC's plain timestamp is Spark's TIMESTAMP (OrcFileFormat), whatever its name suggests.
    is_time = isinstance(field.dataType, t.TimestampNTZType)
    return t.StructField(field.name, t.TimestampType(), field.nullable) if is_time else field


def _without_zones(table: pa.Table) -> pa.Table:
    """Return the table with its instants as ORC's plain timestamps, in UTC."""
    plain = pa.timestamp("us")
    columns = [
        column.cast(pa.int64()).cast(plain) if pa.types.is_timestamp(column.type) else column
        for column in table.columns
    ]
    return pa.Table.from_arrays(columns, names=table.column_names)


CONNECTOR = file_connector(OrcFormat(), frozenset({"mergeSchema", "compression"}))
