"""Files as they are: a row a file, with its path, time, length and bytes."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.arrow_types import arrow_schema
from workbench.engine.connectors.files.connector import file_connector
from workbench.engine.connectors.files.format import Conf
from workbench.engine.connectors.files.status import FileStatus, display
from workbench.engine.connectors.options import Options

SCHEMA = t.StructType(
    [
        t.StructField("path", t.StringType(), False),
        t.StructField("modificationTime", t.TimestampType(), False),
        t.StructField("length", t.LongType(), False),
        t.StructField("content", t.BinaryType(), True),
    ]
)


class BinaryFileFormat:
    """Read only; the columns are fixed."""

    name = "binaryfile"
    title = "BinaryFile"

    def check(self, schema: t.StructType, options: Options) -> None:
        """Accept the fixed columns."""

    def infer(self, files: Sequence[FileStatus], options: Options, conf: Conf) -> t.StructType:
        """Return the fixed columns."""
        return SCHEMA

    def read(
        self, file: FileStatus, schema: t.StructType, options: Options, conf: Conf
    ) -> pa.Table:
        """Return one row."""
        with open(file.path, "rb") as opened:
            content = opened.read()
        row = {
            "path": display(file.path),
            "modificationTime": file.modified_ms * 1000,
            "length": file.size,
            "content": content,
        }
        wanted = arrow_schema(schema)
        columns = [_column(row[field.name], field.type) for field in wanted]
        return pa.Table.from_arrays(columns, schema=wanted)

    def extension(self, options: Options, conf: Conf) -> str:
        """Unused: the format is read only."""
        return ""

    def write(
        self, table: pa.Table, schema: t.StructType, path: str, options: Options, conf: Conf
    ) -> None:
        """Unused: the format is read only."""


def _column(value: object, kind: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(kind):
        return pa.array([value], pa.int64()).cast(kind)
    return pa.array([value], kind)


CONNECTOR = file_connector(BinaryFileFormat(), frozenset(), can_write=False)
