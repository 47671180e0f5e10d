"""A little query that is killed: eight batches over one operator, a log of acknowledged batches, a rescale on the way."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa

from workbench.base.failpoints import VARIABLE
from workbench.engine.state.maintenance import Maintenance
from workbench.engine.state.operator import OperatorState
from workbench.engine.state.options import StateOptions
from workbench.engine.state.store import StoreSpec

SPECS = (
    StoreSpec(pa.schema([("k", pa.int64())]), pa.schema([("n", pa.int64())])),
    StoreSpec(
        pa.schema([("k", pa.int64())]), pa.schema([("v", pa.int64())]), name="pairs", multi=True
    ),
)
BATCHES = 8


def committed(checkpoint):
    log = Path(checkpoint) / "acknowledged"
    return int(log.read_text()) if log.exists() else 0


def acknowledge(checkpoint, version):
    temporary = Path(checkpoint) / "acknowledged.tmp"
    temporary.write_text(str(version))
    os.rename(temporary, Path(checkpoint) / "acknowledged")


def partitions_of(version):
    return 2 if version <= 4 else 3


def rows_after(version):
    return 2 * 10 * version


def run_batch(state, version):
    """Count ten new keys, count the even old ones again, and remember one pair for each new key."""
    keys = pa.table({"k": np.arange(10 * version)})
    for partition, rows in enumerate(state.split(keys)):
        mine = keys.take(rows)
        store = state.store(partition)
        slots, _ = store.slots(mine)
        store.column("n").values[slots] += 1 + rows % 2
        fresh = mine.filter(pa.array(rows >= 10 * (version - 1)))
        state.store(partition, "pairs").append(fresh, pa.table({"v": fresh.column("k")}))


def main(checkpoint, provider):
    options = StateOptions(
        provider=provider,
        min_deltas_for_snapshot=2,
        maintenance_interval_s=0,
        min_batches_to_retain=2,
    )
    maintenance = Maintenance(options)
    done = committed(checkpoint)
    state = None
    for version in range(done + 1, BATCHES + 1):
        if state is None or state.partitions != partitions_of(version):
            if state is not None:
                state.close()
            state = OperatorState(checkpoint, 0, "agg", SPECS, partitions_of(version), options)
            state.load(version - 1)
        run_batch(state, version)
        state.commit(version)
        acknowledge(checkpoint, version)
        maintenance.after_commit(state)
        maintenance.wait()
    maintenance.close()


def killed_at(point, checkpoint, provider):
    """Run in a process that a crash point kills; an empty one kills it nowhere."""
    os.environ[VARIABLE] = point
    main(checkpoint, provider)
