"""``%%stateful`` in a real IPython shell on the embedded engine."""

from __future__ import annotations

import time

import pytest
from IPython.core.error import UsageError
from pyspark.sql import functions as F  # noqa: N812 - its usual name

LINE = "counted --input keyed --key k --output 'k LONG, n LONG' --state 'n LONG'"
COUNTING = """
def rows(key, rows, state):
    state.n = (state.n or 0) + sum(1 for _ in rows)
    yield key[0], state.n
"""


@pytest.fixture
def keyed(shell, spark):
    """A stream of three rows a batch for the keys 0 and 1, an event-time second a batch."""
    ticks = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 3).load()
    frame = ticks.select(
        (F.col("value") % 2).alias("k"), "value", F.col("timestamp").alias("ts")
    ).withWatermark("ts", "0 seconds")
    shell.user_ns["keyed"] = frame
    return frame


def cell(shell, line, body):
    shell.run_cell_magic("stateful", line, body)


def first_rows(spark, frame, least):
    """The first rows of a stream."""
    query = frame.writeStream.format("memory").queryName("first_rows").start()
    end = time.monotonic() + 60
    while spark.table("first_rows").count() < least and time.monotonic() < end and query.isActive:
        time.sleep(0.05)
    query.stop()
    assert query.exception() is None
    return sorted(map(tuple, spark.table("first_rows").collect()))


def test_functions_become_a_stream_of_that_name(shell, spark, keyed):
    cell(shell, f"{LINE} -q", COUNTING)

    assert shell.user_ns["counted"].isStreaming
    assert first_rows(spark, shell.user_ns["counted"], 6)[:3] == [(0, 2), (0, 3), (0, 5)]
    assert spark.table("counted").isStreaming


def test_the_trial_shows_state_before_and_after_each_row(shell, keyed):
    cell(shell, f"{LINE} -q -n 4 -o trial", COUNTING)

    shown = shell.user_ns["trial"]
    assert shown["key"].tolist() == ["0", "1", "0", "1"] or shown["key"].tolist() == [
        "0",
        "0",
        "0",
        "0",
    ]
    assert shown["state before"][0] == "n=\N{EN DASH}"
    assert shown["state after"].tolist()[-1] in ("n=2", "n=4")
    assert shown["input"][0].startswith("k=0, value=0")


def test_lists_maps_and_structs_are_kept(shell, spark, keyed):
    body = """
def rows(key, rows, state):
    for row in rows:
        state.seen.appendValue((row.value,))
        state.by.updateValue((row.value % 3,), (row.value,))
        state.pair = (row.value, "x")
    yield key[0], len(list(state.seen.get())), len(list(state.by.keys())), state.pair[0]
"""
    state = "seen ARRAY<LONG>, by MAP<LONG, LONG>, pair STRUCT<a: LONG, b: STRING>"
    cell(
        shell,
        f"kept --input keyed --key k --output 'k LONG, n LONG, m LONG, p LONG' --state '{state}' -n 3 -o trial -q",
        body,
    )

    assert shell.user_ns["trial"]["state after"][0] == "seen=[0], by={0: 0}, pair=(0, 'x')"
    assert (0, 2, 2, 2) in first_rows(spark, shell.user_ns["kept"], 4)


ALARM = """
def rows(key, rows, state):
    for row in rows:
        state.last = row.value
        state.timers.register(round(row.ts.timestamp() * 1000) + 2000)

def timer(key, state, timers):
    yield key[0], state.last
"""


def test_timers_fire_in_the_trial_and_in_the_stream(shell, spark, keyed):
    cell(
        shell,
        "alarms --input keyed --key k --output 'k LONG, last LONG' --state 'last LONG' --timers event -q -o trial",
        ALARM,
    )

    shown = shell.user_ns["trial"]
    fired = shown[shown["input"].str.startswith("timer")]
    assert len(fired) >= 1
    assert fired["output"].str.contains("k=0, last=").any()
    assert shown["timers"][0] == "1970-01-01 00:00:02"
    assert {key for key, _ in first_rows(spark, shell.user_ns["alarms"], 2)} == {0, 1}


def test_init_and_close_and_ttl(shell, keyed):
    body = """
CALLS = []

def init(state):
    CALLS.append("init")

def rows(key, rows, state):
    state.n = (state.n or 0) + 1
    yield key[0], state.n

def close(state):
    CALLS.append("close")
"""
    cell(shell, f"{LINE} --ttl 90s -q", body)

    assert shell.user_ns["CALLS"] == ["init", "close"]


