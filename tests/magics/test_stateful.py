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
    return keyed_stream(shell, spark, 3)


@pytest.fixture
def plenty(shell, spark):
    """The same with so many rows a batch that none need be waited for."""
    return keyed_stream(shell, spark, 2000)


def keyed_stream(shell, spark, rows):
    ticks = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", rows).load()
    frame = ticks.select(
        (F.col("value") % 2).alias("k"), "value", F.col("timestamp").alias("ts")
    ).withWatermark("ts", "0 seconds")
    shell.user_ns["keyed"] = frame
    return frame


def cell(shell, line, body):
    shell.run_cell_magic("stateful", line, body)


def shown_of(shell, line, body):
    """What a notebook shows of the error a cell ends with."""
    with pytest.raises(Exception) as raised:
        cell(shell, line, body)
    return "\n".join(raised.value._render_traceback_())


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
    assert "_sample_of_counted" not in str(shell.run_line_magic("streams", ""))
    assert first_rows(spark, shell.user_ns["counted"], 6)[:3] == [(0, 2), (0, 3), (0, 5)]
    assert spark.table("counted").isStreaming


def test_the_line_goes_on_after_a_backslash(shell, keyed):
    first, rest = LINE.split(" --output")
    body = "def rows(key, rows, state):\n    yield 1 / 0"

    cell(shell, f"{first} \\", f"    --output{rest} \\\n    --no-trial\n{COUNTING}")
    shown = shown_of(shell, f"{first} \\", f"    --output{rest} -q\n{body}")

    assert shell.user_ns["counted"].columns == ["k", "n"]
    assert shown.splitlines()[1] == "    line 4, in rows: yield 1 / 0"


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


def test_init_and_close_and_ttl(shell, plenty):
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
        (LINE.replace("--output", "--ouptut"), COUNTING, "no option '--ouptut'. Did you mean --output"),
        (LINE.replace("--key k", ""), COUNTING, "Missing: --key. Write: %%stateful NAME --input INPUT --key KEY"),
        (LINE.replace("n LONG'", "n LNG'", 1), COUNTING, "--output 'k LONG, n LNG' is no list of columns"),
        (LINE, "def rows(key, rows, state)\n    yield 1", "line 2: expected ':'"),
        (LINE, "def row(key, rows, state):\n    yield 1", r"wants a function: def rows\(key, rows, state\). It has only row"),
        (LINE, "rows = 1", r"wants a function: def rows\(key, rows, state\)"),
        (LINE, "async def rows(key, rows, state): ...", "line 2: rows cannot be async"),
        (LINE, "def rows(key, rows):\n    yield 1", r"line 2: rows is called as rows\(key, rows, state\)"),
        (LINE, f"{COUNTING}\ndef timer(key, state, timers): ...", "no --timers"),
        (f"{LINE} --ttl soon", COUNTING, "'soon' is no length of time"),
        (f"{LINE} --ttl -1s", COUNTING, "'-1s' is no length of time"),
        (LINE, f"{COUNTING}\n{COUNTING}", r"line \d+ and line \d+ both define rows"),
        (f"{LINE} --ttl 1h --timers event", COUNTING, "--ttl counts in processing time"),
        (LINE.replace("'n LONG'", "'timers LONG'"), COUNTING, "the name 'timers' is taken"),
        (LINE.replace("--state 'n LONG'", "--state 'n LONG, n INT'"), COUNTING, "the name 'n' is there twice"),
        (LINE.replace("--state 'n LONG'", "--ttl 1h"), COUNTING, "--ttl has nothing to forget"),
        (LINE.replace("--input keyed", "--input batch"), COUNTING, "batch is no stream"),
        (LINE.replace("--input keyed", "--input LINE"), COUNTING, "LINE is no streaming DataFrame but a str"),
        (LINE.replace("counted", "keyed"), COUNTING, "keyed would hide its own input. Choose another name, such as keyed_out"),
        (LINE.replace("counted", "class"), COUNTING, "'class' cannot name a DataFrame"),
        (f"{LINE} --timers evnt", COUNTING, "--timers knows no 'evnt'. Did you mean event"),
        (f"{LINE} --mode complete", COUNTING, "--mode knows no 'complete'. There are: append, update"),
        (f"{LINE} --timers event".replace("keyed", "ticks"), COUNTING, "--timers event needs a watermark, which ticks has not: ticks.withWatermark"),
        (f"{LINE} --wait soon", COUNTING, "a number of seconds is wanted, such as 10, not 'soon'"),
        (f"{LINE} -n 0", COUNTING, "a whole number from 1 on is wanted, not '0'"),
        (LINE.replace("--state 'n LONG'", "--state 'n LONG"), COUNTING, "A quotation mark in the line is not closed"),
    ],
)  # fmt: skip
def test_a_mistake_is_shown_before_the_stream_starts(shell, spark, keyed, ticks, line, body, said):
    shell.user_ns |= {
        "batch": spark.range(3),
        "LINE": LINE,
        "ticks": ticks.withColumn("k", F.col("value")),
    }
    shell.user_ns.pop("counted", None)

    with pytest.raises(UsageError, match=said):
        cell(shell, f"{line} -q", body)
    assert "counted" not in shell.user_ns


LIST = LINE.replace("'n LONG'", "'seen ARRAY<LONG>'").replace(
    "k LONG, seen ARRAY<LONG>", "k LONG, n LONG"
)


