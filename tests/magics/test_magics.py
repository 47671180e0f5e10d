"""The magics, in a real IPython shell on the embedded engine."""

from __future__ import annotations

import time

import pytest
from IPython.core.error import UsageError
from pyspark.errors import PySparkException
from pyspark.sql import functions as F  # noqa: N812 - its usual name
from pyspark.sql.functions import udf


def rows_of(spark, name, least):
    """The rows of a table once there are enough."""
    end = time.monotonic() + 60
    while spark.table(name).count() < least and time.monotonic() < end:
        time.sleep(0.05)
    return spark.table(name).collect()


def test_sql_shows_rows_and_keeps_the_frame(shell):
    shown = shell.run_cell_magic("sql", "-o frame -n 2", "SELECT id FROM range(5) ORDER BY id")

    assert shown["id"].tolist() == [0, 1]
    assert shell.user_ns["frame"].count() == 5


def test_sql_on_the_line(shell):
    assert shell.run_line_magic("sql", "SELECT 1 AS one")["one"].tolist() == [1]
    assert len(shell.run_line_magic("sql", "-n 3 -o kept SELECT '-n 4' FROM range(9)")) == 3
    assert shell.user_ns["kept"].count() == 9
    assert shell.run_cell_magic("sql", "SELECT 2", "AS two")["two"].tolist() == [2]


def said_of(run, *given):
    """What a notebook shows of the error a magic ends with."""
    with pytest.raises((UsageError, PySparkException)) as raised:
        run(*given)
    return "\n".join(raised.value._render_traceback_())


@pytest.mark.parametrize(
    ("line", "text", "said"),
    [
        ("", "SELECT nope FROM range(3)", "AnalysisException: [UNRESOLVED_COLUMN.WITH_SUGGESTION]"),
        ("", "SELECT * FROM tikcs", "Did you mean ticks?"),
        ("-n ten", "SELECT 1", "a whole number from 1 on is wanted, not 'ten'"),
        ("--lmit 3", "SELECT 1", "There is no option '--lmit'. Did you mean --limit?"),
        ("-z", "SELECT 1", "There is no option '-z'."),
        ("-n", "SELECT 1", "-n/--limit wants a value"),
        ("-o 3x", "SELECT 1", "'3x' cannot name a variable"),
        ("", "SELECT {{ leats }}", "There is no variable 'leats'. Did you mean least?"),
        ("", "SELECT {{ least / 0 }}", "{{ least / 0 }}: ZeroDivisionError: division by zero"),
        ("", "SELECT 1; SELECT 2", "PARSE_SYNTAX_ERROR"),
    ],
)
def test_a_mistake_is_one_line(shell, ticks, line, text, said):
    shell.user_ns["least"] = 1

    shown = said_of(shell.run_cell_magic, "sql", line, text)

    assert said in shown
    assert len(shown.splitlines()) == 1


def test_an_error_of_a_function_shows_its_own_line(shell, spark):
    @udf("long")
    def divided(x):
        return 1 // x

    spark.udf.register("divided", divided)

    shown = said_of(shell.run_line_magic, "sql", "SELECT divided(id) FROM range(2)").splitlines()

    assert shown[0] == "PythonException: ZeroDivisionError: integer division or modulo by zero"
    assert shown[1].endswith("in divided: return 1 // x")


def test_values_of_the_notebook_are_put_in_and_colons_are_left_alone(shell):
    shell.user_ns["least"] = 2

    shown = shell.run_cell_magic(
        "sql", "", "SELECT id, ':x' AS c FROM range(9) WHERE id > {{ least * 3 }}"
    )

    assert shown["id"].tolist() == [7, 8]
    assert set(shown["c"]) == {":x"}


def test_more_rows_than_are_shown_and_none_at_all_are_told(shell, capsys):
    shell.run_cell_magic("sql", "-n 2", "SELECT id FROM range(5)")
    assert shell.run_line_magic("sql", "SELECT id FROM range(0)") is None

    assert capsys.readouterr().out == "The first 2 rows; -n shows more.\nNo rows. Columns: id.\n"


