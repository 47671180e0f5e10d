"""A folder of files as a bounded source."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.arrow_types import arrow_schema, to_arrow
from workbench.base.errors import AnalysisError, ExecutionError, WorkbenchError
from workbench.engine.connectors.contract import FileScan
from workbench.engine.connectors.files.format import Conf, FileFormat, NativeFormat
from workbench.engine.connectors.files.listing import Listing, list_files
from workbench.engine.connectors.files.partitions import Partitioned, discover
from workbench.engine.connectors.files.status import FileStatus
from workbench.engine.connectors.options import Options, paths_of, setting

NATIVE = {"parquet"}
"""Formats the kernel scans itself."""

_THREADS = 4


@dataclass(frozen=True, slots=True)
class Columns:
    """A schema in its two parts: what the files hold, and what their folders say."""

    stored: t.StructType
    folders: t.StructType

    @property
    def whole(self) -> t.StructType:
        """All columns, the folders' last, as Spark orders them."""
        return t.StructType([*self.stored.fields, *self.folders.fields])


def decide_schema(
    kind: FileFormat, options: Options, user: t.StructType | None, is_streaming: bool, conf: Conf
) -> t.StructType:
    """Return the columns of a read, looking at the files where the user gave none.

    Raises
    ------
    AnalysisError
        ``PATH_NOT_FOUND``, ``UNABLE_TO_INFER_SCHEMA``, ``UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE``.
    """
    zone = zone_of(options, conf)
    if not paths_of(options):
        raise AnalysisError("UNABLE_TO_INFER_SCHEMA", format=kind.title)
    listing = list_files(options, zone, may_match_later=is_streaming and user is not None)
    found = discover(listing, options, user, zone, _infers_partitions(conf))
    if user is not None:
        return _check(kind, options, split(user, found).whole)
    inferred = kind.infer(found.files, options, conf)
    if inferred is None or (is_streaming and not inferred.fields):
        raise AnalysisError("UNABLE_TO_INFER_SCHEMA", format=kind.title)
    return _check(kind, options, split(inferred, found).whole)


def _check(kind: FileFormat, options: Options, schema: t.StructType) -> t.StructType:
    refuse_duplicates(schema)
    kind.check(schema, options)
    return nullable(schema)


def refuse_duplicates(schema: t.StructType) -> None:
    """Raise ``COLUMN_ALREADY_EXISTS`` for two columns that differ in case at most."""
    seen: set[str] = set()
    for field in schema.fields:
        if field.name.lower() in seen:
            raise AnalysisError("COLUMN_ALREADY_EXISTS", columnName=f"`{field.name.lower()}`")
        seen.add(field.name.lower())


def nullable(schema: t.StructType) -> t.StructType:
    """Return the schema with every column, and every nested one, nullable, as every file read has it."""
    return _nullable(schema)  # type: ignore[return-value]


def _nullable(kind: t.DataType) -> t.DataType:
    if isinstance(kind, t.StructType):
        return t.StructType(
            [t.StructField(f.name, _nullable(f.dataType), True, f.metadata) for f in kind.fields]
        )
    if isinstance(kind, t.ArrayType):
        return t.ArrayType(_nullable(kind.elementType), True)
    if isinstance(kind, t.MapType):
        return t.MapType(_nullable(kind.keyType), _nullable(kind.valueType), True)
    return kind


def split(schema: t.StructType, found: Partitioned) -> Columns:
    """Return the schema's two parts; a folder's column leaves the stored ones."""
    folders = {field.name.lower() for field in found.schema.fields}
    stored = [field for field in schema.fields if field.name.lower() not in folders]
    return Columns(t.StructType(stored), found.schema)


def zone_of(options: Mapping[str, str], conf: Conf) -> str:
    """Return the time zone that times without one are in."""
    return options.get("timeZone") or setting(conf, "spark.sql.session.timeZone", "UTC")


def _infers_partitions(conf: Conf) -> bool:
    return setting(conf, "spark.sql.sources.partitionColumnTypeInference.enabled", "true") == "true"


