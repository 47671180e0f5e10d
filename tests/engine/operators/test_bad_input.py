"""What state must live with: keys of any type, keys that collide, watermarks that stand still, empty partitions, huge batches,
full disks and two processes at one checkpoint."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import textwrap
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from tests.engine.operators.watching import operators
from tests.engine.streaming.plans import at, events, relation, sql
from workbench.engine.plan import relations as r
from workbench.engine.state import providers
from workbench.engine.state.columnar import ColumnarStore
from workbench.engine.state.multi import ColumnarMultiStore
from workbench.testing.memory_stream import MemoryStream
from workbench.testing.stream_test import (
    AddData,
    Check,
    CheckNewAnswer,
    Restart,
    Stop,
    StreamTest,
    run_stream,
)

PROVIDER = "spark.sql.streaming.stateStore.providerClass"
KEYS = {
    "DOUBLE": [float("nan"), 0.0, -1.5, float("inf"), None],
    "DECIMAL(20, 3)": [Decimal("0.001"), Decimal("-12345678901234567.891"), Decimal("1.000"), None],
    "STRING": ["", "a", "a\0b", "ä€𝄞", "a" * 300, None],
    "BINARY": [b"", b"\0", b"\0\0", b"\xff" * 40, None],
    "TIMESTAMP": [at(0), at(-4e9), at(9e9), None],
    "DATE": [dt.date(1, 1, 1), dt.date(1970, 1, 1), dt.date(9999, 12, 31), None],
    "BOOLEAN": [True, False, None],
    "STRUCT<a: INT, b: STRING>": [
        {"a": 1, "b": "x"},
        {"a": None, "b": "x"},
        {"a": None, "b": None},
        None,
    ],
    "ARRAY<INT>": [[], [None], [1], [1, 2], None],
    "STRUCT<a: STRUCT<b: ARRAY<DOUBLE>>>": [
        {"a": {"b": [float("nan")]}},
        {"a": {"b": []}},
        {"a": None},
        None,
    ],
}


@pytest.fixture(params=["columnar", "rocksdb"])
def settings(request):
    """A session's settings with each provider."""
    return {PROVIDER: request.param}


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_of_any_type_is_one_group_over_a_restart(settings, kind):
    keys = KEYS[kind]
    stream = MemoryStream(f"k {kind}")
    run_stream(
        sql("SELECT k, count(*) n FROM e GROUP BY k", e=events(stream)),
        AddData(stream, *[(key,) for key in keys], (keys[0],)),
        CheckNewAnswer((keys[0], 2), *[(key, 1) for key in keys[1:]]),
        Stop(),
        Restart(),
        AddData(stream, *[(key,) for key in keys[::-1]]),
        CheckNewAnswer((keys[0], 3), *[(key, 2) for key in keys[1:]]),
        output_mode="update",
        settings=settings,
    )


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_of_any_type_passes_once_over_a_restart(settings, kind):
    keys = KEYS[kind]
    stream = MemoryStream(f"k {kind}")
    run_stream(
        relation(r.Deduplicate(events(stream), ("k",))),
        AddData(stream, *[(key,) for key in keys[:2]], (keys[0],)),
        CheckNewAnswer(*[(key,) for key in keys[:2]]),
        Stop(),
        Restart(),
        AddData(stream, *[(key,) for key in keys]),
        CheckNewAnswer(*[(key,) for key in keys[2:]]),
        settings=settings,
    )


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_of_any_type_finds_its_like_over_a_restart(settings, kind):
    keys = KEYS[kind]
    left, right = MemoryStream(f"k {kind}"), MemoryStream(f"k {kind}")
    run_stream(
        sql("SELECT l.k FROM l JOIN r ON l.k = r.k", l=events(left), r=events(right)),
        AddData(left, *[(key,) for key in keys]),
        CheckNewAnswer(),
        Stop(),
        Restart(),
        AddData(right, *[(key,) for key in keys]),
        CheckNewAnswer(*[(key,) for key in keys if key is not None]),
        settings=settings,
    )


def test_many_key_columns_tell_their_nulls_apart(settings):
    stream = MemoryStream("a INT, b STRING, c BOOLEAN")
    rows = [
        (1, None, None),
        (None, "1", None),
        (None, None, True),
        (None, None, None),
        (1, "1", True),
    ]
    run_stream(
        sql("SELECT a, b, c, count(*) n FROM e GROUP BY a, b, c", e=events(stream)),
        AddData(stream, *rows),
        CheckNewAnswer(*[(*row, 1) for row in rows]),
        Stop(),
        Restart(),
        AddData(stream, *rows),
        CheckNewAnswer(*[(*row, 2) for row in rows]),
        output_mode="update",
        settings=settings,
    )


def test_keys_whose_hashes_are_all_the_same_stay_apart(monkeypatch):
    def colliding(spec, log, _options):
        made = ColumnarMultiStore if spec.multi else ColumnarStore
        return made(spec, log, lambda keys: np.full(len(keys), 7, np.uint64))

    monkeypatch.setitem(providers.PROVIDERS, "columnar", colliding)
    stream, other = MemoryStream("k STRING"), MemoryStream("k STRING")
    keys = [(f"key {i}",) for i in range(200)]
    run_stream(
        sql("SELECT k, count(*) n FROM e GROUP BY k", e=events(stream)),
        AddData(stream, *keys),
        CheckNewAnswer(*[(key, 1) for (key,) in keys]),
        AddData(stream, *keys[:50]),
        CheckNewAnswer(*[(key, 2) for (key,) in keys[:50]]),
        output_mode="update",
    )
    run_stream(
        sql("SELECT l.k FROM l JOIN r ON l.k = r.k", l=events(stream), r=events(other)),
        CheckNewAnswer(),
        AddData(other, *keys[:3]),
        CheckNewAnswer(*keys[:3], *keys[:3]),
    )


