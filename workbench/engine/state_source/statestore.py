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
from workbench.engine.state.store import DEFAULT_STORE, StoreSpec
from workbench.engine.state.variable_names import TIMER_STORE, store_of
from workbench.engine.state_source.options import NAMES, StateOptions, invalid
from workbench.engine.state_source.processor_facts import (
    NO_TIME,
    TRANSFORM,
    has_variable,
    is_processor,
    time_mode,
)
from workbench.engine.state_source.variables import of_variable
from workbench.engine.state_source.views import JOIN, View, of_side, views_of

_FEED = (pa.field("batch_id", pa.int64()), pa.field("change_type", pa.string()))


@dataclass(frozen=True, slots=True)
class StateReader:
    """Reads the state named by the options; a checkpoint's files never change, so each read gives the same rows."""

    options: StateOptions
    view: View
    schema: StructType

    def rows(self) -> pa.Table:
        """Return one row a key (a stored row where a key has several), or in a change feed one a change."""
        if self.options.first is not None:
            return self._changes()
        found = reader.read_state(
            self.options.checkpoint,
            self.options.batch + 1,
            operator_id=self.options.operator,
            store=self.view.store,
            partition=self.options.partition,
            snapshot_version=None if self.options.snapshot is None else self.options.snapshot + 1,
            internal=True,
        )
        return pa.Table.from_arrays(self.view.rows(found), schema=layout(self.view, is_feed=False))

    def _changes(self) -> pa.Table:
        found = reader.read_changes(
            self.options.checkpoint,
            self.options.first + 1,
            self.options.batch + 1,
            operator_id=self.options.operator,
            store=self.view.store,
            partition=self.options.partition,
            with_before=self.view.feed is not None,
        )
        version, kind, *shown = (self.view.feed or self._whole)(found)
        # Spark's feed has no inserts: a new key is an update too.
        kind = pc.if_else(pc.equal(kind, "insert"), "update", kind)
        return pa.Table.from_arrays(
            [pc.subtract(version, 1), kind, *shown], schema=layout(self.view, is_feed=True)
        )

    def _whole(self, found: pa.Table) -> list[pa.Array]:
        """Show each change of a row as one."""
        kind = found.column(reader.CHANGE).combine_chunks()
        key, value, partition = self.view.rows(found)
        value = _masked(value, pc.equal(kind, "delete"))
        return [found.column(reader.VERSION).combine_chunks(), kind, key, value, partition]


def _masked(value: pa.StructArray, gone: pa.BooleanArray) -> pa.StructArray:
    return pc.if_else(gone, pa.scalar(None, value.type), value)


def layout(view: View, is_feed: bool) -> pa.Schema:
    """Return the columns a store is shown in."""
    return pa.schema(
        [*(_FEED if is_feed else ()), *view.fields, pa.field(reader.PARTITION, pa.int32())]
    )


def open_state(given: Mapping[str, str]) -> StateReader:
    """Return a reader of what the options name.

    Raises
    ------
    ExecutionError
        ``STDS_*`` for options that do not go together, or with this checkpoint.
    """
    options = StateOptions.of(given)
    view = _view(options)
    if view is None:
        raise ExecutionError("STDS_FAILED_TO_READ_STATE_SCHEMA", sourceOptions=options.shown())
    return StateReader(options, view, spark_schema(layout(view, options.first is not None)))


def _view(options: StateOptions) -> View | None:
    """Return what the options name; None when the checkpoint has no such operator or store."""
    try:
        known = reader.read_operators(options.checkpoint)
    except AnalysisError:
        return None
    stored = next((one for one in known if one.metadata.operator_id == options.operator), None)
    if stored is None:
        return None
    name = stored.metadata.operator_name
    specs = {spec.name: spec for spec in stored.specs}
    if is_processor(stored):
        view = _variable(options, stored, specs)
    else:
        _refuse_variables(options, name)
        view = _store(options, name, specs)
    return view if view is None or view.changes or options.first is None else None


def _variable(
    options: StateOptions, stored: reader.StoredOperator, specs: Mapping[str, StoreSpec]
) -> View | None:
    """Return the view of a variable or of the timers; a change feed is of elements and entries in any case."""
    _refuse_unknown(options, stored)
    if options.side != "none":
        return None
    # Spark takes the name of a store for that of a variable.
    name = options.store if options.variable is None else options.variable
    found = specs.get(TIMER_STORE if options.timers else store_of(name))
    flat = options.flat or options.first is not None
    return None if found is None else of_variable(found, flat=flat)


def _refuse_unknown(options: StateOptions, stored: reader.StoredOperator) -> None:
    """Refuse options that name no variable, or timers where there are none."""
    if options.timers:
        if time_mode(stored) == NO_TIME:
            message = "Registered timers are not available in TimeMode=None."
            raise invalid("readRegisteredTimers", message)
    elif options.variable is None:
        if options.store == DEFAULT_STORE:
            raise ExecutionError("STDS_REQUIRED_OPTION_UNSPECIFIED", optionName="stateVarName")
    elif not has_variable(stored, options.variable, options.batch + 1):
        message = (
            f"State variable {options.variable} is not defined for the transformWithState operator."
        )
        raise invalid("stateVarName", message)


def _store(options: StateOptions, operator: str, specs: Mapping[str, StoreSpec]) -> View | None:
    side = options.side if options.side != "none" else options.store
    if operator == JOIN and side in specs:
        return of_side(specs[side])
    return views_of(operator, tuple(specs.values())).get(side)


def _refuse_variables(options: StateOptions, operator: str) -> None:
    """State variables and timers belong to transformWithState, named stores to joins: no other operator has them."""
    if options.variable is not None:
        option, what = "stateVarName", "state variable names is"
    elif options.timers:
        option, what = "readRegisteredTimers", "readRegisteredTimers=true is"
    elif options.store != DEFAULT_STORE and operator != JOIN:
        option, what = "storeName", "the name of a store is"
    else:
        return
    wanted = JOIN if option == "storeName" else TRANSFORM
    raise invalid(
        option,
        f"Providing {what} only supported with the {wanted} operator. Found operator={operator}. "
        "Please remove this option and re-run the query.",
    )


def _schema(
    given: Mapping[str, str],
    user: StructType | None,
    _is_streaming: bool,
    _conf: Callable[[str], str],
) -> StructType:
    if user is not None:
        raise AnalysisError("_LEGACY_ERROR_TEMP_2242", provider="statestore")
    return open_state(given).schema


def _read(
    given: Mapping[str, str], _schema: StructType, _conf: Callable[[str], str]
) -> StateReader:
    return open_state(given)


CONNECTOR = Connector("statestore", schema=_schema, read=_read, options=NAMES)

__all__ = ["CONNECTOR", "StateReader", "open_state"]
