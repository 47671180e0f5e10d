"""A state larger than its memory: keys counted on the ``rocksdb`` provider, and what the process grows by.

Run it: ``python tests/benchmarks/state_rocksdb.py [millions of keys] [megabytes]``.
"""

# ruff: noqa: T201 - a script that prints its figures

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa

from workbench.engine.state.changelog import StoreLog
from workbench.engine.state.options import StateOptions
from workbench.engine.state.providers import open_store
from workbench.engine.state.store import StoreSpec

SPEC = StoreSpec(pa.schema([("k", pa.int64())]), pa.schema([("n", pa.int64()), ("s", pa.int64())]))
BATCH = 250_000


def main(millions, megabytes):
    rng = np.random.default_rng(1)
    directory = Path(tempfile.mkdtemp())
    options = StateOptions(provider="rocksdb", max_memory_mb=megabytes)
    store = open_store(SPEC, StoreLog(directory, store="default"), options)
    store.load(0)
    process = psutil.Process()
    before, peak = process.memory_info().rss, 0
    began, used = time.perf_counter(), time.process_time()
    batches = millions * 1_000_000 // BATCH
    for number in range(batches):
        # Half of a batch are new keys, the other half old ones, so both ways through the store are walked.
        new = np.arange(number * BATCH, (number + 1) * BATCH) * 2654435761 % (1 << 40)
        old = rng.integers(0, max(1, number) * BATCH, BATCH // 4) * 2654435761 % (1 << 40)
        keys = np.unique(np.concatenate([new, old]))
        slots, _ = store.slots(pa.table({"k": keys}))
        store.column("n").values[slots] += 1
        store.column("s").values[slots] += keys
        store.commit(number + 1)
        peak = max(peak, process.memory_info().rss)
        if number % 10 == 9:
            rows = (number + 1) * BATCH * 1.25
            rate = rows / (time.perf_counter() - began)
            busy = rows / (time.process_time() - used)
            grown = (process.memory_info().rss - before) >> 20
            print(
                f"{store.row_count():>12,} keys {rate:>10,.0f} rows/s {busy:>10,.0f} a processor second {grown:>6} MB more",
                flush=True,
            )
    data = store.row_count() * 24 >> 20
    print(
        f"peak {(peak - before) >> 20} MB over the start; limit {megabytes} MB; the values and keys alone are {data} MB"
    )
    store.close()
    shutil.rmtree(directory)


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 20,
        int(sys.argv[2]) if len(sys.argv) > 2 else 500,
    )
