"""Parquet files: the kernel scans them itself; here are their schemas, their writing and their damage."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import types as t

from workbench.base.arrow_types import arrow_schema, from_field
from workbench.base.errors import ExecutionError, IllegalArgument
from workbench.engine.connectors.files.connector import file_connector
from workbench.engine.connectors.files.format import Conf
from workbench.engine.connectors.files.merge import merge_schemas
from workbench.engine.connectors.files.status import FileStatus
from workbench.engine.connectors.formats.checks import holds_nested, is_known, refuse_types
from workbench.engine.connectors.formats.fit import fit
from workbench.engine.connectors.options import Options, setting

ROW_METADATA = b"org.apache.spark.sql.parquet.row.metadata"
VERSION = (b"org.apache.spark.version", b"4.2.0")
CODECS = {
    "none": ("", "NONE"),
    "uncompressed": ("", "NONE"),
    "snappy": (".snappy", "SNAPPY"),
    "gzip": (".gz", "GZIP"),
    "zstd": (".zstd", "ZSTD"),
    "lz4": (".lz4hadoop", "LZ4"),
    "lz4_raw": (".lz4raw", "LZ4"),
    "brotli": (".br", "BROTLI"),
}


class ParquetFormat:
    """Columns by name, types in the file; Spark's own schema is kept in the footer's metadata."""

    name = "parquet"
    title = "Parquet"

    def check(self, schema: t.StructType, options: Options) -> None:
        """Accept every type but Spark's calendar intervals."""
        refuse_types(schema, self.title, holds_nested(is_known))

    def infer(
        self, files: Sequence[FileStatus], options: Options, conf: Conf
    ) -> t.StructType | None:
        """Return the first file's columns; with ``mergeSchema`` those of all."""
        merges = options.flag(
            "mergeSchema", setting(conf, "spark.sql.parquet.mergeSchema", "false") == "true"
        )
        forgives = options.flag(
            "ignoreCorruptFiles",
            setting(conf, "spark.sql.files.ignoreCorruptFiles", "false") == "true",
        )
        found: list[t.StructType] = []
        for file in files:
            try:
                found.append(file_schema(file))
            except ExecutionError:
                if not forgives:
                    raise
                continue
            if not merges:
                break
        return merge_schemas(found) if found else None

    def read(
        self, file: FileStatus, schema: t.StructType, options: Options, conf: Conf
    ) -> pa.Table:
        """Return a file's rows (the kernel does this itself unless damaged files are to be passed over)."""
        return fit(pq.ParquetFile(file.path).read(), schema)

    def extension(self, options: Options, conf: Conf) -> str:
        """Return ``.snappy.parquet`` and its like."""
        return f"{_codec(options, conf)[0]}.parquet"

    def write(
        self, table: pa.Table, schema: t.StructType, path: str, options: Options, conf: Conf
    ) -> None:
        """Write one file, with Spark's schema in its footer."""
        stored = storable(table, schema)
        metadata = {ROW_METADATA: schema.json().encode(), VERSION[0]: VERSION[1]}
        codec = _codec(options, conf)[1]
        with pq.ParquetWriter(path, stored.schema, compression=codec, store_schema=False) as writer:
            writer.write_table(stored)
            writer.add_key_value_metadata(metadata)

    def verify(self, files: Sequence[FileStatus]) -> int:
        """Return how many rows the files hold, which their footers tell.

        Raises
        ------
        ExecutionError
            ``FAILED_READ_FILE.*`` naming the first file that is gone or is no parquet file.
        """
        return sum(_rows(file) for file in files)

    def names(self, file: FileStatus) -> dict[str, str]:
        """Return a file's column names by their lower-case form."""
        return {name.lower(): name for name in pq.read_schema(file.path).names}


def _rows(file: FileStatus) -> int:
    try:
        return pq.read_metadata(file.path).num_rows
    except FileNotFoundError as cause:
        raise ExecutionError("FAILED_READ_FILE.FILE_NOT_EXIST", path=file.uri) from cause
    except (pa.ArrowException, OSError) as cause:
        raise ExecutionError("FAILED_READ_FILE.NO_HINT", path=file.uri, reason=cause) from cause


def _codec(options: Options, conf: Conf) -> tuple[str, str]:
    default = setting(conf, "spark.sql.parquet.compression.codec", "snappy")
    name = options.text("compression", "parquet.compression", default=default).lower()
    if name not in CODECS:
        raise IllegalArgument(
            "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION",
            codecName=name,
            availableCodecs=", ".join(CODECS),
        )
    return CODECS[name]


def file_schema(file: FileStatus) -> t.StructType:
    """Return a file's columns as Spark sees them.

    Raises
    ------
    ExecutionError
        ``FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER``.
    """
    try:
        footer = pq.ParquetFile(file.path)
    except FileNotFoundError as cause:
        raise ExecutionError("FAILED_READ_FILE.FILE_NOT_EXIST", path=file.uri) from cause
    except (pa.ArrowException, OSError) as cause:
        raise ExecutionError("FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER", path=file.uri) from cause
    kept = (footer.metadata.metadata or {}).get(ROW_METADATA)
    if kept is not None:
        return t.StructType.fromJson(json.loads(kept))
    legacy = {
        footer.schema.column(i).path
        for i in range(len(footer.schema))
        if footer.schema.column(i).physical_type == "INT96"
    }
    return t.StructType([_field(field, legacy) for field in footer.schema_arrow])


def _field(field: pa.Field, legacy: set[str]) -> t.StructField:
    # INT96 has no time zone in the file; Spark reads it as an instant.
    if field.name in legacy:
        return t.StructField(field.name, t.TimestampType(), field.nullable)
    return from_field(field)


def storable(table: pa.Table, schema: t.StructType) -> pa.Table:
    """Return the table with day-time intervals as the integers Spark stores."""
    columns = [
        pc.cast(column, pa.int64()) if pa.types.is_duration(column.type) else column
        for column in table.columns
    ]
    fields = [
        pa.field(field.name, column.type, field.nullable)
        for field, column in zip(arrow_schema(schema), columns, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


CONNECTOR = file_connector(
    ParquetFormat(),
    frozenset({"mergeSchema", "compression", "datetimeRebaseMode", "int96RebaseMode"}),
)
