"""The registry row of a file format: all formats differ in their :class:`FileFormat` only."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql.types import StructType

from workbench.base.errors import IllegalArgument
from workbench.engine.connectors.contract import Connector, Reader
from workbench.engine.connectors.files.format import Conf, FileFormat
from workbench.engine.connectors.files.read import FolderReader, decide_schema
from workbench.engine.connectors.files.refused import REFUSED, check_options
from workbench.engine.connectors.files.write import write_folder
from workbench.engine.connectors.options import Options, setting

COMMON_OPTIONS = frozenset(
    {
        "path", "paths", "basePath", "recursiveFileLookup", "pathGlobFilter", "modifiedBefore", "modifiedAfter",
        "ignoreCorruptFiles", "ignoreMissingFiles", "timeZone", "maxRecordsPerFile", "partitionOverwriteMode",
        "maxFilesPerTrigger", "maxBytesPerTrigger", "latestFirst", "fileNameOnly", "maxFileAge", "maxCachedFiles",
        "discardCachedInputRatio", "cleanSource", "sourceArchiveDir", "retention",
    }
)  # fmt: skip


def file_connector(
    kind: FileFormat, options: frozenset[str], can_write: bool = True, can_stream: bool = True
) -> Connector:
    """Return the registry row of a file format."""

    def schema(
        given: Mapping[str, str], user: StructType | None, is_streaming: bool, conf: Conf
    ) -> StructType:
        chosen = Options(given)
        check_options(kind.name, chosen)
        if is_streaming:
            _require_schema(user, conf)
        return decide_schema(kind, chosen, user, is_streaming, conf)

    def read(given: Mapping[str, str], columns: StructType, conf: Conf) -> Reader:
        return FolderReader(kind, Options(given), columns, conf)

    def write(table, columns, given, mode, partition_by, conf) -> None:  # noqa: ANN001
        chosen = Options(given)
        check_options(kind.name, chosen)
        write_folder(kind, table, columns, chosen, mode, partition_by, conf)

    def source(given, columns, context):  # noqa: ANN001, ANN202
        from workbench.engine.connectors.file_source.source import FileStreamSource

        return FileStreamSource(kind, Options(given), columns, context)

    def sink(given, columns, partition_by, context):  # noqa: ANN001, ANN202
        from workbench.engine.connectors.file_sink.sink import FileStreamSink

        chosen = Options(given)
        check_options(kind.name, chosen)
        return FileStreamSink(kind, chosen, columns, partition_by, context)

    return Connector(
        kind.name,
        schema=schema,
        read=read,
        write=write if can_write else None,
        source=source if can_stream else None,
        sink=sink if can_write and can_stream else None,
        options=COMMON_OPTIONS | options | REFUSED.get(kind.name, {}).keys(),
    )


def _require_schema(user: StructType | None, conf: Conf) -> None:
    if user is None and setting(conf, "spark.sql.streaming.schemaInference", "false") != "true":
        raise IllegalArgument("_LEGACY_ERROR_TEMP_2048")
