"""JSON files: a record a line, or with ``multiLine`` a file a record."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from pyspark.sql import types as t

from workbench.engine.connectors.files.connector import file_connector
from workbench.engine.connectors.files.format import Conf
from workbench.engine.connectors.files.status import FileStatus
from workbench.engine.connectors.formats import (
    csv_options,
    json_infer,
    json_read,
    json_write,
    lines,
    modes,
)
from workbench.engine.connectors.formats.checks import holds_nested, is_known, refuse_types
from workbench.engine.connectors.options import Options, setting

NAMES = frozenset(
    {
        "primitivesAsString", "prefersDecimal", "allowComments", "allowUnquotedFieldNames", "allowSingleQuotes",
        "allowNumericLeadingZeros", "allowNonNumericNumbers", "allowBackslashEscapingAnyCharacter",
        "allowUnquotedControlChars", "mode", "columnNameOfCorruptRecord", "dateFormat", "timestampFormat",
        "timestampNTZFormat", "multiLine", "lineSep", "samplingRatio", "dropFieldIfAllNull", "encoding", "charset",
        "locale", "ignoreNullFields", "compression", "inferTimestamp",
        "writeNonAsciiCharacterAsCodePoint",
    }
)  # fmt: skip


class JsonFormat:
    """Columns by name, types from the schema or from the values."""

    name = "json"
    title = "JSON"

    def check(self, schema: t.StructType, options: Options) -> None:
        """Accept every type but Spark's calendar intervals."""
        modes.check_corrupt(
            schema, options.text("columnNameOfCorruptRecord", default="_corrupt_record")
        )
        refuse_types(schema, self.title, holds_nested(is_known))

    def infer(
        self, files: Sequence[FileStatus], options: Options, conf: Conf
    ) -> t.StructType | None:
        """Return the columns that all files' records have together."""
        if not files:
            return None
        texts = [lines.read_bytes(file.path, options, "JSONOptions") for file in files]
        if options.flag("multiLine"):
            return json_infer.infer_records([text.decode() for text in texts], options, conf)
        separator = options.get("lineSep")
        return json_infer.infer(
            pa.concat_arrays([lines.split_lines(text, separator) for text in texts]), options, conf
        )

    def read(
        self, file: FileStatus, schema: t.StructType, options: Options, conf: Conf
    ) -> pa.Table:
        """Return a file's rows."""
        data = lines.read_bytes(file.path, options, "JSONOptions")
        if options.flag("multiLine"):
            return json_read.parse_document(data.decode(), schema, options, conf)
        return json_read.parse(
            lines.split_lines(data, options.get("lineSep")), schema, options, conf
        )

    def extension(self, options: Options, conf: Conf) -> str:
        """Return ``.json`` and the codec's ending."""
        return f".json{lines.codec(options)[0]}"

    def write(
        self, table: pa.Table, schema: t.StructType, path: str, options: Options, conf: Conf
    ) -> None:
        """Write an object a line."""
        ignores = options.flag(
            "ignoreNullFields",
            setting(conf, "spark.sql.jsonGenerator.ignoreNullFields", "true") == "true",
        )
        styles = csv_options.styles(options, conf)
        texts = json_write.lines_of(table, schema, styles, not ignores)
        if options.flag("writeNonAsciiCharacterAsCodePoint"):
            texts = json_write.in_ascii(texts)
        lines.write_lines(texts, path, options)


CONNECTOR = file_connector(JsonFormat(), NAMES)