def test_a_watermark_that_never_moves_lets_nothing_go_and_runs_no_empty_batch(settings):
    stream = MemoryStream("t TIMESTAMP, k STRING")
    text = "SELECT window(t, '5 seconds') w, count(*) n FROM e GROUP BY 1"
    run_stream(
        sql(text, e=events(stream, "10 seconds")),
        *[action for _ in range(3) for action in (AddData(stream, (at(3), "a")), CheckNewAnswer())],
        AddData(stream, (None, "b")),
        CheckNewAnswer(),
        # The first batch moves it once, from nowhere, which a batch without rows makes known.
        Check(lambda query: query.last_progress.batch_id == 4),
        Check(lambda query: query.last_progress.state_operators[0].num_rows_total == 1),
        settings=settings,
    )


def test_partitions_without_a_key_commit_and_load_too(settings):
    stream = MemoryStream("k STRING")
    run_stream(
        sql("SELECT k, count(*) n FROM e GROUP BY k", e=events(stream)),
        AddData(stream, ("only",)),
        CheckNewAnswer(("only", 1)),
        Stop(),
        Restart(),
        AddData(stream, ("only",)),
        CheckNewAnswer(("only", 2)),
        Check(operators(("stateStoreSave", 1, 1, 0, 0))),
        output_mode="update",
        settings={**settings, "spark.sql.shuffle.partitions": "7"},
    )


def test_a_huge_batch(settings):
    rows, keys = 400_000, 150_000
    stream = MemoryStream("k BIGINT, x BIGINT")
    numbers = np.arange(rows) * 7919 % keys
    stream.add_table(pa.table({"k": numbers, "x": np.ones(rows, np.int64)}))
    text = "SELECT k, count(*) n, sum(x) s FROM e GROUP BY k"
    test = StreamTest(sql(text, e=events(stream)), output_mode="update", settings=settings)
    try:
        test.start()
        test.settle()
        made = test.sink.rows()
        assert made.num_rows == keys == test.query.last_progress.state_operators[0].num_rows_total
        assert sum(made.column("s").to_pylist()) == rows
    finally:
        test.close()


FULL_DISK = textwrap.dedent("""
    import json, resource, signal, sys
    import workbench as wb

    folder, limit = sys.argv[1], int(sys.argv[2])
    spark = wb.session()
    spark.conf.set("spark.sql.streaming.stateStore.providerClass", sys.argv[3])
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    frame = spark.readStream.schema("k BIGINT").option("maxFilesPerTrigger", 1).json(folder + "/in").groupBy("k").count()
    writer = frame.writeStream.outputMode("update").format("noop").option("checkpointLocation", folder + "/checkpoint")
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    query = writer.trigger(availableNow=True).start()
    try:
        query.awaitTermination(60)
    except Exception:
        pass
    state = None
    if not limit:
        read = spark.read.format("statestore").load(folder + "/checkpoint")
        state = sorted(tuple(row) for row in read.selectExpr("value.count", "1").groupBy("count").count().collect())
    print(json.dumps([str(query.exception()), spark.range(2).count(), state]))
""")


@pytest.mark.parametrize("provider", ["columnar", "rocksdb"])
def test_a_disk_that_fills_while_a_delta_is_written(tmp_path, provider):
    """Files may have 30 kB: the first batch's deltas fit, the second's do not. With room again no key is lost or doubled."""
    (tmp_path / "in").mkdir()
    for number, keys in enumerate((range(10), range(20_000))):
        lines = "".join(f'{{"k": {key * 1_000_003}}}\n' for key in keys)
        (tmp_path / "in" / f"{number}.json").write_text(lines)

    def run(limit):
        command = [sys.executable, "-c", FULL_DISK, str(tmp_path), str(limit), provider]
        done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=True)
        return json.loads(done.stdout.splitlines()[-1])

    error, counted, _ = run(30_000)
    assert "CANNOT_WRITE_STATE_STORE.DISK_FULL" in error and "2.delta" in error
    assert counted == 2
    error, _, state = run(0)
    assert error == "None"
    assert state == [[1, 19_990], [2, 10]]


HOLDING = textwrap.dedent("""
    import sys
    import workbench as wb

    spark = wb.session()
    frame = spark.readStream.format("rate").load().groupBy("value").count()
    query = frame.writeStream.outputMode("update").format("noop").option("checkpointLocation", sys.argv[1]).start()
    print("running", flush=True)
    sys.stdin.read()
    query.stop()
""")


def test_a_second_process_at_a_checkpoint_is_refused_and_told_of_the_first(spark, tmp_path):
    command = [sys.executable, "-c", HOLDING, str(tmp_path)]
    frame = spark.readStream.format("rate").load().groupBy("value").count()
    writer = (
        frame.writeStream.outputMode("update")
        .format("noop")
        .option("checkpointLocation", str(tmp_path))
    )
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout.readline() == "running\n"
        with pytest.raises(Exception, match=rf"CHECKPOINT_IN_USE.*{first.pid}"):
            writer.start()
        first.stdin.close()
        assert first.wait(60) == 0
    second = writer.start()
    second.stop()
