"""An operator's user code over the partitions of a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.base.cancelling import look
from workbench.engine.workers.contract import Job
from workbench.engine.workers.placing import Placing
from workbench.engine.workers.session_calls import ticking

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.engine.kernel.python_calls import Calls
    from workbench.engine.operators.contract import OperatorBatch
    from workbench.engine.operators.python_state.partition_calls import Made
    from workbench.engine.operators.stores import Stores
    from workbench.engine.workers.contract import Work
    from workbench.engine.workers.pool import WorkerPool


class UserPartitions:
    """An operator's user code over all partitions, in this process or in the session's workers, as its settings say now.

    Parameters
    ----------
    work : Work
        Opens :class:`PartitionCalls`.
    calls : Calls
        The session's: where user code runs.
    """

    def __init__(self, work: Work, calls: Calls) -> None:
        self._work, self._calls = work, calls
        self._placing = Placing()
        self._here: Any = None
        self._pool: WorkerPool | None = None

    def ask(self, method: str) -> Any:
        """Return what a method of the opened work answers."""
        pool = self._calls.pool()
        if pool is None:
            return getattr(self._local(), method)()
        self._pool = pool
        return pool.run(Job(self._work, method), ticking(look()))

    def run(
        self,
        stores: Stores,
        parts: Sequence[pa.Table],
        initial: Sequence[pa.Table] | None,
        batch: OperatorBatch,
    ) -> tuple[list[pa.Table], Counter[str]]:
        """Run every partition of a batch; return the rows by partition and the sums of the counts."""
        starts = initial or [None] * len(parts)
        given = [(part, start, batch) for part, start in zip(parts, starts, strict=True)]
        made = self._run(stores.state.stores, given)
        counts: Counter[str] = Counter()
        for one in made:
            counts.update(one.counts)
            for name, seconds in one.seconds.items():
                stores.tally.add(name, seconds)
        return [one.table for one in made], counts

    @property
    def figures(self) -> dict[str, int]:
        """The workers' part in the last batch, for its progress; nothing without workers."""
        return {} if self._pool is None else self._placing.figures

    def close(self) -> None:
        """Close the work wherever it was opened."""
        if self._pool is not None:
            self._pool.end_work(self._work, ticking(look()))
        if self._here is not None:
            self._here.close()

    def _run(
        self, stores: Sequence[Mapping[str, Any]], given: Sequence[tuple[Any, ...]]
    ) -> list[Made]:
        self._pool = pool = self._calls.pool()
        if pool is None:
            here = self._local()
            return [here.partition(lent, *one) for lent, one in zip(stores, given, strict=True)]
        jobs = [
            Job(self._work, "partition", one, lent, rows=one[0].num_rows)
            for lent, one in zip(stores, given, strict=True)
        ]
        return self._placing.run(pool, jobs, ticking(look()))

    def _local(self) -> Any:
        if self._here is None:
            self._here = self._work.open()
        return self._here