@pytest.mark.parametrize(
    ("line", "body", "said"),
    [
        (LINE, "yield 1 / 0", ["ZeroDivisionError: division by zero", "yield 1 / 0"]),
        (LINE, "yield 'a', 1", ["output.k: LongType() can not accept object 'a'", "yield 'a', 1"]),
        (LINE, "yield 1, 2, 3", ["output: 2 values are wanted, (k, n), not 3: (1, 2, 3)", "yield 1, 2, 3"]),
        (LINE, "yield 1", ["output: a tuple (k, n) is wanted, not 1", "yield 1"]),
        (LINE, "return 7", ["rows gives its rows one by one: write `yield (k, n)`, not `return 7`"]),
        (LINE, "return 7, 8", ["write `yield (k, n)`, not `return (7, 8)`"]),
        (LINE, "return [7]", ["output: a tuple (k, n) is wanted, not 7"]),
        (LINE, "state.n = 'x'", ["state.n: LongType() can not accept object 'x'", "state.n = 'x'"]),
        (LINE, "state.n += 1", ["unsupported operand", "write for example (state.n or 0)", "state.n += 1"]),
        (LINE, "state.m = 1", ["--state declares no 'm'", "Write: --state 'n BIGINT, m LONG'", "state.m = 1"]),
        (LINE, "yield state.nn, 1", ["--state declares no 'nn'. Did you mean n?", "yield state.nn, 1"]),
        (LINE, "state.timers.register(1)", ["state.timers needs --timers event", "state.timers.register(1)"]),
        (LINE, "yield next(rows).valeu, 1", ["Attribute `valeu` is not supported. Did you mean value?", "next(rows).valeu"]),
        (LIST, "state.seen = [1]", ["state.seen is not assigned: appendValue((…,)) adds to it", "state.seen = [1]"]),
        (LIST, "state.seen.append(1)", ["state.seen is a ListState, which has no 'append'. Did you mean appendList?"]),
        (LIST, "state.seen.appendValue(1)", ["state.seen: a tuple (value,) is wanted, not 1", "state.seen.appendValue(1)"]),
        (LIST, "state.seen.put([('x',)])", ["state.seen: LongType() can not accept object 'x'", "put([('x',)])"]),
    ],
)  # fmt: skip
def test_a_mistake_in_the_functions_is_shown_with_its_line(shell, plenty, line, body, said):
    shell.user_ns.pop("counted", None)

    shown = shown_of(shell, f"{line} -q", f"def rows(key, rows, state):\n    {body}")

    assert [part for part in said if part not in shown] == []
    assert len(shown.splitlines()) == (1 if "return" in body else 2)
    assert "return" in body or "    line 3, in rows: " in shown
    assert "counted" not in shell.user_ns


@pytest.mark.parametrize(
    ("function", "line"),
    [
        ("init(state)", LINE),
        ("timer(key, state, timers)", f"{LINE} --timers processing"),
        ("close(state)", LINE),
    ],
)
def test_what_any_function_raises_is_shown_with_its_line(shell, plenty, function, line):
    body = "def rows(key, rows, state):\n    if '--timers' in LINE: state.timers.register(state.timers.now + 9)"
    shell.user_ns["LINE"] = line

    shown = shown_of(shell, f"{line} -q", f"{body}\n\ndef {function}:\n    {{}}['lost']")

    name = function.split("(")[0]
    assert shown == f"KeyError: 'lost'\n    line 6, in {name}: {{}}['lost']"


def test_timers_without_a_function_for_them_are_remarked_on(shell, keyed, capsys):
    cell(shell, f"{LINE} --timers event --no-trial", COUNTING)

    assert "nothing happens when a timer is due" in capsys.readouterr().out


def test_the_whole_traceback_is_there_when_asked_for(shell, plenty):
    with pytest.raises(ZeroDivisionError) as raised:
        cell(shell, f"{LINE} -q --traceback", "def rows(key, rows, state):\n    yield 1 / 0")

    assert not hasattr(raised.value, "_render_traceback_")


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
        ("%%stateful counted --input=ke", "keyed"),
        ("%%stateful counted --input keyed --key k va", "value"),
        ("%%stateful counted --timers ev", "event"),
        ("%%stateful counted --input keyed \\\n    --key va", "value"),
        ("%%stateful counted --state 'seen ARRAY<LONG>'\nstate.se", "state.seen"),
        ("%%stateful counted --timers event\nstate.timers.re", "state.timers.register"),
        ("%progress run", "runs"),
        ("%streams stop run", "runs"),
        ("%sql -n 3 SELECT * FROM tick", "ticks"),
        ("%%stream x --mode up", "update"),
        ("%streams st", "stop"),
        ("%%sql\nSELECT * FROM tick", "ticks"),
        ("%%sql\nSELECT times FROM ticks WHERE val", "value"),
        ("%%sql\nSELECT * FROM ticks AS t WHERE t.val", "t.value"),
    ],
)
def test_tab_offers_options_streams_tables_and_columns(completing, keyed, ticks, text, wanted):
    if "run" in text:
        ticks.writeStream.format("noop").queryName("runs").start()
    assert wanted in offered(completing, text)


def test_other_cells_are_left_alone(completing, keyed):
    assert "keyed" in offered(completing, "print(key")
    assert "--input" not in offered(completing, "x = --in")
