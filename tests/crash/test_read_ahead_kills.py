"""Kill a stream that reads its next batch ahead at every step between two durable ones: nobody can tell afterwards.

The other crash tests read JSON, which is not read ahead; these read the same rows from parquet.
"""

from __future__ import annotations

import os

import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq
import pytest

from tests.crash.events import fill
from tests.crash.outcome import output, state

FILES = 30
STEPS = [
    "offsets.before", "offsets.after", "file-source.chosen", "file-source.log.durable",
    "sink.before", "sink.after", "state.partition", "state.after",
    "commits.before", "commits.after", "source.committed",
]  # fmt: skip

pytestmark = [pytest.mark.crash, pytest.mark.slow]


def as_parquet(folder):
    """Write every input file again as parquet, in the same order."""
    utc = pa.timestamp("us", "UTC")
    for path in sorted((folder / "in").glob("*.json")):
        rows = pyarrow.json.read_json(path).select(["t", "k", "x"])
        column = rows.column("t").cast(pa.timestamp("us")).cast(utc)
        target = path.with_suffix(".parquet")
        pq.write_table(rows.set_column(0, "t", column), target)
        os.utime(target, (path.stat().st_mtime, path.stat().st_mtime))
        path.unlink()
    return folder


@pytest.mark.parametrize("shape", ["windows", "join", "rows"])
def test_no_step_is_a_bad_one_to_die_at_with_the_next_batch_read(
    tmp_path, forks, undisturbed, shape
):
    folder = as_parquet(fill(tmp_path, FILES))
    steps = [step for step in STEPS if shape != "rows" or not step.startswith("state.")]
    died = [forks.run(shape, folder, at=f"{step}:2") for step in steps]
    assert died == steps
    assert forks.run(shape, folder) is None
    rows, kept = undisturbed(shape, FILES)
    assert output(folder) == rows
    assert state(folder) == kept