def test_stream_starts_a_named_query(shell, spark, ticks):
    shell.run_cell_magic("stream", "doubled -q -o q", "SELECT value * 2 AS twice FROM ticks")

    assert {row.twice for row in rows_of(spark, "doubled", 3)} >= {0, 2, 4}
    assert shell.user_ns["q"].name == "doubled"


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("SELECT window, count(*) AS n FROM ticks GROUP BY window(timestamp, '10 seconds')", "complete"),
        ("SELECT window, count(*) AS n FROM ticks WATERMARK timestamp DELAY OF INTERVAL 1 SECOND GROUP BY window(timestamp, '10 seconds')", "append"),
        ("SELECT session_window, count(*) AS n FROM ticks WATERMARK timestamp DELAY OF INTERVAL 1 SECOND WHERE value % 60 < 9 GROUP BY session_window(timestamp, '5 seconds')", "append"),
    ],
)  # fmt: skip
def test_stream_with_windows_sessions_and_a_watermark(shell, spark, ticks, text, mode):
    shell.run_cell_magic("stream", f"counted --mode {mode} --trigger 20ms -q", text)

    assert rows_of(spark, "counted", 1)[0].n >= 3


def test_running_the_cell_again_replaces_the_query_and_says_what_was_kept(
    shell, spark, ticks, capsys
):
    shell.run_cell_magic("stream", "again -q -o first", "SELECT value FROM ticks")
    shell.run_cell_magic("stream", "again -o second", "SELECT value + 1 AS v FROM ticks")

    assert not shell.user_ns["first"].isActive
    assert shell.user_ns["second"].isActive
    assert "Nothing was kept" in capsys.readouterr().out


def test_single_runs_over_what_is_there_and_ends(shell, spark, tmp_path):
    spark.range(4).write.parquet(str(tmp_path / "in"))
    spark.readStream.schema("id LONG").parquet(str(tmp_path / "in")).createOrReplaceTempView(
        "files"
    )

    shown = shell.run_cell_magic("stream", "once --mode single", "SELECT id FROM files")

    assert sorted(shown["id"]) == [0, 1, 2, 3]


@pytest.fixture
def goes_on(shell, spark, ticks, tmp_path):
    """A query with a checkpoint that has finished a batch, and a way to run its cell anew."""

    def run(line, text):
        shell.run_cell_magic("stream", f"on --checkpoint {tmp_path} {line}", text)

    run("-q --mode update", COUNTED)
    rows_of(spark, "on", 2)
    return run


COUNTED = "SELECT value % 2 AS k, count(*) AS n FROM ticks GROUP BY value % 2"


@pytest.mark.parametrize(
    ("mode", "text", "said"),
    [
        ("update", COUNTED, "were kept; the rows in the table on were not."),
        ("complete", COUNTED, "offsets and state were kept, the table is rebuilt."),
    ],
)
def test_a_query_with_a_checkpoint_goes_on_when_its_cell_runs_again(
    spark, goes_on, capsys, mode, text, said
):
    before = max(row.n for row in spark.table("on").collect())

    goes_on(f"--mode {mode}", text)

    assert capsys.readouterr().out.strip().endswith(said)
    assert max(row.n for row in rows_of(spark, "on", 2)) >= before


@pytest.mark.parametrize(
    ("mode", "text", "said"),
    [
        ("append", COUNTED, "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"),
        ("update", COUNTED.replace("value % 2 AS", "string(value % 2) AS").replace("BY value % 2", "BY 1"), "STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE"),
        ("update", "SELEC", "PARSE_SYNTAX_ERROR"),
    ],
)  # fmt: skip
def test_what_cannot_take_its_place_leaves_a_query_running(spark, goes_on, mode, text, said):
    shown = said_of(goes_on, f"--mode {mode}", text)

    assert said in shown
    assert len(shown.splitlines()) == 1
    (query,) = spark.streams.active
    before = (query.lastProgress or {"batchId": 0})["batchId"]
    wait_for(lambda: (query.lastProgress or {"batchId": 0})["batchId"] > before)