def test_show_code_prints_a_class_that_runs_without_the_magic(shell, spark, keyed, capsys):
    cell(
        shell,
        f"{LINE} --show-code -q --no-trial",
        f"STEP = 1  # how much a row counts\n{COUNTING.replace('sum(1', 'sum(STEP')}",
    )
    printed = capsys.readouterr().out

    namespace = {"keyed": keyed, "spark": spark, "__name__": "plain"}
    exec(printed, namespace)

    assert "class CountedProcessor(StatefulProcessor):" in printed
    assert "workbench" not in printed
    assert first_rows(spark, namespace["counted"], 6)[:3] == [(0, 2), (0, 3), (0, 5)]


@pytest.mark.parametrize(
    ("line", "body", "said"),
    [
        (LINE.replace("keyed", "keyd"), COUNTING, "no streaming DataFrame or view 'keyd'. Did you mean keyed"),
        (LINE.replace("--key k", "--key kk"), COUNTING, "no column 'kk'. Did you mean k"),
        (LINE.replace("--output", "--ouptut"), COUNTING, "no option --ouptut. Did you mean --output"),
        (LINE.replace("--key k", ""), COUNTING, "required: --key"),
        (LINE.replace("n LONG'", "n LNG'", 1), COUNTING, "--output 'k LONG, n LNG' is no list of columns"),
        (LINE, "def rows(key, rows, state)\n    yield 1", "line 2: expected ':'"),
        (LINE, "def row(key, rows, state):\n    yield 1", "no function 'rows.*Did you mean|no function 'rows.*There are: row"),
        (LINE, "def rows(key, rows):\n    yield 1", r"line 2: rows is called as rows\(key, rows, state\)"),
        (LINE, f"{COUNTING}\ndef timer(key, state, timers): ...", "no --timers"),
        (LINE, "def rows(key, rows, state):\n    yield 1 / 0", "(?s)ZeroDivisionError.*line 3, in rows: yield 1 / 0"),
        (LINE, "def rows(key, rows, state):\n    yield 'a', 1", r"output.k: LongType\(\) can not accept object 'a'"),
        (LINE, "def rows(key, rows, state):\n    yield 1, 2, 3", "2 values are wanted"),
        (LINE, "def rows(key, rows, state):\n    state.n = 'x'", r"state.n.value: LongType\(\) can not accept"),
        (f"{LINE} --ttl soon", COUNTING, "'soon' is no length of time"),
        (f"{LINE} --ttl 1h --timers event", COUNTING, "--ttl counts in processing time"),
        (LINE.replace("'n LONG'", "'timers LONG'"), COUNTING, "the name 'timers' is taken"),
        (LINE.replace("--input keyed", "--input batch"), COUNTING, "batch is no stream"),
    ],
)  # fmt: skip
def test_a_mistake_is_shown_before_the_stream_starts(shell, spark, keyed, line, body, said):
    shell.user_ns["batch"] = spark.range(3)
    shell.user_ns.pop("counted", None)

    with pytest.raises(UsageError, match=said):
        cell(shell, f"{line} -q", body)
    assert "counted" not in shell.user_ns


# ------------------------------------------------------------------ TAB


def offered(shell, text):
    """What the completer gives at the end of a cell."""
    lines = text.splitlines()
    matches = shell.Completer.completions(text, len(text))
    assert lines
    return {one.text for one in matches}


@pytest.fixture
def completing(shell):
    from IPython.core.completer import provisionalcompleter

    with provisionalcompleter():
        yield shell


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("%%stateful counted --in", "--input"),
        ("%%stateful counted --input ke", "keyed"),
        ("%%stateful counted --input keyed --key va", "value"),
        ("%%stateful counted --timers ev", "event"),
        ("%%stream x --mode up", "update"),
        ("%streams st", "stop"),
        ("%%sql\nSELECT * FROM tick", "ticks"),
        ("%%sql\nSELECT times FROM ticks WHERE val", "value"),
    ],
)
def test_tab_offers_options_streams_tables_and_columns(completing, keyed, ticks, text, wanted):
    assert wanted in offered(completing, text)


def test_other_cells_are_left_alone(completing, keyed):
    assert "keyed" in offered(completing, "print(key")
    assert "--input" not in offered(completing, "x = --in")
