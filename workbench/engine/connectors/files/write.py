"""A table as a folder of files, in Spark's layout and with its save modes."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.errors import AnalysisError, IllegalArgument
from workbench.engine.connectors.files import durable
from workbench.engine.connectors.files.format import Conf, FileFormat
from workbench.engine.connectors.files.names import part_name
from workbench.engine.connectors.files.partitions import DEFAULT_NAME, escape
from workbench.engine.connectors.files.read import refuse_duplicates, zone_of
from workbench.engine.connectors.files.status import absolute, display
from workbench.engine.connectors.options import Options, paths_of, setting
from workbench.engine.connectors.values.write_text import partition_text

STAGING = "_temporary"
SUCCESS = "_SUCCESS"


def write_folder(
    kind: FileFormat,
    table: pa.Table,
    schema: t.StructType,
    options: Options,
    mode: str,
    partition_by: Sequence[str],
    conf: Conf,
) -> None:
    """Write a table into the folder ``path`` names.

    Files are staged in ``_temporary`` and renamed at the end; ``_SUCCESS`` is written last. Until then a reader sees none
    of them (``overwrite``: the old ones).

    Raises
    ------
    AnalysisError
        ``PATH_ALREADY_EXISTS`` in mode ``error``; what the format or the partition columns do not allow.
    """
    target = _target(options)
    check_columns(kind, schema, options, partition_by)
    if os.path.exists(target):
        if mode == "ignore":
            return
        if mode == "error":
            raise AnalysisError("PATH_ALREADY_EXISTS", outputPath=display(target))
    stage = os.path.join(target, STAGING, uuid.uuid4().hex)
    os.makedirs(stage, exist_ok=True)
    try:
        job = PartWriter(kind, schema, options, tuple(partition_by), conf, str(uuid.uuid4()))
        written = job.write(table, stage)
        if mode == "overwrite":
            _remove_old(target, written, options, conf, bool(partition_by))
        _publish(stage, target, written)
    finally:
        shutil.rmtree(os.path.join(target, STAGING), ignore_errors=True)
    with open(os.path.join(target, SUCCESS), "wb"):
        pass


def _target(options: Options) -> str:
    paths = paths_of(options)
    if len(paths) != 1:
        raise IllegalArgument("_LEGACY_ERROR_TEMP_2047")
    return absolute(paths[0])


def _publish(stage: str, target: str, written: Sequence[str]) -> None:
    for name in written:
        final = os.path.join(target, name)
        os.makedirs(os.path.dirname(final), exist_ok=True)
        os.replace(os.path.join(stage, name), final)


def _remove_old(
    target: str, written: Sequence[str], options: Options, conf: Conf, partitioned: bool
) -> None:
    """Remove what an overwrite replaces: everything, or, in dynamic mode, the written partitions only."""
    default = setting(conf, "spark.sql.sources.partitionOverwriteMode", "static")
    dynamic = options.text("partitionOverwriteMode", default=default).lower() == "dynamic"
    if dynamic and partitioned:
        for folder in {os.path.dirname(name) for name in written}:
            shutil.rmtree(os.path.join(target, folder), ignore_errors=True)
        return
    for entry in os.scandir(target):
        if entry.name == STAGING:
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


def check_columns(
    kind: FileFormat, schema: t.StructType, options: Options, partition_by: Sequence[str]
) -> None:
    """Refuse columns the format cannot hold and partition columns that cannot be folders."""
    refuse_duplicates(schema)
    names = {field.name.lower(): field for field in schema.fields}
    for column in partition_by:
        field = names.get(column.lower())
        if field is None:
            raise AnalysisError(
                "_LEGACY_ERROR_TEMP_1155", col=column, schemaCatalog=schema.simpleString()
            )
        if isinstance(field.dataType, (t.ArrayType, t.MapType, t.StructType)):
            raise AnalysisError(
                "INVALID_PARTITION_COLUMN_DATA_TYPE",
                type=f'"{field.dataType.simpleString().upper()}"',
            )
    if partition_by and len(partition_by) >= len(schema.fields):
        raise AnalysisError("ALL_PARTITION_COLUMNS_NOT_ALLOWED")
    kind.check(stored_schema(schema, partition_by), options)


def stored_schema(schema: t.StructType, partition_by: Sequence[str]) -> t.StructType:
    """Return the columns that are in the files: those that are no folders."""
    folders = {name.lower() for name in partition_by}
    return t.StructType([field for field in schema.fields if field.name.lower() not in folders])


@dataclass(frozen=True, slots=True)
class PartWriter:
    """Writes tables as part files under a folder, partition folders included. Decides names; publishes nothing."""

    kind: FileFormat
    schema: t.StructType
    options: Options
    partition_by: tuple[str, ...]
    conf: Conf
    job: str

    def write(self, table: pa.Table, folder: str) -> list[str]:
        """Write the table's files, each durable, and return their names below ``folder``."""
        table = table.rename_columns([field.name for field in self.schema.fields])
        if not self.partition_by:
            return self._files(table, self.schema, folder, "")
        stored = stored_schema(self.schema, self.partition_by)
        rows = table.select([field.name for field in stored.fields])
        names: list[str] = []
        for place, positions in self._groups(table):
            names += self._files(rows.take(positions), stored, folder, place)
        return names

    def _files(self, table: pa.Table, schema: t.StructType, folder: str, place: str) -> list[str]:
        os.makedirs(os.path.join(folder, place), exist_ok=True)
        extension = self.kind.extension(self.options, self.conf)
        names = []
        for number, chunk in enumerate(self._chunks(table)):
            name = os.path.join(place, part_name(0, self.job, number, extension, bool(place)))
            path = os.path.join(folder, name)
            with durable.named_write_errors(path):
                self.kind.write(chunk, schema, path, self.options, self.conf)
                durable.sync_file(path)
            names.append(name)
        return names

    def _chunks(self, table: pa.Table) -> Iterator[pa.Table]:
        default = int(setting(self.conf, "spark.sql.files.maxRecordsPerFile", "0"))
        most = self.options.number("maxRecordsPerFile", default) or 0
        if most <= 0 or table.num_rows <= most:
            yield table
            return
        for start in range(0, table.num_rows, most):
            yield table.slice(start, most)

    def _groups(self, table: pa.Table) -> Iterator[tuple[str, pa.Array]]:
        """Yield each partition's folder and row positions, found by one sort over the columns' codes."""
        if not table.num_rows:
            return
        columns = [self._texts(table, name) for name in self.partition_by]
        combined = np.zeros(table.num_rows, np.int64)
        for column in columns:
            codes = column.indices.to_numpy()
            _, combined = np.unique(combined * len(column.dictionary) + codes, return_inverse=True)
        order = np.argsort(combined, kind="stable")
        edges = np.flatnonzero(np.diff(combined[order])) + 1
        for positions in np.split(order, edges):
            place = "/".join(
                f"{escape(name)}={column[int(positions[0])].as_py()}"
                for name, column in zip(self._folder_names(), columns, strict=True)
            )
            yield place, pa.array(positions)

    def _folder_names(self) -> list[str]:
        names = {field.name.lower(): field.name for field in self.schema.fields}
        return [names[name.lower()] for name in self.partition_by]

    def _texts(self, table: pa.Table, name: str) -> pa.DictionaryArray:
        field = next(f for f in self.schema.fields if f.name.lower() == name.lower())
        zone = zone_of(self.options, self.conf)
        text = partition_text(table.column(field.name).combine_chunks(), field.dataType, zone)
        coded = text.dictionary_encode(null_encoding="encode")
        folders = [
            DEFAULT_NAME if not value else escape(value) for value in coded.dictionary.to_pylist()
        ]
        return pa.DictionaryArray.from_arrays(coded.indices, pa.array(folders, pa.string()))
