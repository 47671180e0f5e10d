"""The partitions of one stateful operator, committed and loaded together."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from workbench.base.errors import AnalysisError
from workbench.base.failpoints import failpoint
from workbench.engine.state.changelog import StoreLog, remove_file
from workbench.engine.state.layout import Layout, read_layout, write_layout
from workbench.engine.state.metadata import (
    OperatorMetadata,
    check_keys,
    check_values,
    read_metadata,
    read_stored,
    write_metadata,
    write_schema,
)
from workbench.engine.state.options import StateOptions
from workbench.engine.state.partition import Partitioner
from workbench.engine.state.providers import open_store
from workbench.engine.state.store import (
    DEFAULT_STORE,
    MultiStore,
    StateStore,
    StoreMetrics,
    StoreSpec,
)
from workbench.engine.state.succession import StoredSchema, check_properties

Result = TypeVar("Result")


class OperatorState:
    """All stores of one operator: P partitions, each with every store of ``specs``.

    ::

        <checkpoint>/state/<operator id>/
            _metadata/metadata  schema  layout
            <partition>/[<store>/]<version>.delta | .snapshot

    Used by the query's thread; :meth:`run` spreads work over partitions in threads of its own. Loading a version that was
    written with another number of partitions re-hashes it; the first commit after that writes every partition whole.

    Parameters
    ----------
    checkpoint : Path
        The query's checkpoint location.
    operator_id : int
        The operator's number in the query, 0 for the one nearest the sources.
    operator_name : str
        Spark's name of the operator, for its metadata.
    specs : sequence of StoreSpec
        Its stores.
    partitions : int
        How many partitions it has from now on.
    options : StateOptions
        Provider and limits.

    Attributes
    ----------
    properties : mapping of str to str
        What may not change between runs; set before :meth:`load`.
    ended : frozenset of str
        The stores that the version loaded has and the query does not ask for.
    """

    def __init__(
        self,
        checkpoint: Path,
        operator_id: int,
        operator_name: str,
        specs: Sequence[StoreSpec],
        partitions: int,
        options: StateOptions | None = None,
    ) -> None:
        self.directory = Path(checkpoint) / "state" / str(operator_id)
        self.operator_id = operator_id
        self.operator_name = operator_name
        self.specs = {spec.name: spec for spec in specs}
        self.options = options or StateOptions()
        self.properties: Mapping[str, str] = {}
        self.ended: frozenset[str] = frozenset()
        self.version = 0
        self.layout = Layout()
        self.stores: list[dict[str, StateStore | MultiStore]] = []
        self.pool: ThreadPoolExecutor | None = None
        self._set_partitions(partitions)

    def load(self, version: int) -> None:
        """Become the state of ``version``; 0 is the empty state.

        Raises
        ------
        AnalysisError
            ``STATE_STORE_*_SCHEMA_NOT_COMPATIBLE`` before any row is read.
        ExecutionError
            ``CANNOT_LOAD_STATE_STORE.*`` naming the file.
        """
        fresh = self._check_metadata(version)
        self.layout = read_layout(self.directory)
        stored = self.layout.partitions_at(version) if version else None
        if stored in (None, self.partitions):
            self._open(self.layout.floor_at(version))
            self.run(lambda partition: self._load_partition(partition, version, fresh))
        else:
            self._take_over(self._stored_rows(version, stored, fresh), version)
        self.version = version

    def rescale(self, partitions: int) -> None:
        """Spread the present state over another number of partitions. Call it between a commit and the next batch."""
        rows = {name: [stores[name].file_rows() for stores in self.stores] for name in self.specs}
        self._set_partitions(partitions)
        self._take_over(rows, self.version)

    def store(self, partition: int, name: str = DEFAULT_STORE) -> StateStore | MultiStore:
        """Return one store of one partition."""
        return self.stores[partition][name]

    def split(self, keys: pa.Table | pa.RecordBatch, name: str = DEFAULT_STORE) -> list:
        """Return, for each partition, the rows of ``keys`` that belong to it."""
        return self.partitioners[name].split(keys)

    def run(self, work: Callable[[int], Result]) -> list[Result]:
        """Call ``work(partition)`` for every partition and return the results in order.

        The first runs on this thread, the others in threads of their own; when this returns or raises, none runs any more.
        """
        if self.partitions == 1:
            return [work(0)]
        if self.pool is None:
            self.pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="state")
        others = [self.pool.submit(work, partition) for partition in range(1, self.partitions)]
        try:
            first = work(0)
        finally:
            wait(others)
        return [first, *(one.result() for one in others)]

    def commit(self, version: int) -> None:
        """Make every partition durable as ``version``.

        1. when the number of partitions has changed, the layout says so from ``version`` on
        2. each store writes its file; a kill between two of them leaves the version before as it was
        """
        changed = self.layout.changed(version, self.partitions)
        if changed != self.layout:
            write_layout(self.directory, changed)
            self.layout = changed
        self._commit_partitions(version)
        self.version = version

    def abort(self) -> None:
        """Drop all changes since the last commit or load."""
        if self.rebased:
            self.load(self.version)
            return
        self.run(lambda partition: [store.abort() for store in self.stores[partition].values()])

    def logs(self) -> list[StoreLog]:
        """Return the logs of all stores."""
        return [store.log for stores in self.stores for store in stores.values()]

    def freeze(self) -> list[Callable[[], bool]]:
        """Copy the version just committed; each returned function writes one store's snapshot, on any thread."""
        return [store.freeze() for stores in self.stores for store in stores.values()]

    def purge_unused(self, oldest: int) -> None:
        """Remove the directories of partitions that no version from ``oldest`` on has."""
        if self.layout.floor_at(oldest) != self.layout.floor_at(self.version):
            return
        for path in self.directory.glob("[0-9]*"):
            if path.name.isdigit() and int(path.name) >= self.partitions:
                remove_file(path)

    def metrics(self) -> StoreMetrics:
        """Return the sums over all stores; ``commit_ms`` is the longest of a partition."""
        found = [store.metrics() for stores in self.stores for store in stores.values()]
        custom: dict[str, int] = {}
        for one in found:
            for key, number in one.custom.items():
                custom[key] = custom.get(key, 0) + number
        return StoreMetrics(
            rows_total=sum(one.rows_total for one in found),
            rows_updated=sum(one.rows_updated for one in found),
            rows_removed=sum(one.rows_removed for one in found),
            memory_bytes=sum(one.memory_bytes for one in found),
            commit_ms=max((one.commit_ms for one in found), default=0.0),
            custom=custom,
        )

    def close(self) -> None:
        """Free what the stores hold; nothing durable changes."""
        for stores in self.stores:
            for store in stores.values():
                store.close()
        self.stores = []
        if self.pool is not None:
            self.pool.shutdown()
            self.pool = None

    def _set_partitions(self, partitions: int) -> None:
        self.partitions = partitions
        self.partitioners = {
            name: Partitioner(_deciding(spec), partitions) for name, spec in self.specs.items()
        }
        self._open(0)

    def _open(self, floor: int) -> None:
        for stores in self.stores:
            for store in stores.values():
                store.close()
        self.stores = [
            {
                name: open_store(
                    spec, self._log(partition, name, self.partitions, floor), self.options
                )
                for name, spec in self.specs.items()
            }
            for partition in range(self.partitions)
        ]
        self.rebased = False

    def _log(self, partition: int, name: str, partitions: int, floor: int) -> StoreLog:
        directory = store_directory(self.directory, partition, name)
        return StoreLog(
            directory, store=name, partition=partition, partitions=partitions, floor=floor
        )

    def _load_partition(self, partition: int, version: int, fresh: frozenset[str]) -> None:
        for name, store in self.stores[partition].items():
            if name in fresh:
                store.replace_all(store.file_rows(), version)
                self.rebased = True
            else:
                store.load(version)

    def _commit_partitions(self, version: int) -> None:
        """Commit what has changed first: a file is written on this thread while another gives quiet stores their names."""
        quiet = [not any(store.changed() for store in stores.values()) for stores in self.stores]
        order = sorted(range(self.partitions), key=quiet.__getitem__)
        self.run(lambda place: self._commit_partition(order[place], version))

    def _commit_partition(self, partition: int, version: int) -> None:
        for store in self.stores[partition].values():
            store.commit(version)
            store.log.floor = self.layout.floor_at(version)
            failpoint("state.partition")
        self.rebased = False

    def _stored_rows(
        self, version: int, partitions: int, fresh: frozenset[str]
    ) -> dict[str, list[pa.Table]]:
        """Read a version as it was partitioned then."""
        floor = self.layout.floor_at(version)
        rows: dict[str, list[pa.Table]] = {name: [] for name in self.specs}
        for partition in range(partitions):
            for name, spec in self.specs.items():
                store = open_store(
                    spec, self._log(partition, name, partitions, floor), self.options
                )
                if name not in fresh:
                    store.load(version)
                rows[name].append(store.file_rows())
                store.close()
        return rows

    def _take_over(self, rows: dict[str, list[pa.Table]], version: int) -> None:
        self._open(0)
        for name, tables in rows.items():
            whole = pa.concat_tables(tables)
            for partition, places in enumerate(self.partitioners[name].split(whole)):
                store = self.stores[partition][name]
                store.replace_all(whole.take(places), version)
        self.rebased = True

    def _check_metadata(self, version: int) -> frozenset[str]:
        """Compare what is stored with what the query asks for, write what is new, and return the stores that begin now."""
        specs = tuple(self.specs.values())
        stored = read_stored(self.directory) if version else None
        if stored is None:
            stores = tuple((spec.name, spec.prefix_columns) for spec in specs)
            about = OperatorMetadata(self.operator_id, self.operator_name, stores, self.partitions)
            write_metadata(self.directory, about)
            write_schema(
                self.directory,
                StoredSchema(self.options.provider, specs, properties=self.properties),
            )
            return frozenset()
        living = stored.living(version)
        self.ended = frozenset(spec.name for spec in living) - self.specs.keys()
        self._check_operator(stored)
        self._check_stores(living, list(specs), stored.properties)
        following = stored.followed_by(specs, version, self.properties)
        if (following.lives, following.properties) != (stored.lives, stored.properties):
            write_schema(self.directory, following)
        return frozenset(
            spec.name for spec in specs if not following.life(spec.name).covers(version)
        )

    def _check_operator(self, stored: StoredSchema) -> None:
        """Refuse the state of another operator, and files of another provider."""
        about = read_metadata(self.directory)
        if about is not None and about.operator_name != self.operator_name:
            raise AnalysisError(
                "STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA",
                OpsInMetadataSeq=f"({self.operator_id}, {about.operator_name})",
                OpsInCurBatchSeq=f"({self.operator_id}, {self.operator_name})",
            )
        if stored.provider != self.options.provider:
            raise AnalysisError(
                "STATE_STORE_PROVIDER_CHANGED",
                stored=stored.provider,
                provider=self.options.provider,
            )

    def _check_stores(
        self, living: list[StoreSpec], specs: list[StoreSpec], properties: Mapping[str, str]
    ) -> None:
        """Refuse rows of other types, in Spark's order: keys, what is pinned, values."""
        if self.options.check_schema:
            check_keys(living, specs)
        check_properties(properties, self.properties)
        if self.options.check_schema:
            check_values(living, specs)


def store_directory(operator: Path, partition: int, name: str) -> Path:
    """Return where the files of a store are; those of ``default`` lie in the partition's own directory."""
    own = operator / str(partition)
    return own if name == DEFAULT_STORE else own / name


def _deciding(spec: StoreSpec) -> pa.Schema:
    if spec.partition_by is None:
        return spec.keys
    return pa.schema([spec.keys.field(name) for name in spec.partition_by])
