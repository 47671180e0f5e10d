"""Text files: a row a line, or a row a file."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.base.arrow_types import arrow_schema
from workbench.base.errors import AnalysisError
from workbench.engine.connectors.files.connector import file_connector
from workbench.engine.connectors.files.format import Conf
from workbench.engine.connectors.files.status import FileStatus
from workbench.engine.connectors.formats import lines
from workbench.engine.connectors.formats.checks import refuse_types
from workbench.engine.connectors.options import Options

VALUE = t.StructType([t.StructField("value", t.StringType(), True)])


class TextFormat:
    """One column of strings, ``value`` unless the user names it."""

    name = "text"
    title = "Text"

    def check(self, schema: t.StructType, options: Options) -> None:
        """Accept one column of strings."""
        if len(schema.fields) > 1 and all(
            isinstance(f.dataType, t.StringType) for f in schema.fields
        ):
            raise AnalysisError("_LEGACY_ERROR_TEMP_1290", schemaSize=len(schema.fields))
        refuse_types(schema, self.title, lambda kind: isinstance(kind, t.StringType))

    def infer(self, files: Sequence[FileStatus], options: Options, conf: Conf) -> t.StructType:
        """Return the one column."""
        return VALUE

    def read(
        self, file: FileStatus, schema: t.StructType, options: Options, conf: Conf
    ) -> pa.Table:
        """Return the lines, or with ``wholetext`` the file."""
        data = lines.read_bytes(file.path, options, "TextOptions")
        if options.flag("wholetext"):
            texts = pa.array([data], pa.binary()).cast(pa.string())
        else:
            texts = lines.split_lines(data, options.get("lineSep"))
        whole = arrow_schema(schema)
        if not schema.fields:
            return pa.table({"value": texts}).select([])
        return pa.Table.from_arrays([texts], schema=whole)

    def extension(self, options: Options, conf: Conf) -> str:
        """Return ``.txt`` and the codec's ending."""
        return f".txt{lines.codec(options)[0]}"

    def write(
        self, table: pa.Table, schema: t.StructType, path: str, options: Options, conf: Conf
    ) -> None:
        """Write a line a row; null is an empty line."""
        column = (
            table.column(0).combine_chunks() if table.num_columns else pa.array([], pa.string())
        )
        lines.write_lines(pc.fill_null(column, ""), path, options)


CONNECTOR = file_connector(
    TextFormat(), frozenset({"wholetext", "lineSep", "compression", "encoding"})
)
