"""What a user can get wrong: each mistake has Spark's error class, says the value, and says what to do next."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import suppress
from queue import Queue

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.errors import AnalysisException, PySparkException, StreamingQueryException
from pyspark.sql import functions as F  # noqa: N812 - its usual name

SCHEMA = "id INT, name STRING"


def condition(error: PySparkException) -> str:
    return error.getCondition()


def refused(kind: type[PySparkException] = AnalysisException):
    return pytest.raises(kind)


def numbers(path, *values):
    """A parquet file of ids."""
    pq.write_table(
        pa.table({"id": pa.array(values, pa.int32()), "name": pa.array([f"n{v}" for v in values])}),
        path,
    )


def run_to_the_end(frame, tmp_path, **options):
    """Run a stream over all there is into a file sink; return the query."""
    writer = frame.writeStream.format("parquet").option(
        "checkpointLocation", str(tmp_path / "checkpoint")
    )
    query = writer.options(**options).trigger(availableNow=True).start(str(tmp_path / "out"))
    with suppress(StreamingQueryException):
        query.awaitTermination(60)
    return query


# ------------------------------------------------------------------ names


def test_a_missing_file_is_named(spark, tmp_path):
    with refused() as caught:
        spark.read.parquet(str(tmp_path / "nowhere")).count()

    assert condition(caught.value) == "PATH_NOT_FOUND"
    assert "nowhere" in str(caught.value)


def test_an_unknown_column_gets_a_suggestion(spark):
    with refused() as caught:
        spark.range(3).withColumnRenamed("id", "flight").select("flihgt").collect()

    assert condition(caught.value) == "UNRESOLVED_COLUMN.WITH_SUGGESTION"
    assert "`flihgt`" in str(caught.value)
    assert "`flight`" in str(caught.value)


def test_an_unknown_function_gets_a_suggestion(spark):
    with refused() as caught:
        spark.sql("SELECT uper('a')").collect()

    assert condition(caught.value) == "UNRESOLVED_ROUTINE"
    assert "`upper`" in str(caught.value)


def test_an_unknown_format_gets_a_suggestion(spark):
    with refused() as caught:
        spark.read.format("parqet").load("x").collect()

    assert condition(caught.value) == "DATA_SOURCE_NOT_FOUND"
    assert "`parquet`" in str(caught.value)


def test_an_option_that_takes_no_such_value(spark, tmp_path):
    numbers(tmp_path / "a.parquet", 1)

    with refused(PySparkException) as caught:
        frame = (
            spark.readStream.schema(SCHEMA)
            .option("maxFilesPerTrigger", "many")
            .parquet(str(tmp_path))
        )
        frame.writeStream.format("noop").trigger(availableNow=True).start().awaitTermination(30)

    assert "maxFilesPerTrigger" in str(caught.value)
    assert "many" in str(caught.value)


def test_a_schema_that_cannot_be_read(spark):
    with refused() as caught:
        spark.read.schema("id INTT").parquet("x").count()

    assert condition(caught.value) == "UNSUPPORTED_DATATYPE"
    assert "INTT" in str(caught.value)


# ------------------------------------------------------------------ rows


def test_a_corrupt_parquet_in_mid_stream_ends_the_query_and_names_the_file(spark, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    numbers(source / "1.parquet", 1, 2)
    (source / "2.parquet").write_bytes(b"PAR1 this is no parquet PAR1")

    frame = spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 1).parquet(str(source))
    query = run_to_the_end(frame, tmp_path)

    assert "[FAILED_READ_FILE.NO_HINT]" in str(query.exception())
    assert "2.parquet" in str(query.exception())
    assert "ignoreCorruptFiles" in str(query.exception())
    assert spark.range(1).count() == 1


@pytest.mark.parametrize(
    ("mode", "found"), [("PERMISSIVE", [(1,), (None,)]), ("DROPMALFORMED", [(1,)])]
)
def test_malformed_json_is_kept_empty_or_dropped(spark, tmp_path, mode, found):
    (tmp_path / "a.json").write_text('{"id": 1}\n{"id": oops}\n')

    rows = spark.read.schema("id INT").option("mode", mode).json(str(tmp_path)).collect()

    assert sorted(map(tuple, rows), key=str) == sorted(found, key=str)


def test_malformed_json_is_an_error_when_asked(spark, tmp_path):
    (tmp_path / "a.json").write_text('{"id": 1}\n{"id": oops}\n')

    with refused(PySparkException) as caught:
        spark.read.schema("id INT").option("mode", "FAILFAST").json(str(tmp_path)).collect()

    assert condition(caught.value) == "FAILED_READ_FILE.NO_HINT"
    assert "MALFORMED_RECORD_IN_PARSING" in str(caught.value)
    assert "a.json" in str(caught.value)
    assert "PERMISSIVE" in str(caught.value)


def test_a_function_that_raises_shows_the_users_own_line(spark):
    @F.udf("int")
    def halve(value):
        return 1 // (value - 1)

    with refused(PySparkException) as caught:
        spark.range(3).select(halve("id")).collect()

    assert "ZeroDivisionError" in str(caught.value)
    assert "return 1 // (value - 1)" in str(caught.value)


# ------------------------------------------------------------------ streams


def test_a_watermark_needs_a_timestamp(spark):
    with refused() as caught:
        spark.readStream.format("rate").load().withWatermark("value", "1 minute").schema  # noqa: B018 - asks the server

    assert condition(caught.value) == "EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE"
    assert "to_timestamp" in str(caught.value)


def test_an_output_mode_the_query_cannot_have(spark):
    frame = spark.readStream.format("rate").load().groupBy("value").count()

    with refused() as caught:
        frame.writeStream.format("memory").queryName("m").outputMode("append").start()

    assert condition(caught.value) == "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"
    assert "update" in str(caught.value)


def test_a_stream_that_was_not_started_says_how(spark):
    with refused() as caught:
        spark.readStream.format("rate").load().collect()

    assert condition(caught.value) == "STREAMING_QUERY_NOT_STARTED"
    assert "writeStream" in str(caught.value)


def test_a_file_sink_without_a_checkpoint_says_where_to_put_it(spark, tmp_path):
    with refused() as caught:
        spark.readStream.format("rate").load().writeStream.format("parquet").start(str(tmp_path))

    assert condition(caught.value) == "STREAMING_CHECKPOINT_LOCATION_MISSING"
    assert "checkpointLocation" in str(caught.value)


def test_the_checkpoint_of_another_query_is_refused(spark, tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        numbers(tmp_path / name / "a.parquet", 1)
    first = spark.readStream.schema(SCHEMA).parquet(str(tmp_path / "first"))
    second = spark.readStream.schema(SCHEMA).parquet(str(tmp_path / "second"))
    assert run_to_the_end(first, tmp_path).exception() is None

    query = run_to_the_end(first.union(second), tmp_path)

    assert "[1] sources in the checkpoint offsets and now there are [2] sources" in str(
        query.exception()
    )
    assert "Use a new checkpoint directory" in str(query.exception())


def test_a_truncated_offset_file_is_named(spark, tmp_path):
    (tmp_path / "in").mkdir()
    numbers(tmp_path / "in" / "a.parquet", 1)
    frame = spark.readStream.schema(SCHEMA).parquet(str(tmp_path / "in"))
    run_to_the_end(frame, tmp_path)
    (tmp_path / "checkpoint" / "offsets" / "0").write_text("v1\n{")

    query = run_to_the_end(frame, tmp_path)

    assert "[STREAMING_CHECKPOINT_INCOMPLETE_LOG_FILE]" in str(query.exception())
    assert "checkpoint/offsets/0" in str(query.exception())
    assert "Restore it from a copy" in str(query.exception())


def test_a_failing_query_tells_its_listeners_and_the_kernel_lives_on(spark):
    from pyspark.sql.streaming import StreamingQueryListener

    heard: Queue = Queue()

    class Listener(StreamingQueryListener):
        def onQueryStarted(self, event): ...
        def onQueryProgress(self, event): ...
        def onQueryIdle(self, event): ...
        def onQueryTerminated(self, event):
            heard.put(event)

    listener = Listener()
    spark.streams.addListener(listener)
    try:
        frame = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 3).load()
        query = frame.select(F.expr("1 / (value - 1)")).writeStream.format("noop").start()
        # The end of a query before this one may still be on its way to the client, as with Spark.
        told = next(
            event
            for event in iter(lambda: heard.get(timeout=60), None)
            if str(event.id) == query.id
        )
    finally:
        spark.streams.removeListener(listener)

    assert "DIVIDE_BY_ZERO" in told.exception
    assert told.errorClassOnException == "DIVIDE_BY_ZERO"
    assert "DIVIDE_BY_ZERO" in str(query.exception())
    assert not query.isActive
    assert spark.range(3).count() == 3


def test_a_cancelled_cell_leaves_the_session_working(spark):
    """What the notebook's stop button does: the client interrupts what runs."""

    @F.udf("int")
    def slow(value):
        time.sleep(0.05)
        return value

    caught: list[BaseException] = []

    def cell():
        try:
            spark.range(400).select(slow(F.col("id").cast("int"))).collect()
        except PySparkException as error:
            caught.append(error)

    thread = threading.Thread(target=cell)
    thread.start()
    time.sleep(1)
    spark.interruptAll()
    thread.join(60)

    assert condition(caught[0]) == "OPERATION_CANCELED"
    assert spark.range(2).count() == 2


