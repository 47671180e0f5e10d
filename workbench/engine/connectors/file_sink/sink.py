"""A folder of files that a stream adds to, each batch exactly once (Spark: FileStreamSink)."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.base.errors import AnalysisError, IllegalArgument
from workbench.base.failpoints import failpoint
from workbench.engine.connectors.files import durable, manifest
from workbench.engine.connectors.files.compact_log import CompactLog, LogRules
from workbench.engine.connectors.files.status import absolute, display, status_of
from workbench.engine.connectors.files.write import PartWriter, check_columns
from workbench.engine.connectors.options import Options, paths_of
from workbench.engine.connectors.values.spans import milliseconds

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.types import StructType

    from workbench.engine.connectors.contract import SinkContext
    from workbench.engine.connectors.files.format import FileFormat

BLOCK_SIZE = 33_554_432
"""What Hadoop's local file system reports; readers need the field, not the value."""


class FileStreamSink:
    """Writes a batch's files, then its manifest entry ``_spark_metadata/N``; readers believe the manifest only. One thread.

    1. the files are written under names that belong to the batch, and made durable (``file-sink.files``);
    2. the manifest entry appears (``file-sink.log.written``, ``file-sink.log.durable``).

    A batch that comes again after a kill between the two writes the same names again; one whose entry is there writes
    nothing. So every batch is in the folder once, and no file is left over.
    """

    def __init__(
        self,
        kind: FileFormat,
        options: Options,
        schema: StructType,
        partition_by: Sequence[str],
        context: SinkContext,
    ) -> None:
        paths = paths_of(options)
        if len(paths) != 1:
            raise IllegalArgument("_LEGACY_ERROR_TEMP_2047")
        check_columns(kind, schema, options, partition_by)
        self.kind = kind
        self.folder = absolute(paths[0])
        self.options = options
        self.schema = schema
        self.partition_by = tuple(partition_by)
        self.context = context
        self.description = f"FileSink[{display(self.folder)}]"
        rules = LogRules.of(context.conf, "spark.sql.streaming.fileSink.log")
        self.log = CompactLog(
            Path(self.folder) / manifest.FOLDER,
            rules,
            "file-sink",
            context.now_ms,
            _retention(options),
        )

    def add_batch(self, batch_id: int, table: pa.Table, mode: str) -> int | None:
        """Write a batch's rows unless its manifest entry is there.

        Raises
        ------
        AnalysisError
            ``STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE``: files can only be added to.
        """
        if mode != "append":
            raise AnalysisError(
                "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE",
                className=self.kind.name,
                outputMode=mode,
            )
        if self.log.latest is not None and batch_id <= self.log.latest:
            return None
        written = self._write(batch_id, table)
        failpoint("file-sink.files")
        self.log.add(batch_id, [self._entry(name) for name in written])
        return None

    def _write(self, batch_id: int, table: pa.Table) -> list[str]:
        # The same batch of the same query always gets the same names, so writing it again leaves nothing behind.
        job = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.context.query_id}/{batch_id}"))
        writer = PartWriter(
            self.kind, self.schema, self.options, self.partition_by, self.context.conf, job
        )
        written = writer.write(table, self.folder)
        for folder in sorted({os.path.dirname(name) for name in written} | {""}):
            durable.sync_folder(os.path.join(self.folder, folder))
        return written

    def _entry(self, name: str) -> dict[str, Any]:
        found = status_of(os.path.join(self.folder, name))
        return {
            "path": found.uri,
            "size": found.size,
            "isDir": False,
            "modificationTime": found.modified_ms,
            "blockReplication": 1,
            "blockSize": BLOCK_SIZE,
            "action": "add",
        }

    def stop(self) -> None:
        """Nothing is held open."""


def _retention(options: Options) -> Any:
    """Return which entries stay when the manifest is folded: with ``retention``, those of files young enough."""
    text = options.get("retention")
    if text is None:
        return lambda _entry, _now: True
    longest = milliseconds(text, "retention")

    def keep(entry: Mapping[str, Any], now_ms: int) -> bool:
        return now_ms - entry["modificationTime"] <= longest

    return keep
