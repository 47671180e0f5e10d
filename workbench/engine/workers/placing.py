"""The state partitions of one operator, each worked on by the worker it belongs to."""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from workbench.engine.state.rebalance import apply_moves, rebalance
from workbench.engine.workers.lag import Pace, judge
from workbench.engine.workers.parallel import side_by_side
from workbench.engine.workers.pool import WorkerPool, raise_when_hopeless
from workbench.engine.workers.process import WorkerGone, WorkerLost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.engine.workers.contract import Job, Tick

_NOBODY = ""


class Placing:
    """Who has which partition, batch after batch; moved when workers come, go or lag, as few as possible.

    The state itself stays with the engine, which lends a partition's stores for a call; so a move costs nothing but the
    worker's warm caches. Used by one query's thread.
    """

    def __init__(self) -> None:
        self._owners: dict[int, str] = {}
        self._paces: dict[str, Pace] = {}
        self._lock = threading.Lock()
        self._moves = self._retries = 0
        self._done: dict[str, Any] = {}

    def run(self, pool: WorkerPool, jobs: Sequence[Job], tick: Tick) -> list[Any]:
        """Do one job a partition, each on the partition's worker; return the answers in order.

        A worker that dies costs its partitions' jobs another call: the jobs' stores are as before.
        """
        self._moves = self._retries = 0
        names = pool.names()
        self._done = {name: Counter() for name in names}
        self._settle(len(jobs), names)
        shares: dict[str, list[int]] = {}
        for place, owner in self._owners.items():
            shares.setdefault(owner, []).append(place)
        calls = [partial(self._share, pool, places, jobs, tick) for places in shares.values()]
        made: dict[int, Any] = {}
        for one in side_by_side(calls, len(calls)):
            made |= one
        self._paces = judge(
            self._paces, {name: (one["rows"], one["seconds"]) for name, one in self._done.items()}
        )
        return [made[place] for place in range(len(jobs))]

    @property
    def figures(self) -> dict[str, int]:
        """The last batch, for its progress: moves, retries, and what each worker had to do."""
        held = Counter(self._owners.values())
        made = {
            "workers": len(self._done),
            "workerMoves": self._moves,
            "workerRetries": self._retries,
        }
        for name, done in self._done.items():
            made |= {
                f"{name}.partitions": held[name],
                f"{name}.rows": done["rows"],
                f"{name}.busyMs": round(done["seconds"] * 1000),
                f"{name}.lags": int(name in self._paces and self._paces[name].lags),
            }
        return made

    def _settle(self, partitions: int, names: Sequence[str]) -> None:
        """Give partitions without a worker one, and take from those that have too many."""
        before = {place: self._owners.get(place, _NOBODY) for place in range(partitions)}
        lagging = [name for name in names if name in self._paces and self._paces[name].lags]
        self._owners = apply_moves(before, moves := rebalance(before, names, lagging))
        self._moves += sum(before[move.partition] != _NOBODY for move in moves)

    def _share(
        self, pool: WorkerPool, places: Sequence[int], jobs: Sequence[Job], tick: Tick
    ) -> dict[int, Any]:
        return {place: self._one(pool, place, jobs[place], tick) for place in places}

    def _one(self, pool: WorkerPool, place: int, job: Job, tick: Tick) -> Any:
        lost = 0
        while True:
            owner = self._owners[place]
            try:
                done = pool.run_on(owner, job, tick)
            except WorkerLost as error:
                died = not isinstance(error, WorkerGone)
                lost += died
                raise_when_hopeless(job, lost, error)
                self._lose(pool, died)
            else:
                self._count(owner, job.rows, done.seconds)
                return done.value

    def _lose(self, pool: WorkerPool, died: bool) -> None:
        with self._lock:
            self._retries += died
            names = pool.names()
            self._settle(len(self._owners), names)
            self._done |= {name: Counter() for name in names if name not in self._done}

    def _count(self, owner: str, rows: int, seconds: float) -> None:
        with self._lock:
            done = self._done.setdefault(owner, Counter())
            done["rows"] += rows
            done["seconds"] += seconds
