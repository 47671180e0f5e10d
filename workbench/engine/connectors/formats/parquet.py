"""Parquet files: the kernel scans them itself; here are their schemas, their writing and their damage."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import types as t

from workbench.base.arrow_types import arrow_schema, from_field
from workbench.base.errors import ExecutionError
from workbench.engine.connectors.files.connector import file_connector
from workbench.engine.connectors.files.format import Conf
from workbench.engine.connectors.files.status import FileStatus
from workbench.engine.connectors.formats.columnar import ColumnarFormat
from workbench.engine.connectors.options import Options

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


class ParquetFormat(ColumnarFormat):
    """Columns by name, types in the file; Spark's own schema is kept in the footer's metadata.

    The kernel scans the files itself unless damaged ones are to be passed over.
    """

    name = "parquet"
    title = "Parquet"
    codecs = CODECS
    codec_option = "parquet.compression"
    default_codec = "snappy"

    def file_schema(self, file: FileStatus) -> t.StructType:
        """Return a file's columns as Spark sees them."""
        return file_schema(file)

    def table(self, path: str) -> pa.Table:
        """Return a file's rows as the file has them."""
        return pq.ParquetFile(path).read()

    def write(
        self, table: pa.Table, schema: t.StructType, path: str, options: Options, conf: Conf
    ) -> None:
        """Write one file, with Spark's schema in its footer."""
        stored = storable(table, schema)
        metadata = {ROW_METADATA: schema.json().encode(), VERSION[0]: VERSION[1]}
        codec = self.codec(options, conf)[1]
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
        return {name.lower(): name for name in _footer(file.path).schema.to_arrow_schema().names}


def _rows(file: FileStatus) -> int:
    try:
        return _footer(file.path).num_rows
    except FileNotFoundError as cause:
        raise ExecutionError("FAILED_READ_FILE.FILE_NOT_EXIST", path=file.uri) from cause
    except (pa.ArrowException, OSError) as cause:
        raise ExecutionError("FAILED_READ_FILE.NO_HINT", path=file.uri, reason=cause) from cause


def _footer(path: str) -> pq.FileMetaData:
    """Return a file's footer, which a batch asks for several times and a reading ahead once more."""
    found = os.stat(path)
    return _footer_of(path, (found.st_ino, found.st_size, found.st_mtime_ns))


@lru_cache(maxsize=16)
def _footer_of(path: str, _stamp: tuple[int, int, int]) -> pq.FileMetaData:
    return pq.read_metadata(path)


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
