"""Rows of tables: read, saved, inserted, streamed into. The connectors do the work."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.types import StructType

from workbench.base.arrow_types import arrow_schema
from workbench.base.errors import AnalysisError, ExecutionError
from workbench.engine.catalog.entries import TableEntry
from workbench.engine.catalog.session_catalog import SessionCatalog
from workbench.engine.connectors import registry
from workbench.engine.connectors.files.status import absolute, display

if TYPE_CHECKING:
    from workbench.engine.connectors.contract import Reader

Conf = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Storage:
    """Reads and writes the rows of a catalogue's tables."""

    catalog: SessionCatalog
    conf: Conf

    def options(self, table: TableEntry, given: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the options a connector opens a table with, for reading it as a batch or a stream."""
        return {**table.options, **(given or {}), "path": table.location}

    def reader(self, table: TableEntry, given: Mapping[str, str] | None = None) -> Reader:
        """Return a reader of a table."""
        connector = registry.find(table.provider)
        options = self.options(table, given)
        schema = connector.schema(options, table.schema, False, self.conf)
        return connector.read(options, schema, self.conf)

    def create(self, table: TableEntry, if_not_exists: bool = False, replace: bool = False) -> None:
        """Store a table without rows; an external one shows the rows that are in its folder."""
        if self._exists(table):
            if if_not_exists:
                return
            if not replace:
                raise AnalysisError("TABLE_OR_VIEW_ALREADY_EXISTS", relationName=table.full_name)
            self.catalog.warehouse.remove_table(table)
        os.makedirs(table.location, exist_ok=True)
        self.catalog.warehouse.add_table(table, replace)

    def infer(self, provider: str, options: Mapping[str, str]) -> StructType:
        """Return the columns of files that become an external table."""
        return registry.find(provider).schema(options, None, False, self.conf)

    def save(
        self,
        rows: pa.Table,
        schema: StructType,
        parts: tuple[str, ...],
        provider: str | None,
        mode: str,
        partition_by: tuple[str, ...] = (),
        options: Mapping[str, str] | None = None,
    ) -> None:
        """``saveAsTable``: make a table of the rows, or by ``mode`` add to, replace or leave the one that is there.

        Raises
        ------
        AnalysisError
            ``TABLE_OR_VIEW_ALREADY_EXISTS`` in mode ``error``; what does not go together with the table in ``append``.
        """
        given = {name.lower(): value for name, value in (options or {}).items()}
        location = absolute(given["path"]) if "path" in given else None
        chosen = provider or self.conf("spark.sql.sources.default") or registry.DEFAULT
        table = self.catalog.new_table(parts, chosen, schema, partition_by, location, options)
        existing = self.catalog.warehouse.table(table.database, table.name)
        if existing is None:
            self._refuse_used_folder(table)
        elif mode == "ignore":
            return
        elif mode == "append":
            self._append(rows, schema, existing, provider, partition_by)
            return
        elif mode != "overwrite":
            raise AnalysisError("TABLE_OR_VIEW_ALREADY_EXISTS", relationName=table.full_name)
        elif existing.location != table.location and existing.is_managed:
            self.catalog.warehouse.remove_table(existing)
        self._write(rows, schema, table, "overwrite")
        self.catalog.warehouse.add_table(table, replace=True)

    def insert(
        self,
        rows: pa.Table,
        schema: StructType,
        table: TableEntry,
        overwrite: bool,
        by_name: bool = False,
    ) -> None:
        """``insertInto``: add rows by position (``by_name``: by name), cast to the table's types.

        Raises
        ------
        AnalysisError
            ``INSERT_COLUMN_ARITY_MISMATCH.*``, ``INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST``.
        """
        names = [field.name for field in schema.fields]
        columns = _by_name(rows, names, table) if by_name else _by_position(rows, names, table)
        fitted = pa.Table.from_arrays(
            [
                _fit(column, field, table)
                for column, field in zip(columns, arrow_schema(table.schema), strict=True)
            ],
            schema=arrow_schema(table.schema),
        )
        self._write(fitted, table.schema, table, "overwrite" if overwrite else "append")

    def sink(
        self,
        parts: tuple[str, ...],
        schema: StructType,
        provider: str | None,
        partition_by: tuple[str, ...],
        options: Mapping[str, str],
    ) -> TableEntry:
        """``toTable``: return the table a stream writes into, made when it is not there; its sink's path is its location."""
        given = {name.lower(): value for name, value in options.items()}
        location = absolute(given["path"]) if "path" in given else None
        chosen = provider or self.conf("spark.sql.sources.default") or registry.DEFAULT
        kept = {
            name: value
            for name, value in options.items()
            if name.lower() not in {"path", "checkpointlocation"}
        }
        table = self.catalog.new_table(parts, chosen, schema, partition_by, location, kept)
        existing = self.catalog.warehouse.table(table.database, table.name)
        if existing is None:
            self.create(table)
            return table
        if provider and provider.lower() != existing.provider:
            raise _other_provider(existing, provider)
        return existing

    def _append(
        self,
        rows: pa.Table,
        schema: StructType,
        table: TableEntry,
        provider: str | None,
        partition_by: tuple[str, ...],
    ) -> None:
        if provider and provider.lower() != table.provider:
            raise _other_provider(table, provider)
        if len(schema.fields) != len(table.schema.fields):
            raise AnalysisError(
                "_LEGACY_ERROR_TEMP_1161",
                tableName=table.plain_name,
                existingTableSchema=table.schema.simpleString(),
                querySchema=schema.simpleString(),
            )
        names = {field.name.lower() for field in schema.fields}
        missing = [field.name for field in table.schema.fields if field.name.lower() not in names]
        if missing:
            inputs = ", ".join(field.name for field in schema.fields)
            raise AnalysisError("_LEGACY_ERROR_TEMP_1162", col=missing[0], inputColumns=inputs)
        if partition_by and [n.lower() for n in partition_by] != [
            n.lower() for n in table.partition_by
        ]:
            raise AnalysisError(
                "_LEGACY_ERROR_TEMP_1163",
                tableName=table.plain_name,
                specifiedPartCols=", ".join(partition_by),
                existingPartCols=", ".join(table.partition_by),
            )
        self.insert(rows, schema, table, overwrite=False, by_name=True)

    def _write(self, rows: pa.Table, schema: StructType, table: TableEntry, mode: str) -> None:
        connector = registry.find(table.provider)
        if connector.write is None:
            raise AnalysisError(
                "UNSUPPORTED_DATA_SOURCE_SAVE_MODE", source=table.provider, createMode=f'"{mode}"'
            )
        connector.write(rows, schema, self.options(table), mode, table.partition_by, self.conf)

    def _exists(self, table: TableEntry) -> bool:
        return self.catalog.warehouse.table(table.database, table.name) is not None

    def _refuse_used_folder(self, table: TableEntry) -> None:
        if table.is_managed and os.path.isdir(table.location) and os.listdir(table.location):
            raise ExecutionError(
                "LOCATION_ALREADY_EXISTS",
                location=f"'{display(table.location)}'",
                identifier=table.full_name,
            )


def _other_provider(table: TableEntry, provider: str) -> AnalysisError:
    return AnalysisError(
        "_LEGACY_ERROR_TEMP_1159",
        tableName=table.plain_name,
        existingProvider=table.provider,
        specifiedProvider=provider,
    )


def _by_position(rows: pa.Table, names: list[str], table: TableEntry) -> list[pa.ChunkedArray]:
    wanted = [field.name for field in table.schema.fields]
    if len(names) != len(wanted):
        problem = "TOO_MANY_DATA_COLUMNS" if len(names) > len(wanted) else "NOT_ENOUGH_DATA_COLUMNS"
        raise AnalysisError(
            f"INSERT_COLUMN_ARITY_MISMATCH.{problem}",
            tableName=table.full_name,
            tableColumns=", ".join(f"`{name}`" for name in wanted),
            dataColumns=", ".join(f"`{name}`" for name in names),
        )
    return rows.columns


def _by_name(rows: pa.Table, names: list[str], table: TableEntry) -> list[pa.ChunkedArray]:
    places = {name.lower(): place for place, name in enumerate(names)}
    return [
        rows.column(places[field.name.lower()])
        if field.name.lower() in places
        else pa.chunked_array([pa.nulls(rows.num_rows)])
        for field in table.schema.fields
    ]


def _fit(column: pa.ChunkedArray, field: pa.Field, table: TableEntry) -> pa.ChunkedArray:
    """Return a column cast as an ANSI store assignment allows it: numbers to numbers, anything to text, never from text."""
    if column.type == field.type or pa.types.is_null(column.type):
        return column.cast(field.type)
    from_text = pa.types.is_string(column.type) and not pa.types.is_string(field.type)
    if from_text:
        raise AnalysisError(
            "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST",
            tableName=table.full_name,
            colName=f"`{field.name}`",
            srcType='"STRING"',
            targetType=f'"{str(field.type).upper()}"',
        )
    try:
        return pc.cast(column, field.type)
    except pa.ArrowInvalid as cause:
        raise ExecutionError(
            "CAST_OVERFLOW_IN_TABLE_INSERT",
            sourceType=f'"{column.type}"',
            targetType=f'"{field.type}"',
            columnName=f"`{field.name}`",
        ) from cause
    except pa.ArrowNotImplementedError as cause:
        raise AnalysisError(
            "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST",
            tableName=table.full_name,
            colName=f"`{field.name}`",
            srcType=f'"{column.type}"',
            targetType=f'"{field.type}"',
        ) from cause