FULL_DISK = textwrap.dedent("""
    import json, resource, signal, sys
    import workbench as wb

    source, work = sys.argv[1:]
    spark = wb.session()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    frame = spark.readStream.schema("id INT, name STRING").parquet(source)
    query = (frame.writeStream.format("parquet").option("checkpointLocation", work + "/checkpoint")
             .trigger(availableNow=True).start(work + "/out"))
    try:
        query.awaitTermination(60)
    except Exception:
        pass
    print(json.dumps([str(query.exception()), spark.range(2).count()]))
""")


def test_a_full_disk_ends_the_query_not_the_kernel(tmp_path):
    """The disk is "full" after 4 kB a file; once there is room, the query goes on and nothing is doubled."""
    (tmp_path / "in").mkdir()
    numbers(tmp_path / "in" / "a.parquet", *range(20_000))
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path / "in"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    error, counted = json.loads(done.stdout.splitlines()[-1])

    assert counted == 2
    assert "File too large" in error or "No space" in error


def test_after_the_disk_has_room_again_every_row_is_there_once(spark, tmp_path):
    test_a_full_disk_ends_the_query_not_the_kernel(tmp_path)
    frame = spark.readStream.schema(SCHEMA).parquet(str(tmp_path / "in"))

    query = run_to_the_end(frame, tmp_path)

    assert query.exception() is None
    assert spark.read.parquet(str(tmp_path / "out")).agg(
        F.count("*"), F.countDistinct("id")
    ).collect() == [(20_000, 20_000)]