def wait_for(is_done):
    end = time.monotonic() + 60
    while not is_done():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_streams_lists_stops_and_suggests(shell, spark, ticks):
    shell.run_cell_magic("stream", "listed -q", "SELECT value FROM ticks")
    rows_of(spark, "listed", 3)

    assert "listed" in shell.run_line_magic("streams", "")["name"].tolist()
    with pytest.raises(UsageError, match="Did you mean listed"):
        shell.run_line_magic("streams", "stop lisetd")
    after = shell.run_line_magic("streams", "stop listed")
    assert after[after["name"] == "listed"]["state"].tolist() == ["stopped"]
    with pytest.raises(UsageError, match="listed does not run: it was stopped"):
        shell.run_line_magic("streams", "stop listed")


def test_a_query_that_failed_stays_in_the_list_with_its_reason(shell, spark, ticks, capsys):
    shell.run_cell_magic("stream", "failing -q -o q", "SELECT 1 / (value - 5) FROM ticks")
    wait_for(lambda: not shell.user_ns["q"].isActive)

    shown = shell.run_line_magic("streams", "")

    assert shown[shown["name"] == "failing"]["state"].tolist() == ["failed"]
    assert "failing: it failed. [DIVIDE_BY_ZERO]" in capsys.readouterr().out
    assert shell.run_line_magic("progress", "failing")["batch"].tolist()[0] == 0
    said = said_of(shell.run_line_magic, "streams", "await failing")
    assert said.startswith("UsageError: failing does not run: it failed. [DIVIDE_BY_ZERO]")


def test_await_says_what_came_of_it(shell, spark, ticks, capsys):
    shell.run_cell_magic("stream", "waited -q", "SELECT value FROM ticks")

    shell.run_line_magic("streams", "await waited --timeout 0.1")

    assert capsys.readouterr().out == "waited runs on after 0.1 s.\n"


def test_progress_is_a_line_a_batch(shell, spark, ticks):
    shell.run_cell_magic("stream", "watched -q", "SELECT value FROM ticks")
    rows_of(spark, "watched", 6)

    table = shell.run_line_magic("progress", "watched -n 2")

    assert table["rows"].tolist() == [3, 3]
    assert "triggerExecution ms" in table


def test_checkpoint_ls_show_and_diff(shell, spark, tmp_path, capsys):
    frame = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 3).load()
    query = (
        frame.groupBy(F.col("value") % 2).count().writeStream.format("noop").outputMode("update")
        .option("checkpointLocation", str(tmp_path)).start()
    )  # fmt: skip
    while (query.lastProgress or {"batchId": -1})["batchId"] < 2:
        time.sleep(0.05)
    query.stop()

    listed = shell.run_line_magic("checkpoint", f"ls {tmp_path}")
    shell.run_line_magic("checkpoint", f"diff {tmp_path} 0 1")

    assert listed["batch"].tolist()[:3] == [0, 1, 2]
    assert listed["committed"].tolist()[:2] == [True, True]
    assert "-offsets/0" in capsys.readouterr().out


@pytest.fixture
def checkpoint(tmp_path):
    """A folder with three batches as Spark writes them, the newest not committed."""
    for log, entries in (("offsets", 3), ("commits", 2)):
        (tmp_path / log).mkdir()
        for batch in range(entries):
            (tmp_path / log / str(batch)).write_text('v1\n{"batchWatermarkMs":0}\n{"offset":1}')
    (tmp_path / "metadata").write_text('{"id":"x"}')
    return tmp_path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", r"Missing: action, path\. Write: %checkpoint ls\|show\|diff PATH"),
        ("lss {}", "action knows no 'lss'. Did you mean ls"),
        ("ls {}/offsets", "is no checkpoint: it has no file `metadata`"),
        ("ls {}/..", "There are, below it: "),
        ("show {} 7", "There is no batch '7'. There are: 0 to 2"),
        ("show {} x", "There is no batch 'x'"),
        ("diff {} 1", "two batches are wanted, or none for the newest, not 1: 1"),
        ("diff {} 0 1 2", "two batches are wanted"),
    ],
)
def test_a_mistake_with_a_checkpoint_says_what_there_is(shell, checkpoint, line, said):
    with pytest.raises(UsageError, match=said):
        shell.run_line_magic("checkpoint", line.format(checkpoint))


