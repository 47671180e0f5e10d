"""What Parquet and ORC have in common: columns by name, types in the file, a codec in the file's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.errors import ExecutionError, IllegalArgument
from workbench.engine.connectors.files.format import Conf
from workbench.engine.connectors.files.merge import merge_schemas
from workbench.engine.connectors.files.status import FileStatus
from workbench.engine.connectors.formats.checks import holds_nested, is_known, refuse_types
from workbench.engine.connectors.formats.fit import fit
from workbench.engine.connectors.options import Options, setting


class ColumnarFormat:
    """A format whose files say their own columns; a subclass reads and writes one file."""

    name: str
    title: str
    codecs: Mapping[str, tuple[str, str]]
    """Spark's name of a codec → what it adds to a file's name, and the writer's name for it."""
    codec_option: str
    """The option that names the codec where ``compression`` does not."""
    default_codec: str

    def file_schema(self, file: FileStatus) -> t.StructType:
        """Return a file's columns as Spark sees them.

        Raises
        ------
        ExecutionError
            ``FAILED_READ_FILE.*``.
        """
        raise NotImplementedError

    def table(self, path: str) -> pa.Table:
        """Return a file's rows as the file has them."""
        raise NotImplementedError

    def check(self, schema: t.StructType, options: Options) -> None:
        """Accept every type but Spark's calendar intervals."""
        refuse_types(schema, self.title, holds_nested(is_known))

    def infer(
        self, files: Sequence[FileStatus], options: Options, conf: Conf
    ) -> t.StructType | None:
        """Return the first file's columns; with ``mergeSchema`` those of all. Damaged files may be passed over."""
        merges = _says(options, conf, "mergeSchema", f"spark.sql.{self.name}.mergeSchema")
        forgives = _says(options, conf, "ignoreCorruptFiles", "spark.sql.files.ignoreCorruptFiles")
        found: list[t.StructType] = []
        for file in files:
            try:
                found.append(self.file_schema(file))
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
        """Return a file's rows."""
        return fit(self.table(file.path), schema)

    def extension(self, options: Options, conf: Conf) -> str:
        """Return ``.snappy.parquet``, ``.zstd.orc`` and their like."""
        return f"{self.codec(options, conf)[0]}.{self.name}"

    def codec(self, options: Options, conf: Conf) -> tuple[str, str]:
        """Return what a codec adds to a file's name, and the writer's name for it.

        Raises
        ------
        IllegalArgument
            ``CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION``.
        """
        default = setting(conf, f"spark.sql.{self.name}.compression.codec", self.default_codec)
        name = options.text("compression", self.codec_option, default=default).lower()
        if name not in self.codecs:
            raise IllegalArgument(
                "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION",
                codecName=name,
                availableCodecs=", ".join(self.codecs),
            )
        return self.codecs[name]


def _says(options: Options, conf: Conf, option: str, key: str) -> bool:
    return options.flag(option, setting(conf, key, "false") == "true")
