"""ORC files."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import orc
from pyspark.sql import types as t

from workbench.base.arrow_types import spark_schema
from workbench.base.errors import ExecutionError
from workbench.engine.connectors.files.connector import file_connector
from workbench.engine.connectors.files.format import Conf
from workbench.engine.connectors.files.status import FileStatus
from workbench.engine.connectors.formats.columnar import ColumnarFormat
from workbench.engine.connectors.formats.parquet import storable
from workbench.engine.connectors.options import Options

CODECS = {
    "none": ("", "uncompressed"),
    "uncompressed": ("", "uncompressed"),
    "snappy": (".snappy", "snappy"),
    "zlib": (".zlib", "zlib"),
    "zstd": (".zstd", "zstd"),
    "lz4": (".lz4", "lz4"),
}


class OrcFormat(ColumnarFormat):
    """Columns by name, types in the file."""

    name = "orc"
    title = "ORC"
    codecs = CODECS
    codec_option = "orc.compress"
    default_codec = "zstd"

    def file_schema(self, file: FileStatus) -> t.StructType:
        """Return a file's columns as Spark sees them."""
        try:
            found = spark_schema(orc.ORCFile(file.path).schema)
        except FileNotFoundError as cause:
            raise ExecutionError("FAILED_READ_FILE.FILE_NOT_EXIST", path=file.uri) from cause
        except (pa.ArrowException, OSError) as cause:
            raise ExecutionError(
                "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER", path=file.uri
            ) from cause
        return t.StructType([_instant(field) for field in found.fields])

    def table(self, path: str) -> pa.Table:
        """Return a file's rows as the file has them."""
        return orc.ORCFile(path).read()

    def write(
        self, table: pa.Table, schema: t.StructType, path: str, options: Options, conf: Conf
    ) -> None:
        """Write one file."""
        stored = _without_zones(storable(table, schema))
        orc.write_table(stored, path, compression=self.codec(options, conf)[1])


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