@dataclass(frozen=True, slots=True)
class FolderReader:
    """Reads what the paths hold each time it is asked."""

    kind: FileFormat
    options: Options
    schema: t.StructType
    conf: Conf = dataclasses.field(compare=False)

    @property
    def files(self) -> tuple[str, ...]:
        """The files as they are now, for ``inputFiles``."""
        listing = list_files(self.options, zone_of(self.options, self.conf))
        found = discover(listing, self.options, self.schema, zone_of(self.options, self.conf))
        return tuple(file.uri for file in found.files)

    def rows(self) -> pa.Table | FileScan:
        """Return every file's rows as they are now, those of larger files first, as Spark's ``FilePartition`` has them."""
        listing = list_files(self.options, zone_of(self.options, self.conf))
        largest_first = tuple(sorted(listing.files, key=lambda file: -file.size))
        listing = dataclasses.replace(listing, files=largest_first)
        return read_listing(self.kind, listing, self.options, self.schema, self.conf)


def read_listing(
    kind: FileFormat, listing: Listing, options: Options, schema: t.StructType, conf: Conf
) -> pa.Table | FileScan:
    """Return the rows of chosen files: a scan for the kernel where it can, else a table."""
    found = discover(listing, options, schema, zone_of(options, conf), _infers_partitions(conf))
    columns = split(schema, found)
    if kind.name in NATIVE and not _forgives(options, conf):
        return _scan(kind, found, columns, options)
    return read_tables(kind, found, columns, options, conf)


def _scan(kind: NativeFormat, found: Partitioned, columns: Columns, options: Options) -> FileScan:
    """Return the scan of the files, its stored columns named as the first file names them: names have no case."""
    rows = kind.verify(found.files)
    spelled = kind.names(found.files[0]) if found.files else {}
    stored = [
        t.StructField(spelled.get(field.name.lower(), field.name), field.dataType, True)
        for field in columns.stored.fields
    ]
    return FileScan(
        tuple(file.path for file in found.files),
        kind.name,
        t.StructType([*stored, *columns.folders.fields]),
        dict(options),
        found.values if columns.folders.fields else (),
        rows,
    )


def read_tables(
    kind: FileFormat, found: Partitioned, columns: Columns, options: Options, conf: Conf
) -> pa.Table:
    """Return the rows of the files as one table."""
    whole = arrow_schema(columns.whole)

    def read(file: FileStatus, values: Sequence[Any]) -> pa.Table | None:
        table = read_file(kind, file, columns.stored, options, conf)
        return None if table is None else with_values(table, columns.folders, values)

    if len(found.files) > 1:
        with ThreadPoolExecutor(_THREADS) as pool:
            read_in = list(pool.map(read, found.files, found.values))
    else:
        read_in = [read(*pair) for pair in zip(found.files, found.values, strict=True)]
    tables = [table for table in read_in if table is not None]
    return pa.concat_tables(tables) if tables else whole.empty_table()


def with_values(table: pa.Table, folders: t.StructType, values: Sequence[Any]) -> pa.Table:
    """Return the table with its folders' values as columns."""
    for field, value in zip(folders.fields, values, strict=True):
        constant = pa.scalar(value, to_arrow(field.dataType))
        table = table.append_column(field.name, pa.repeat(constant, table.num_rows))
    return table


def read_file(
    kind: FileFormat, file: FileStatus, schema: t.StructType, options: Options, conf: Conf
) -> pa.Table | None:
    """Return one file's rows; None for a missing or corrupt file that the options pass over.

    Raises
    ------
    ExecutionError
        ``FAILED_READ_FILE.*``, naming the file; its cause says why.
    """
    try:
        return kind.read(file, schema, options, conf)
    except FileNotFoundError as missing:
        if _says(options, conf, "ignoreMissingFiles"):
            return None
        raise ExecutionError("FAILED_READ_FILE.FILE_NOT_EXIST", path=file.uri) from missing
    except AnalysisError:
        raise
    except (WorkbenchError, pa.ArrowException, OSError, ValueError) as cause:
        if _says(options, conf, "ignoreCorruptFiles"):
            return None
        raise ExecutionError("FAILED_READ_FILE.NO_HINT", path=file.uri, reason=cause) from cause


def _forgives(options: Options, conf: Conf) -> bool:
    return any(_says(options, conf, name) for name in ("ignoreMissingFiles", "ignoreCorruptFiles"))


def _says(options: Options, conf: Conf, name: str) -> bool:
    return options.flag(name, setting(conf, f"spark.sql.files.{name}", "false") == "true")
