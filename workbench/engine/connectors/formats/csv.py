"""CSV files."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from pyspark.sql import types as t

from workbench.engine.connectors.files.connector import file_connector
from workbench.engine.connectors.files.format import Conf
from workbench.engine.connectors.files.status import FileStatus
from workbench.engine.connectors.formats import csv_options, csv_read, csv_write, lines, modes
from workbench.engine.connectors.formats.checks import is_known, refuse_types
from workbench.engine.connectors.options import Options

_NESTED = (t.ArrayType, t.MapType, t.StructType, t.NullType)


class CsvFormat:
    """Columns by their place; types from the schema, or from the texts with ``inferSchema``."""

    name = "csv"
    title = "CSV"

    def check(self, schema: t.StructType, options: Options) -> None:
        """Accept simple types."""
        modes.check_corrupt(
            schema, options.text("columnNameOfCorruptRecord", default="_corrupt_record")
        )
        refuse_types(
            schema, self.title, lambda kind: is_known(kind) and not isinstance(kind, _NESTED)
        )

    def infer(
        self, files: Sequence[FileStatus], options: Options, conf: Conf
    ) -> t.StructType | None:
        """Return the first file's names and, with ``inferSchema``, the types that all files' texts have."""
        csv_options.dialect(options)
        if not files:
            return None
        chosen = files if options.flag("inferSchema") else files[:1]
        return csv_read.infer(
            [csv_read.tokens_of(_data(file, options), options) for file in chosen], options, conf
        )

    def read(
        self, file: FileStatus, schema: t.StructType, options: Options, conf: Conf
    ) -> pa.Table:
        """Return a file's rows."""
        return csv_read.parse(_data(file, options), schema, options, conf, options.flag("header"))

    def extension(self, options: Options, conf: Conf) -> str:
        """Return ``.csv``, or what ``extension`` says, and the codec's ending."""
        return f".{options.text('extension', default='csv')}{lines.codec(options)[0]}"

    def write(
        self, table: pa.Table, schema: t.StructType, path: str, options: Options, conf: Conf
    ) -> None:
        """Write one file."""
        lines.write_lines(csv_write.lines_of(table, schema, options, conf), path, options)


def _data(file: FileStatus, options: Options) -> bytes:
    return lines.read_bytes(file.path, options)


CONNECTOR = file_connector(CsvFormat(), csv_options.NAMES)
