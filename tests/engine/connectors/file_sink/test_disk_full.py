"""A disk that fills in the middle of a batch: a named error, what was written before stays, the batch comes again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FILL = """
import resource, sys
import numpy as np, pyarrow as pa
from workbench.base.arrow_types import spark_schema
from workbench.base.errors import ExecutionError
from workbench.engine.connectors import registry
from workbench.engine.connectors.contract import SinkContext

small = pa.table({"a": [1, 2]})
big = pa.table({"a": np.random.default_rng(0).integers(0, 2**62, 200_000)})
context = SinkContext("q", "", {}.get, lambda: 0)
sink = registry.find(sys.argv[2]).sink({"path": sys.argv[1]}, spark_schema(small.schema), (), context)
sink.add_batch(0, small, "append")
before = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), before[1]))
try:
    sink.add_batch(1, big if int(sys.argv[3]) > 1000 else small, "append")
except ExecutionError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, before)
if len(sys.argv) > 4:
    sink.add_batch(1, small, "append")
"""


def fill(folder, format, limit, *more):
    command = [sys.executable, "-c", FILL, str(folder), format, str(limit), *more]
    root = str(Path(__file__).parents[4])
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=100, check=True, cwd=root
    )
    return done.stdout


@pytest.mark.parametrize("format", ["json", "parquet"])
def test_a_batch_that_does_not_fit_is_no_part_of_the_table(files, format):
    said = fill(files.path("out"), format, 100_000)

    assert "TASK_WRITE_FAILED" in said
    assert "part-00000" in said
    read = files.read(format, "out")
    assert (read.rows if hasattr(read, "paths") else read.num_rows) == 2


def test_a_manifest_that_does_not_fit_leaves_no_trace_and_the_batch_comes_again(files):
    said = fill(files.path("out"), "json", 100, "again")

    assert "TASK_WRITE_FAILED" in said
    assert "_spark_metadata/1" in said
    assert sorted(path.name for path in (files.folder / "out/_spark_metadata").iterdir()) == [
        "0",
        "1",
    ]
    assert files.rows("json", "out") == [(1,), (2,), (1,), (2,)]
