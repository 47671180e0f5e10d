"""Snapshots and purging, beside the query."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from workbench.base.errors import ExecutionError
from workbench.engine.state.changelog import DELTA, SNAPSHOT, Inventory, Lag, take_inventory
from workbench.engine.state.options import StateOptions

if TYPE_CHECKING:
    from workbench.engine.state.operator import OperatorState

LOG = logging.getLogger(__name__)
_REPLAY_BYTES = 64 << 20


def snapshot_due(lag: Lag, seconds_since_last: float, options: StateOptions) -> bool:
    """Decide whether the version just committed becomes a snapshot.

    There must be ``min_deltas_for_snapshot`` deltas, and either the maintenance interval has passed or the deltas have
    grown so large that replaying them would rule the time of a restart.
    """
    if lag.deltas < options.min_deltas_for_snapshot:
        return False
    long_replay = lag.delta_bytes > max(_REPLAY_BYTES, 2 * lag.snapshot_bytes)
    return long_replay or seconds_since_last >= options.maintenance_interval_s


def to_purge(inventory: Inventory, oldest: int) -> list[tuple[int, str]]:
    """Return the files that no version from ``oldest`` on needs.

    The newest snapshot at or below ``oldest`` is the base of the oldest version. While it is the only snapshot from there
    on, the one before it is kept too, so that a corrupt snapshot never stands alone.
    """
    below = sorted(n for n in inventory.snapshots if n <= oldest)
    if not below:
        return []
    alone = not any(n > below[-1] for n in inventory.snapshots)
    base = below[-2] if alone and len(below) > 1 else 0 if alone else below[-1]
    files = [(n, SNAPSHOT) for n in inventory.snapshots if n < base]
    return sorted(files + [(n, DELTA) for n in inventory.deltas if n <= base and n < oldest])


class Maintenance:
    """One background thread that writes snapshots and removes old files, for all operators of a query.

    :meth:`after_commit` is called on the query's thread and only copies; everything else happens on the maintenance
    thread. A snapshot that cannot be written costs nothing but a longer restart, so it is logged and tried again.

    Parameters
    ----------
    options : StateOptions
        When to snapshot and what to keep.
    clock : callable
        Seconds, rising.
    """

    def __init__(self, options: StateOptions, clock: Callable[[], float] = time.monotonic) -> None:
        self.options = options
        self.clock = clock
        self.pool = ThreadPoolExecutor(1, thread_name_prefix="state-maintenance")
        self.last_round: dict[int, float] = {}
        self.running: dict[int, Future[None]] = {}

    def after_commit(self, state: OperatorState) -> bool:
        """Begin a round for an operator when one is due and none is running; tell whether one began."""
        now = self.clock()
        since = now - self.last_round.setdefault(state.operator_id, now)
        running = self.running.get(state.operator_id)
        if running is not None and not running.done():
            return False
        if not any(snapshot_due(log.lag, since, self.options) for log in state.logs()):
            return False
        self.last_round[state.operator_id] = now
        frozen = state.freeze()
        oldest = state.version - self.options.min_batches_to_retain + 1
        self.running[state.operator_id] = self.pool.submit(self._round, state, frozen, oldest)
        return True

    def wait(self) -> None:
        """Return when no round is running."""
        for future in list(self.running.values()):
            future.result()

    def close(self) -> None:
        """Finish what is running and end the thread."""
        self.pool.shutdown()

    def _round(self, state: OperatorState, frozen: list[Callable[[], bool]], oldest: int) -> None:
        try:
            for write in frozen:
                write()
            for log in state.logs():
                log.purge(to_purge(take_inventory(log.directory), oldest))
            state.purge_unused(oldest)
        except (ExecutionError, OSError) as error:
            LOG.warning("operator %s: no snapshot was written: %s", state.operator_id, error)
