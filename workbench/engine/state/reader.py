"""State read from a checkpoint, of a running query or a stopped one: any retained version, and what changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from workbench.base.errors import AnalysisError, ExecutionError
from workbench.engine.state.changelog import StoreLog, take_inventory
from workbench.engine.state.columnar import ColumnarStore, renamed
from workbench.engine.state.layout import read_layout
from workbench.engine.state.metadata import (
    OperatorMetadata,
    read_metadata,
    read_schema,
    read_stored,
)
from workbench.engine.state.multi import rows_spec
from workbench.engine.state.operator import store_directory
from workbench.engine.state.statefile import StateFile
from workbench.engine.state.store import DEFAULT_STORE, StoreSpec
from workbench.engine.state.succession import StoredSchema

PARTITION = "partition_id"
VERSION = "version"
CHANGE = "change_type"
BEFORE = "before"


@dataclass(frozen=True, slots=True)
class StoredOperator:
    """One operator of a checkpoint, as the metadata reader shows it."""

    metadata: OperatorMetadata
    specs: tuple[StoreSpec, ...]
    first_version: int
    last_version: int
    partitions: int
    schema: StoredSchema


def operator_directory(checkpoint: Path, operator_id: int) -> Path:
    """Return the directory of an operator's state."""
    return Path(checkpoint) / "state" / str(operator_id)


def read_operators(checkpoint: Path) -> list[StoredOperator]:
    """Return every stateful operator of a checkpoint, by number."""
    state = Path(checkpoint) / "state"
    numbers = sorted(int(path.name) for path in state.glob("[0-9]*") if path.name.isdigit())
    return [_read_operator(checkpoint, number) for number in numbers]


def read_spec(checkpoint: Path, operator_id: int = 0, store: str = DEFAULT_STORE) -> StoreSpec:
    """Return the schema of a store, or raise ``STDS_FAILED_TO_READ_STATE_SCHEMA``."""
    stored = read_schema(operator_directory(checkpoint, operator_id))
    found = [spec for spec in stored[1] if spec.name == store] if stored else []
    if not found:
        options = f"path={checkpoint}, operatorId={operator_id}, storeName={store}"
        raise AnalysisError("STDS_FAILED_TO_READ_STATE_SCHEMA", sourceOptions=options)
    return found[0]


def read_state(
    checkpoint: Path,
    version: int,
    *,
    operator_id: int = 0,
    store: str = DEFAULT_STORE,
    partition: int | None = None,
    snapshot_version: int | None = None,
    internal: bool = False,
) -> pa.Table:
    """Return all rows of a store at a version: key columns, value columns, ``partition_id``.

    Parameters
    ----------
    checkpoint : Path
        The query's checkpoint location.
    version : int
        The version; that of batch N is N + 1.
    operator_id : int
        The operator.
    store : str
        The name of the store.
    partition : int, optional
        One partition only.
    snapshot_version : int, optional
        Start from this snapshot instead of the newest.
    internal : bool
        With the numbers and marks of a store that has many rows a key: ``_row`` and ``_matched``.
    """
    spec = read_spec(checkpoint, operator_id, store)
    schema = pa.schema([*spec.keys, *spec.values])
    if internal and spec.multi:
        schema = pa.schema([*_file_spec(spec).keys, *_file_spec(spec).values])
    parts = [
        _with_partition(_replay(spec, log, log.read(version, snapshot_version)), log.partition)
        for log in _logs(checkpoint, operator_id, store, version, partition)
    ]
    whole = schema.append(pa.field(PARTITION, pa.int32())).empty_table()
    return pa.concat_tables([whole, *(part.select(whole.column_names) for part in parts)])


def read_changes(
    checkpoint: Path,
    first: int,
    last: int,
    *,
    operator_id: int = 0,
    store: str = DEFAULT_STORE,
    partition: int | None = None,
    with_before: bool = False,
) -> pa.Table:
    """Return what each version from ``first`` to ``last`` changed, oldest first.

    Columns: ``version``, ``change_type`` (``insert``, ``update`` or ``delete``), key columns, value columns (null for
    a delete), ``partition_id``; ``with_before``: and ``before``, a struct of the values before the change. A version whose delta is gone cannot be told apart from its neighbours and raises
    ``CANNOT_LOAD_STATE_STORE.*``.
    """
    spec = read_spec(checkpoint, operator_id, store)
    fields = [*spec.keys, *spec.values]
    fields += [pa.field(BEFORE, pa.struct(list(spec.values)))] if with_before else []
    whole = pa.schema(
        [(VERSION, pa.int64()), (CHANGE, pa.string()), *fields, (PARTITION, pa.int32())]
    ).empty_table()
    parts = [whole]
    for version in range(first, last + 1):
        for log in _logs(checkpoint, operator_id, store, version, partition):
            changes = _with_partition(_changes(spec, log, version), log.partition)
            parts.append(changes.select(whole.column_names))
    return pa.concat_tables(parts)


