"""The files of one store: which there are, which make up a version, and writing the next.

::

    <checkpoint>/state/<operator>/<partition>/[<store>/]
        1.delta  2.delta  …  10.delta      what changed in each version
        10.snapshot                        all rows of version 10

A version that changed nothing is a second name of the small delta before it. Its header says the older version and its
checksum is the one the next delta names as parent, so that it cannot be taken for anything else.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from workbench.base.errors import ExecutionError
from workbench.base.failpoints import failpoint
from workbench.engine.state.durable import (
    make_directory,
    name_again,
    remove_temporaries,
    sync_directory,
)
from workbench.engine.state.rockssnapshot import (
    RocksSnapshot,
    read_snapshot_directory,
    seal_snapshot_directory,
)
from workbench.engine.state.statefile import (
    CorruptFileError,
    Header,
    StateFile,
    read_state_file,
    stored_checksum,
    write_state_file,
)

DELTA = "delta"
SNAPSHOT = "snapshot"
_SMALL_BYTES = 1 << 14
"""Up to this size a delta gets another name where nothing changed: who copies a checkpoint may copy it once a name."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """The versions a directory has files for."""

    deltas: frozenset[int]
    snapshots: frozenset[int]


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the newest snapshot of a store is behind: what a restart would have to replay."""

    deltas: int = 0
    delta_bytes: int = 0
    snapshot_bytes: int = 0


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """A snapshot (None: the empty state) and the deltas to put on it, in order."""

    snapshot: int | None
    deltas: range


def take_inventory(directory: Path) -> Inventory:
    """List the versions in a directory, which may not exist."""
    found: dict[str, set[int]] = {DELTA: set(), SNAPSHOT: set()}
    for path in directory.iterdir() if directory.is_dir() else ():
        number, _, kind = path.name.partition(".")
        if kind in found and number.isdigit():
            found[kind].add(int(number))
    return Inventory(frozenset(found[DELTA]), frozenset(found[SNAPSHOT]))


def load_plans(inventory: Inventory, version: int, floor: int = 0) -> list[LoadPlan]:
    """Return every way to a version whose files are all there, the shortest first.

    ``floor`` is the version the present number of partitions came in with; files before it hold other keys.
    """
    bases = sorted((n for n in inventory.snapshots if floor <= n <= version), reverse=True)
    plans = [LoadPlan(base, range(base + 1, version + 1)) for base in bases]
    if floor == 0:
        plans.append(LoadPlan(None, range(1, version + 1)))
    return [plan for plan in plans if inventory.deltas.issuperset(plan.deltas)]


def first_missing(inventory: Inventory, version: int, floor: int = 0) -> str:
    """Name the file whose absence keeps a version from being loaded."""
    base = max((n for n in inventory.snapshots if floor <= n <= version), default=floor)
    missing = [n for n in range(base + 1, version + 1) if n not in inventory.deltas]
    return f"{missing[0]}.{DELTA}" if missing else f"{base}.{SNAPSHOT}"


@dataclass(frozen=True, slots=True)
class SnapshotTicket:
    """When a snapshot was taken: the epoch of the log, and the file whose state it shows."""

    epoch: int
    stands_for: str | None


