"""What a file format is to the reader and the writer of folders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.types import StructType

    from workbench.engine.connectors.files.status import FileStatus
    from workbench.engine.connectors.options import Options

Conf = Callable[[str], str]


class FileFormat(Protocol):
    """One file format. All methods may be called from any thread; none keeps state."""

    name: str
    """The format's name in ``format("…")``, lower case."""

    title: str
    """The name Spark's errors use."""

    def check(self, schema: StructType, options: Options) -> None:
        """Refuse a schema that the format cannot hold (``UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE``)."""

    def infer(self, files: Sequence[FileStatus], options: Options, conf: Conf) -> StructType | None:
        """Return the columns of the files, partitions not included; None where nothing tells."""

    def read(self, file: FileStatus, schema: StructType, options: Options, conf: Conf) -> pa.Table:
        """Return a file's rows in ``schema``'s columns and types."""

    def extension(self, options: Options, conf: Conf) -> str:
        """Return the end of a written file's name, such as ``.snappy.parquet``."""

    def write(
        self, table: pa.Table, schema: StructType, path: str, options: Options, conf: Conf
    ) -> None:
        """Write a table as one file; durability is the caller's."""


class NativeFormat(FileFormat, Protocol):
    """A format that the kernel scans itself."""

    def verify(self, files: Sequence[FileStatus]) -> int:
        """Return how many rows the files hold, or raise for the first one that cannot be read."""

    def names(self, file: FileStatus) -> dict[str, str]:
        """Return a file's column names by their lower-case form."""
