"""The magics, in a real IPython shell on the embedded engine."""

from __future__ import annotations

import time

import pytest
from IPython.core.error import UsageError
from pyspark.sql import functions as F  # noqa: N812 - its usual name


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


def test_a_mistake_is_one_line(shell, capsys):
    shell.run_cell_magic("sql", "", "SELECT nope FROM range(3)")

    said = capsys.readouterr().err
    assert said.startswith("AnalysisException: [UNRESOLVED_COLUMN.WITH_SUGGESTION]")
    assert len(said.strip().splitlines()) == 1


def test_stream_starts_a_named_query(shell, spark, ticks):
    shell.run_cell_magic("stream", "doubled -q -o q", "SELECT value * 2 AS twice FROM ticks")

    assert {row.twice for row in rows_of(spark, "doubled", 3)} >= {0, 2, 4}
    assert shell.user_ns["q"].name == "doubled"


def test_stream_with_window_and_mode(shell, spark, ticks):
    text = "SELECT window, count(*) AS n FROM ticks GROUP BY window(timestamp, '10 seconds')"

    shell.run_cell_magic("stream", "counted --mode complete --trigger 50ms -q", text)

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


def test_stream_of_a_batch_says_so(shell):
    with pytest.raises(UsageError, match="reads no stream"):
        shell.run_cell_magic("stream", "x", "SELECT 1")


def test_streams_lists_stops_and_suggests(shell, spark, ticks):
    shell.run_cell_magic("stream", "listed -q", "SELECT value FROM ticks")
    rows_of(spark, "listed", 3)

    assert "listed" in shell.run_line_magic("streams", "")["name"].tolist()
    with pytest.raises(UsageError, match="Did you mean listed"):
        shell.run_line_magic("streams", "stop lisetd")
    assert "listed" not in shell.run_line_magic("streams", "stop listed")["name"].tolist()


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
    with pytest.raises(UsageError, match="no checkpoint"):
        shell.run_line_magic("checkpoint", f"ls {tmp_path / 'offsets'}")


@pytest.mark.parametrize(
    ("line", "text", "said"),
    [
        ("", "SELECT value FROM ticks", "required: name"),
        ("x --moed update", "SELECT value FROM ticks", "Did you mean --mode"),
        ("x --mode updat", "SELECT value FROM ticks", "invalid choice: 'updat'"),
        ("x --trigger soon", "SELECT value FROM ticks", "soon"),
        ("x", "SELECT value FROM tikcs", "TABLE_OR_VIEW_NOT_FOUND"),
        ("x", "SELEC value FROM ticks", "PARSE_SYNTAX_ERROR"),
    ],
)
def test_a_mistake_in_a_stream_cell_is_one_line_and_starts_nothing(
    shell, spark, ticks, capsys, line, text, said
):
    try:
        shell.run_cell_magic("stream", line, text)
        shown = capsys.readouterr().err
    except UsageError as error:
        shown = str(error)

    assert said in shown
    assert len(shown.strip().splitlines()) == 1
    assert not spark.streams.active