class StoreLog:
    """Read and write the files of one store of one partition.

    Commits come from the query's thread, snapshots from the maintenance thread; ``epoch`` keeps a snapshot that was
    begun before a ``load`` from being written after it.
    """

    def __init__(
        self,
        directory: Path,
        *,
        store: str,
        partition: int = 0,
        partitions: int = 1,
        floor: int = 0,
    ) -> None:
        self.directory = Path(directory)
        self.store = store
        self.partition = partition
        self.partitions = partitions
        self.floor = floor
        self.parent: str | None = None
        self.written: Path | None = None
        self.epoch = 0
        self.lock = threading.Lock()
        self.fresh = True
        self.lag = Lag()

    def path(self, version: int, kind: str) -> Path:
        """Return where a file lives."""
        return self.directory / f"{version}.{kind}"

    def read(self, version: int, base: int | None = None) -> list[StateFile | RocksSnapshot]:
        """Return the files that make up a version, oldest first; the first may be a snapshot.

        A corrupt or missing snapshot falls back to an older one as far as there are deltas. Raises
        ``CANNOT_LOAD_STATE_STORE.*`` naming the file that stands in the way. ``base`` asks for one snapshot.
        """
        if version == 0:
            return []
        inventory = take_inventory(self.directory)
        fault: CorruptFileError | None = None
        for plan in load_plans(inventory, version, self.floor):
            if base is not None and plan.snapshot != base:
                continue
            try:
                return list(self._read_plan(plan))
            except CorruptFileError as error:
                fault = fault or error
        if fault is not None:
            raise ExecutionError(
                "CANNOT_LOAD_STATE_STORE.CORRUPT_FILE", file=fault.path, reason=fault.reason
            ) from fault
        name = first_missing(inventory, version, self.floor)
        raise self._missing(name)

    def read_delta(self, version: int) -> StateFile | None:
        """Return one version's own delta, None when it changed nothing; the first version of a new layout has none."""
        try:
            delta = self._read_file(version, DELTA)
        except CorruptFileError as error:
            if not error.path.exists():
                raise self._missing(error.path.name) from error
            raise ExecutionError(
                "CANNOT_LOAD_STATE_STORE.CORRUPT_FILE", file=error.path, reason=error.reason
            ) from error
        return delta if delta.header.version == version else None

    def _missing(self, name: str) -> ExecutionError:
        kind = "DELTA_FILE_NOT_EXISTS" if name.endswith(DELTA) else "MISSING_SNAPSHOT_FILE"
        return ExecutionError(
            f"CANNOT_LOAD_STATE_STORE.CANNOT_READ_{kind}",
            fileToRead=self.directory / name,
            clazz=f"state store {self.store}",
        )

    def begin(self, version: int, files: list[StateFile | RocksSnapshot]) -> None:
        """Continue from a version that was read: the next commit is its successor."""
        with self.lock:
            self.epoch += 1
            self.fresh = True
            self.parent = files[-1].identity if files else None
            self.written = None
            self.lag = _lag_of(version, files)
        remove_temporaries(self.directory)

    def retire(self) -> None:
        """Write no snapshot that was begun before; called when the store is closed."""
        with self.lock:
            self.epoch += 1

    def write_delta(self, version: int, removes: pa.Table, puts: pa.Table, rows_total: int) -> None:
        """Make a version durable.

        1. files of this and later versions, from a run that did not finish, are removed
        2. the delta is written (see :func:`write_durably`), or, without changes, the one before it is named again
        """
        with self.lock:
            self._discard_from(version)
            size = 0
            if removes.num_rows or puts.num_rows or not self._repeat(version):
                self.parent, size = self._write(
                    DELTA, version, self.parent, None, removes, puts, rows_total
                )
                self.written = self.path(version, DELTA) if size <= _SMALL_BYTES else None
            before = self.lag
            self.lag = Lag(before.deltas + 1, before.delta_bytes + size, before.snapshot_bytes)

    def _repeat(self, version: int) -> bool:
        """Name the last delta again, if it is small, there, and this log's own work: one that was found may be damaged."""
        if self.written is None:
            return False
        path = self.path(version, DELTA)
        try:
            name_again(self.written, path, "state.same")
        except (
            OSError
        ):  # purged, named as often as the disk allows, or a disk that gives one name only
            return False
        self.written = path
        return True

    def write_full(self, version: int, removes: pa.Table, puts: pa.Table) -> None:
        """Make a version durable as a snapshot that continues no other: after a change of the partitions."""
        with self.lock:
            self._discard_from(version)
            self.parent, size = self._write(SNAPSHOT, version, None, None, removes, puts)
            self.written = None
            self.lag = Lag(snapshot_bytes=size)

    def begin_snapshot(self) -> SnapshotTicket:
        """Return what :meth:`write_snapshot` needs to write the present version later."""
        with self.lock:
            self.lag = Lag(snapshot_bytes=self.lag.snapshot_bytes)
            return SnapshotTicket(self.epoch, self.parent)

    def write_snapshot(
        self, version: int, ticket: SnapshotTicket, removes: pa.Table, puts: pa.Table
    ) -> bool:
        """Add a snapshot beside a delta; False when the store was loaded anew since, and nothing is written."""
        with self.lock:
            if ticket.epoch != self.epoch:
                return False
            _, size = self._write(SNAPSHOT, version, None, ticket.stands_for, removes, puts)
            self.lag = replace(self.lag, snapshot_bytes=size)
            return True

    def write_snapshot_directory(
        self, version: int, ticket: SnapshotTicket, rows_total: int, made: Path, schema: pa.Schema
    ) -> bool:
        """As :meth:`write_snapshot`, for a directory of database files that is complete but for its manifest."""
        with self.lock:
            if ticket.epoch != self.epoch:
                shutil.rmtree(made)
                return False
            header = self.header(SNAPSHOT, version, None, ticket.stands_for, rows_total)
            size = seal_snapshot_directory(made, self.path(version, SNAPSHOT), header, schema)
            self.lag = replace(self.lag, snapshot_bytes=size)
            return True

    def purge(self, files: Iterable[tuple[int, str]]) -> int:
        """Remove files no retained version needs and return how many; a kill in the middle does no harm."""
        removed = 0
        for version, kind in files:
            remove_file(self.path(version, kind))
            removed += 1
            failpoint("state.purge")
        return removed

    def _write(
        self,
        kind: str,
        version: int,
        parent: str | None,
        stands_for: str | None,
        removes: pa.Table,
        puts: pa.Table,
        rows_total: int | None = None,
    ) -> tuple[str, int]:
        make_directory(self.directory)
        total = puts.num_rows if rows_total is None else rows_total
        header = self.header(kind, version, parent, stands_for, total)
        return write_state_file(self.path(version, kind), header, removes, puts)

    def header(
        self, kind: str, version: int, parent: str | None, stands_for: str | None, rows_total: int
    ) -> Header:
        """Return the header of a file of this store."""
        return Header(
            kind,
            version,
            self.store,
            self.partition,
            self.partitions,
            parent,
            stands_for,
            rows_total,
        )

    def _discard_from(self, version: int) -> None:
        if not self.fresh:
            return
        inventory = take_inventory(self.directory)
        stale = [(n, kind) for n in inventory.snapshots for kind in [SNAPSHOT] if n >= version]
        stale += sorted(((n, DELTA) for n in inventory.deltas if n >= version), reverse=True)
        for number, kind in stale:
            remove_file(self.path(number, kind))
            failpoint("state.discard")
        if stale:
            sync_directory(self.directory)
        self.fresh = False

    def _read_plan(self, plan: LoadPlan) -> Iterator[StateFile | RocksSnapshot]:
        before: str | None = None
        if plan.snapshot is not None:
            snapshot = self._read_file(plan.snapshot, SNAPSHOT)
            self._check_replaced(snapshot)
            before = snapshot.identity
            yield snapshot
        for version in plan.deltas:
            delta = self._read_file(version, DELTA)
            if delta.header.version < version and delta.checksum == before:
                continue
            if delta.header.version < version or delta.header.parent != before:
                raise CorruptFileError(
                    self.path(version, DELTA), "it does not follow the file before it"
                )
            before = delta.checksum
            yield delta

    def _check_replaced(self, snapshot: StateFile | RocksSnapshot) -> None:
        """Refuse a snapshot that was taken of another delta than the one that is there."""
        delta = self.path(snapshot.header.version, DELTA)
        if snapshot.header.stands_for and delta.exists():
            stored = stored_checksum(delta)
            if stored != snapshot.header.stands_for:
                path = self.path(snapshot.header.version, SNAPSHOT)
                raise CorruptFileError(path, f"it was taken of another {delta.name}")

    def _read_file(self, version: int, kind: str) -> StateFile | RocksSnapshot:
        path = self.path(version, kind)
        try:
            found = read_snapshot_directory(path) if path.is_dir() else read_state_file(path)
        except FileNotFoundError as error:
            raise CorruptFileError(path, "the file does not exist") from error
        is_of = found.header.version == version or (
            kind == DELTA and found.header.version < version
        )
        if not is_of or found.header.partitions != self.partitions:
            raise CorruptFileError(
                path,
                f"it is of version {found.header.version}, {found.header.partitions} partitions",
            )
        return found


def remove_file(path: Path) -> None:
    """Remove a state file, or a snapshot that is a directory."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _lag_of(version: int, files: list[StateFile | RocksSnapshot]) -> Lag:
    snapshots = [file for file in files if file.header.kind == SNAPSHOT]
    base = snapshots[0].header.version if snapshots else 0
    deltas = sum(file.size for file in files if file.header.kind == DELTA)
    return Lag(version - base, deltas, sum(file.size for file in snapshots))