def test_a_checkpoint_without_batches_and_one_of_something_else(shell, checkpoint):
    (checkpoint / "offsets" / "1").write_text("hello")
    with pytest.raises(UsageError, match="begins with 'hello', not 'v1'"):
        shell.run_line_magic("checkpoint", f"ls {checkpoint}")

    for entry in (checkpoint / "offsets").iterdir():
        entry.unlink()
    with pytest.raises(UsageError, match="has no batches yet"):
        shell.run_line_magic("checkpoint", f"show {checkpoint}")


def test_checkpoint_shows_the_newest_batches(shell, checkpoint, capsys):
    (checkpoint / "offsets" / "2").write_text('v2\n{"batchWatermarkMs":5}\n{"0":{"offset":1}}')
    assert shell.run_line_magic("checkpoint", f"ls {checkpoint} -n 2")["committed"].tolist() == [
        True,
        False,
    ]
    shell.run_line_magic("checkpoint", f"show {checkpoint}")
    assert "commits/2\n(not committed)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "text", "said"),
    [
        ("", "SELECT value FROM ticks", "Missing: name. Write: %%stream NAME. %%stream? says more."),
        ("x --moed update", "SELECT value FROM ticks", "Did you mean --mode"),
        ("x --mode updat", "SELECT value FROM ticks", "--mode knows no 'updat'. Did you mean update?"),
        ("x --mode", "SELECT value FROM ticks", "--mode wants a value: single, append, update, complete."),
        ("x --mode complete", "SELECT value FROM ticks", "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"),
        ("x --trigger soon", "SELECT value FROM ticks", "'soon' is no length of time. Write 500ms"),
        ("x --trigger 5", "SELECT value FROM ticks", "'5' is no length of time"),
        ("x --trigger -1s", "SELECT value FROM ticks", "'-1s' is no length of time"),
        ("x --trigger ''", "SELECT value FROM ticks", "--trigger wants a value: how often a batch starts"),
        ("x --checkpoint /proc/x", "SELECT value FROM ticks", "The checkpoint location /proc/x cannot be made"),
        ("x", "SELECT windw(timestamp, '1 minute') FROM ticks", "Did you mean `window`"),
        ("x --trigger 5 seconds", "SELECT value FROM ticks", "%%stream has no place for 'seconds'"),
        ("x", "SELECT value FROM tikcs", "TABLE_OR_VIEW_NOT_FOUND"),
        ("x", "SELEC value FROM ticks", "PARSE_SYNTAX_ERROR"),
        ("x", "SELECT 1", "%%stream x reads no stream. Use %%sql for a batch"),
        ("x", "SET x = 1", "%%stream x reads no stream"),
        ("x", "CREATE TEMP VIEW y AS SELECT value FROM ticks", "%%stream x wants a SELECT"),
        ("ticks", "SELECT value FROM ticks", "Choose another name, such as ticks_out"),
        ("my-x", "SELECT value FROM ticks", "`my-x` is no name"),
        ("x", "SELECT value FROM ticks WATERMARK tmestamp DELAY OF INTERVAL 1 SECOND", "Did you mean"),
        ("x", "SELECT value FROM ticks WATERMARK value DELAY OF INTERVAL 1 SECOND", "EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE"),
        ("x", "SELECT value FROM ticks WATERMARK timestamp DELAY OF '1 second'", "missing 'INTERVAL'"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_stream_cell_is_one_line_and_starts_nothing(
    shell, spark, ticks, line, text, said
):
    shown = said_of(shell.run_cell_magic, "stream", line, text)

    assert said in shown
    assert len(shown.splitlines()) == 1
    assert not spark.streams.active
