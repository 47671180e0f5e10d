"""The state of one operator, and how long it took."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.engine.operators.contract import NEXT_CLOSE, OperatorMetrics
from workbench.engine.operators.event_time import MICROS_PER_MS
from workbench.engine.operators.state_settings import state_options
from workbench.engine.state.operator import OperatorState
from workbench.engine.state.store import DEFAULT_STORE

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.engine.operators.contract import OperatorContext
    from workbench.engine.state.store import StoreSpec

_AS_IT_IS = {DEFAULT_STORE: 0}


class Stores:
    """One operator's stores over all partitions, and the times of a batch.

    Parameters
    ----------
    name : str
        Spark's name of the operator.
    context : OperatorContext
        Where the state lives and how many partitions it has.
    specs : sequence of StoreSpec
        One per named store.
    partitions : int, optional
        For an operator whose state cannot be divided.
    """

    def __init__(
        self,
        name: str,
        context: OperatorContext,
        specs: Sequence[StoreSpec],
        partitions: int | None = None,
    ) -> None:
        self.name = name
        self.tally = Tally()
        self.maintenance = context.maintenance
        self.state = OperatorState(
            context.path,
            context.index,
            name,
            specs,
            partitions or context.partitions,
            state_options(context.setting),
        )

    @property
    def timings(self) -> Tally:
        """The batch's times, for :func:`stopwatch`."""
        return self.tally

    def load(self, version: int) -> None:
        """Become the state of a version."""
        self.state.load(version)

    def begin(self) -> None:
        """A batch starts: its rows and times are counted anew."""
        self.tally = Tally()

    def each(
        self,
        table: pa.Table,
        keys: Sequence[str],
        work: Callable[[Any, pa.Table], Any],
        store: str = DEFAULT_STORE,
    ) -> list[Any]:
        """Call ``work(store, rows)`` for every partition with its share of the rows; several run at once."""
        if self.state.partitions == 1:
            return [work(self.state.store(0, store), table)]
        places = self.state.split(table.select(list(keys)), store)
        return self.state.run(lambda p: work(self.state.store(p, store), taken(table, places[p])))

    def chosen(
        self,
        table: pa.Table,
        keys: Sequence[str],
        read: Sequence[str],
        work: Callable[[Any, pa.Table], np.ndarray],
    ) -> np.ndarray:
        """Call ``work(store, rows)`` as :meth:`each` does, with the columns it reads; return the bools it gives, in the table's order."""
        needed = table.select(list(read))
        if self.state.partitions == 1:
            return work(self.state.store(0), needed)
        places = self.state.split(table.select(list(keys)))
        parts = self.state.run(lambda p: work(self.state.store(p), needed.take(places[p])))
        made = np.empty(table.num_rows, np.bool_)
        for place, part in zip(places, parts, strict=True):
            made[place] = part
        return made

    def share(self, table: pa.Table, spec: StoreSpec) -> list[pa.Table]:
        """Return each partition's rows of a table that has a store's key columns."""
        if self.state.partitions == 1:
            return [table]
        places = self.state.split(table.select(spec.keys.names), spec.name)
        return [taken(table, places[p]) for p in range(self.state.partitions)]

    def run(self, work: Callable[[int, dict[str, Any]], Any]) -> list[Any]:
        """Call ``work(partition, stores by name)`` for every partition; several run at once."""
        return self.state.run(lambda p: work(p, self.state.stores[p]))

    def next_expiry(self, store: str = DEFAULT_STORE) -> int | None:
        """Return the earliest expiry in a store of any partition, on disk perhaps a time before it; None: nothing expires."""
        times = [self.state.store(p, store).next_expiry() for p in range(self.state.partitions)]
        return min((one for one in times if one is not None), default=None)

    def first_due(self, store: str = DEFAULT_STORE, *, may_move: bool = True) -> int | None:
        """Return :meth:`next_expiry` where it is exact, else None; ``may_move``: a row's time may change while it waits."""
        is_exact = not may_move or self.state.store(0, store).is_expiry_exact
        return self.next_expiry(store) if is_exact else None

    def next_close(
        self, shifts: Mapping[str, int] = _AS_IT_IS, *, may_move: bool = False
    ) -> dict[str, int]:
        """Return the metric that says at which watermark the next row leaves; nothing where none waits, or it is not known.

        ``shifts``: the stores to look at, and by how many ms what leaves is ahead of the watermark.
        """
        firsts = {
            name: self.first_due(name, may_move=may_move)
            for name in shifts
            if self.state.specs[name].expiry
        }
        return earliest(
            NEXT_CLOSE,
            *(
                None if first is None else -(-first // MICROS_PER_MS) - shifts[name]
                for name, first in firsts.items()
            ),
        )

    def commit(self, version: int) -> None:
        """Make every store durable."""
        with self.tally.timed("commit"):
            self.state.commit(version)
        if self.maintenance is not None:
            self.maintenance.after_commit(self.state)

    def abort(self) -> None:
        """Drop the batch's changes."""
        self.state.abort()

    def metrics(self, late: int, **custom: int) -> OperatorMetrics:
        """Return the operator's metrics, summed over its stores."""
        found = self.state.metrics()
        return OperatorMetrics(
            self.name,
            rows_total=found.rows_total,
            rows_updated=found.rows_updated,
            rows_removed=found.rows_removed,
            rows_late=late,
            updates_ms=round(self.tally["updates"] * 1000),
            removals_ms=round(self.tally["removals"] * 1000),
            commit_ms=round(self.tally["commit"] * 1000),
            memory_bytes=found.memory_bytes,
            partitions=self.state.partitions,
            stores=self.state.partitions * len(self.state.specs),
            custom={**found.custom, **custom},
        )

    def close(self) -> None:
        """Release every store."""
        self.state.close()


def earliest(metric: str, *times: int | None) -> dict[str, int]:
    """Return a metric with the earliest of some times; nothing where there is none."""
    known = [one for one in times if one is not None]
    return {metric: min(known)} if known else {}


class Tally:
    """Sums of a batch by name, added to from the threads of several partitions."""

    def __init__(self) -> None:
        self._sums: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> float:
        return self._sums[name]

    def add(self, name: str, amount: float) -> None:
        """Add to a sum."""
        with self._lock:
            self._sums[name] += amount

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Add the seconds spent inside."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - begun)

    def count(self, name: str) -> int:
        """Return a sum of whole numbers."""
        return int(self._sums[name])


def stopwatch(tally: Tally, name: str) -> AbstractContextManager[None]:
    """Add the seconds spent inside to ``tally[name]``."""
    return tally.timed(name)


def taken(table: pa.Table, places: np.ndarray) -> pa.Table:
    """Return the rows at distinct places, which ascend; where those are all rows or none, nothing is copied."""
    if len(places) == table.num_rows:
        return table
    return table.take(places) if len(places) else table.slice(0, 0)