def _read_operator(checkpoint: Path, number: int) -> StoredOperator:
    directory = operator_directory(checkpoint, number)
    metadata, stored, layout = (
        read_metadata(directory),
        read_stored(directory),
        read_layout(directory),
    )
    if metadata is None or stored is None:
        raise AnalysisError(
            "STDS_FAILED_TO_READ_OPERATOR_METADATA", checkpointLocation=checkpoint, batchId="latest"
        )
    inventory = take_inventory(store_directory(directory, 0, stored.specs[0].name))
    versions = inventory.deltas | inventory.snapshots
    first = min(inventory.snapshots | (inventory.deltas & {1}), default=0)
    last = max(versions, default=0)
    partitions = layout.partitions_at(last) or metadata.partitions
    return StoredOperator(metadata, stored.specs, first, last, partitions, stored)


def _logs(
    checkpoint: Path, operator_id: int, store: str, version: int, partition: int | None
) -> Iterable[StoreLog]:
    directory = operator_directory(checkpoint, operator_id)
    layout = read_layout(directory)
    count = layout.partitions_at(version)
    if not count:
        options = f"path={checkpoint}, operatorId={operator_id}, storeName={store}"
        raise AnalysisError("STDS_NO_PARTITION_DISCOVERED_IN_STATE_STORE", sourceOptions=options)
    if partition is not None and partition >= count:
        raise ExecutionError(
            "CANNOT_LOAD_STATE_STORE.SNAPSHOT_PARTITION_ID_NOT_FOUND",
            snapshotPartitionId=partition,
            operatorId=operator_id,
            checkpointLocation=Path(checkpoint) / "state",
        )
    for number in range(count) if partition is None else [partition]:
        yield StoreLog(
            store_directory(directory, number, store),
            store=store,
            partition=number,
            partitions=count,
            floor=layout.floor_at(version),
        )


def _file_spec(spec: StoreSpec) -> StoreSpec:
    return rows_spec(spec) if spec.multi else spec


def _replay(spec: StoreSpec, log: StoreLog, files: list[StateFile]) -> pa.Table:
    replayed = ColumnarStore(_file_spec(spec), log)
    replayed.apply_files(files)
    return replayed.scan()


def _changes(spec: StoreSpec, log: StoreLog, version: int) -> pa.Table:
    """Return the changes of one version of one partition, deletes first, and the values before them."""
    kept = _file_spec(spec)
    before = ColumnarStore(kept, log)
    delta = log.read_delta(version)
    removes = renamed(delta.removes(), kept.keys) if delta else kept.keys.empty_table()
    puts = renamed(delta.puts(), before.schema) if delta else before.schema.empty_table()
    if version - 1 >= max(1, log.floor):
        before.apply_files(log.read(version - 1))
    known = before.index.lookup(puts.select(kept.keys.names)) >= 0
    again = ColumnarStore(kept, log)
    again.slots(puts.select(kept.keys.names))
    gone = again.index.lookup(removes) < 0
    kinds = [np.full(int(gone.sum()), "delete"), np.where(known, "update", "insert")]
    if spec.multi:
        slots = before.index.lookup(removes)[gone]
        deleted = before.rows_at(slots)
    else:
        deleted = removes.filter(pa.array(gone))
    rows = pa.concat_tables([deleted, puts], promote_options="default")
    rows = rows.append_column(BEFORE, _values_of(before, rows.select(kept.keys.names)))
    rows = rows.add_column(0, CHANGE, pa.array(np.concatenate(kinds), pa.string()))
    return rows.add_column(0, VERSION, pa.array(np.full(rows.num_rows, version)))


def _values_of(store: ColumnarStore, keys: pa.Table) -> pa.Array:
    """Return the value columns of keys as one struct, null for what is not there."""
    found, values = store.get(keys)
    fields = list(values.schema)
    if not fields:
        return pa.nulls(keys.num_rows, pa.struct([]))
    columns = [column.combine_chunks() for column in values.columns]
    return pa.StructArray.from_arrays(columns, fields=fields, mask=pa.array(~found))


def _with_partition(rows: pa.Table, partition: int) -> pa.Table:
    numbers = pa.array(np.full(rows.num_rows, partition, np.int32))
    return rows.append_column(PARTITION, numbers)
