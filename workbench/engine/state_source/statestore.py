"""``format("statestore")``: a checkpoint's state as rows of key, value and partition, or what batches changed in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.types import StructType

from workbench.base.arrow_types import spark_schema
from workbench.base.errors import AnalysisError, ExecutionError
from workbench.engine.connectors.contract import Connector
from workbench.engine.state import reader
from workbench.engine.state.store import StoreSpec
from workbench.engine.state_source.options import NAMES, StateOptions

SPARK_NAME = b"spark.name"
"""Metadata of a state column: the user's name for it; the column itself is named as the kernel names it."""

_TRANSFORM = "transformWithState"


@dataclass(frozen=True, slots=True)
class StateReader:
    """Reads the state named by the options; a checkpoint's files never change, so each read gives the same rows."""

    options: StateOptions
    store: str
    spec: StoreSpec
    schema: StructType

    def rows(self) -> pa.Table:
        """Return one row a key (a stored row where a key has several), or in a change feed one a change."""
        if self.options.first is not None:
            return self._changes()
        found = reader.read_state(
            self.options.checkpoint,
            self.options.batch + 1,
            operator_id=self.options.operator,
            store=self.store,
            partition=self.options.partition,
            snapshot_version=None if self.options.snapshot is None else self.options.snapshot + 1,
        )
        return pa.Table.from_arrays(self._pairs(found), schema=layout(self.spec, is_feed=False))

    def _changes(self) -> pa.Table:
        found = reader.read_changes(
            self.options.checkpoint,
            self.options.first + 1,
            self.options.batch + 1,
            operator_id=self.options.operator,
            store=self.store,
            partition=self.options.partition,
        )
        batch = pc.subtract(found.column(reader.VERSION), 1)
        # Spark's feed knows updates and deletes only: a new key is an update too.
        kind = pc.if_else(pc.equal(found.column(reader.CHANGE), "delete"), "delete", "update")
        gone = pc.equal(found.column(reader.CHANGE), "delete")
        key, value, partition = self._pairs(found, gone)
        return pa.Table.from_arrays(
            [batch, kind, key, value, partition], schema=layout(self.spec, is_feed=True)
        )

    def _pairs(self, found: pa.Table, gone: pa.ChunkedArray | None = None) -> list[pa.Array]:
        mask = None if gone is None else gone.combine_chunks()
        return [
            _struct(found, self.spec.keys, None),
            _struct(found, self.spec.values, mask),
            found.column(reader.PARTITION).combine_chunks(),
        ]


def _struct(found: pa.Table, columns: pa.Schema, mask: pa.BooleanArray | None) -> pa.StructArray:
    fields = list(_named(columns))
    if not len(columns):
        return pa.StructArray.from_arrays([pa.nulls(found.num_rows)], fields=fields, mask=mask)
    arrays = [found.column(name).combine_chunks() for name in columns.names]
    return pa.StructArray.from_arrays(arrays, fields=fields, mask=mask)


def _named(columns: pa.Schema) -> pa.StructType:
    if not len(columns):
        return pa.struct([pa.field("__dummy__", pa.null())])
    return pa.struct([field.with_name(_name(field)).remove_metadata() for field in columns])


def _name(field: pa.Field) -> str:
    given = (field.metadata or {}).get(SPARK_NAME)
    return given.decode() if given else field.name


def layout(spec: StoreSpec, is_feed: bool) -> pa.Schema:
    """Return the columns a store is shown in."""
    columns = [
        ("key", _named(spec.keys)),
        ("value", _named(spec.values)),
        ("partition_id", pa.int32()),
    ]
    before = [("batch_id", pa.int64()), ("change_type", pa.string())] if is_feed else []
    return pa.schema([*before, *columns])


def open_state(given: Mapping[str, str]) -> StateReader:
    """Return a reader of what the options name.

    Raises
    ------
    ExecutionError
        ``STDS_*`` for options that do not go together, or with this checkpoint.
    """
    options = StateOptions.of(given)
    _refuse_variables(options)
    store = options.variable or (options.store if options.side == "none" else options.side)
    try:
        spec = reader.read_spec(options.checkpoint, options.operator, store)
    except AnalysisError as cause:
        raise ExecutionError(
            "STDS_FAILED_TO_READ_STATE_SCHEMA", sourceOptions=options.shown()
        ) from cause
    return StateReader(options, store, spec, spark_schema(layout(spec, options.first is not None)))


def _refuse_variables(options: StateOptions) -> None:
    """State variables and timers belong to transformWithState alone."""
    names = (("stateVarName", options.variable), ("readRegisteredTimers", options.timers or None))
    if not any(value for _, value in names):
        return
    found = [one.metadata for one in reader.read_operators(options.checkpoint)]
    operator = next((m.operator_name for m in found if m.operator_id == options.operator), "none")
    if operator.startswith(_TRANSFORM):
        return
    option, what = (
        ("stateVarName", "state variable names is")
        if options.variable
        else ("readRegisteredTimers", "readRegisteredTimers=true is")
    )
    message = (
        f"Providing {what} only supported with the transformWithState operator. Found operator={operator}. "
        "Please remove this option and re-run the query."
    )
    raise ExecutionError(
        "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE", optionName=option, message=message
    )


def _schema(
    given: Mapping[str, str],
    _user: StructType | None,
    _is_streaming: bool,
    _conf: Callable[[str], str],
) -> StructType:
    return open_state(given).schema


def _read(
    given: Mapping[str, str], _schema: StructType, _conf: Callable[[str], str]
) -> StateReader:
    return open_state(given)


CONNECTOR = Connector("statestore", schema=_schema, read=_read, options=NAMES)

__all__ = ["CONNECTOR", "StateReader", "open_state"]
