"""What the columnar store costs: per key, per batch as the state grows, at a restart, and at first use.

Run it: ``python tests/benchmarks/state_store.py [millions of keys]``. Times are medians; where the machine is shared, compare
the ratios. ``cpu`` is the time of the working thread alone.
"""

# ruff: noqa: T201 - a script that prints its figures

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from workbench.engine.state.changelog import StoreLog
from workbench.engine.state.columnar import ColumnarStore
from workbench.engine.state.store import StoreSpec

SPEC = StoreSpec(pa.schema([("k", pa.int64())]), pa.schema([("n", pa.int64()), ("s", pa.int64())]))
ROUNDS = 15
FIRST_USE = """
import time
began = time.perf_counter()
from workbench.engine.operators import sessions
from workbench.engine.state import chainkernels, expirykernels, kernels
print(time.perf_counter() - began)
"""


def timed(work):
    """Return the median wall and thread seconds of a call."""
    wall, cpu = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter(), time.thread_time()
        work()
        wall.append(time.perf_counter() - began[0])
        cpu.append(time.thread_time() - began[1])
    return statistics.median(wall), statistics.median(cpu)


def filled(directory, keys):
    """Return a store that holds keys, committed as version 1."""
    store = ColumnarStore(SPEC, StoreLog(directory, store="default"))
    for start in range(0, len(keys), 1_000_000):
        add(store, keys[start : start + 1_000_000])
    store.commit(1)
    return store


def add(store, keys):
    """Count keys and sum their values, as an aggregation does."""
    slots, _ = store.slots(pa.table({"k": keys}))
    store.column("n").values[slots] += 1
    store.column("s").values[slots] += keys


def batch(store, keys, rows, rng):
    """Return a call that merges and commits one batch of distinct known keys."""

    def run():
        add(store, rng.choice(keys, rows))
        store.commit(store.version + 1)

    return run


def first_use():
    """Return the seconds of loading the compiled loops, without and with their cache."""
    empty = tempfile.mkdtemp()
    environment = {**os.environ, "NUMBA_CACHE_DIR": empty}
    command = [sys.executable, "-c", FIRST_USE]
    found = [
        float(
            subprocess.run(
                command, env=environment, capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(2)
    ]
    shutil.rmtree(empty)
    return found


def show(label, wall, cpu, note=""):
    """Print one line."""
    print(f"{label:<44}{wall * 1e3:10.2f} ms{cpu * 1e3:10.2f} ms cpu  {note}")


def main(millions):
    rng = np.random.default_rng(1)
    directory = Path(tempfile.mkdtemp())
    cold, warm = first_use()
    print(f"first use {cold:.2f} s, later {warm:.2f} s   (goals: 5 s and 1 s)")
    count = millions * 1_000_000
    keys = rng.permutation(4 * count)[:count]
    large, small = filled(directory / "large", keys), filled(directory / "small", keys[:100_000])
    print(f"bytes a key at {count:,} keys: {large.memory_bytes() / count:.1f}   (goal: 120)")

    asked = pa.table({"k": rng.choice(keys, 100_000)})
    show("find 100,000 keys", *timed(lambda: large.index.lookup(asked)))
    for rows in (10_000, 250_000):
        in_small = (
            timed(batch(small, keys[:100_000], min(rows, 50_000), rng)) if rows == 10_000 else None
        )
        in_large = timed(batch(large, keys, rows, rng))
        if in_small:
            show(f"batch of {rows:,}, committed, 100,000 keys", *in_small)
        ratio = (
            f"{in_large[0] / in_small[0]:.2f} times the smaller (cpu {in_large[1] / in_small[1]:.2f}; goal: 1.5)"
            if in_small
            else ""
        )
        show(f"batch of {rows:,}, committed, {count:,} keys", *in_large, ratio)

    began = time.perf_counter()
    frozen = large.freeze()
    copied = time.perf_counter()
    frozen()
    print(
        f"snapshot: {copied - began:.2f} s in the query's thread, {time.perf_counter() - copied:.2f} s beside it"
    )
    version, restored = (
        large.version,
        ColumnarStore(SPEC, StoreLog(directory / "large", store="default")),
    )
    large.close()
    began = time.perf_counter(), time.thread_time()
    restored.load(version)
    wall, cpu = time.perf_counter() - began[0], time.thread_time() - began[1]
    print(f"restore of {count:,} keys: {wall:.2f} s, {cpu:.2f} s cpu   (goal: 3 s for 10 million)")
    assert restored.row_count() == count
    shutil.rmtree(directory)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
