"""The magics in a real notebook kernel, as a newcomer uses them."""

from __future__ import annotations

import threading

import pytest
from jupyter_client.manager import start_new_kernel

pytestmark = pytest.mark.slow

SETUP = """\
%load_ext workbench
import workbench as wb
spark = wb.session()
ticks = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 2000).load()
ticks.createOrReplaceTempView("ticks")
"""
STREAM = "%%stream beats --trigger 100ms\nSELECT value FROM ticks"
STATEFUL = """\
%%stateful counted --input ticks --key value --output "value LONG, n LONG" --state "n LONG" -n 2
def rows(key, rows, state):
    state.n = len(list(rows))
    yield key[0], state.n"""


@pytest.fixture(scope="module")
def kernel():
    manager, client = start_new_kernel(kernel_name="python3")
    run(client, SETUP)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture
def client(kernel):
    return kernel[1]


def run(client, cell):
    """The outputs of a cell, by their kind, and its reply."""
    outputs = {}

    def keep(message):
        if message["msg_type"] in ("stream", "error", "display_data", "execute_result"):
            outputs[message["msg_type"]] = message["content"]

    reply = client.execute_interactive(cell, output_hook=keep, timeout=120)["content"]
    return outputs, reply


def test_a_mistake_is_an_error_of_the_cell_in_one_line(client):
    outputs, reply = run(client, "%%sql\nSELECT nope FROM range(3)")

    assert reply["status"] == "error"
    assert outputs["error"]["ename"] == "AnalysisException"
    (line,) = outputs["error"]["traceback"]
    assert line.startswith("AnalysisException: [UNRESOLVED_COLUMN.WITH_SUGGESTION]")
    assert "\n" not in line


@pytest.mark.parametrize("cell", ["%%stream beats --moed update\nSELECT 1", "%streams lits"])
def test_so_is_a_mistake_in_a_line(client, cell):
    outputs, reply = run(client, cell)

    assert reply["status"] == "error"
    assert outputs["error"]["traceback"][0].startswith("UsageError: ")
    assert "Did you mean" in outputs["error"]["traceback"][0]


def test_a_stream_is_shown_live_and_a_trial_as_a_table(client):
    shown = run(client, STREAM)[0]["display_data"]["data"]
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert shown["text/plain"].startswith("beats · ")

    table = run(client, STATEFUL)[0]["display_data"]["data"]
    assert "state before" in table["text/html"]
    assert "n=1" in table["text/plain"] and "state before" in table["text/plain"]


NEXT_BATCH = """\
import time
beats = spark.streams.active[-1]
seen = beats.lastProgress
while beats.lastProgress == seen: time.sleep(0.01)"""


def kinds(client, cell, **metadata):
    """The kinds of the messages a cell makes, in a front end that says this of it."""
    content = {"code": cell, "silent": False, "store_history": True}
    request = client.session.msg("execute_request", content, metadata=metadata)
    client.shell_channel.send(request)
    found = []
    while found[-1:] != ["idle"]:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") == request["header"]["msg_id"]:
            found.append(message["content"].get("execution_state", message["msg_type"]))
    return found


def test_only_where_no_page_is_does_a_cell_tell_anew_what_became_of_the_streams_before_it(client):
    run(client, STREAM)
    told = [kinds(client, NEXT_BATCH).count("update_display_data") for _ in range(5)]
    assert max(told) == 1

    shown = kinds(client, STREAM, cellId="a")
    assert "execute_result" in shown and "display_data" not in shown
    assert (
        kinds(client, "spark.streams.active[-1].stop()", cellId="b").count("update_display_data")
        == 0
    )


COUNTER = """\
from pyspark.sql.functions import udf
seen = 0
def counting(value):
    global seen
    seen += 1
    return value
len(spark.range(7).select(udf(counting, "long")("id")).collect()), seen"""
STEPPING = """\
step = 1
%%stateful stepped --input ticks --key value --output "value LONG, step LONG" --no-trial
def rows(key, rows, state):
    yield key[0], step"""


def test_functions_see_and_change_the_notebooks_variables_while_they_run(client):
    assert run(client, COUNTER)[0]["execute_result"]["data"]["text/plain"] == "(7, 7)"

    first, magic = STEPPING.split("\n", 1)
    run(client, first)
    run(client, magic)
    run(client, 'stepped.writeStream.format("memory").queryName("stepped_rows").start()')
    run(client, "step = 2")
    seen = "while spark.table('stepped_rows').where('step = 2').isEmpty(): pass"
    assert run(client, seen)[1]["status"] == "ok"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("%%strea", "%%stream"),
        ("%%stream x --mo", "--mode"),
        ("%%stream x --mode ", "complete"),
        ("%%sql\nSELECT * FROM ti", "ticks"),
        ("%%sql\nSELECT * FROM ticks WHERE val", "value"),
        ("%%stateful x --input ti", "ticks"),
        ("%%stateful x --input ticks --key ", "timestamp"),
    ],
)
def test_tab_is_answered(client, text, wanted):
    reply = client.complete(text, reply=True, timeout=60)["content"]

    assert wanted in reply["matches"]


@pytest.mark.parametrize(
    ("asked", "example"),
    [
        ("%%stream?", "FROM flights WATERMARK dep DELAY OF INTERVAL 10 MINUTES"),
        ("%%stateful?", "%%stateful counts --input stream --key tail"),
        ("%%sql?", "%sql -n 5 SELECT * FROM flights"),
        ("%streams?", "%streams await NAME"),
        ("%progress?", "%progress [-n LIMIT]"),
        ("%checkpoint?", "%checkpoint diff FOLDER 2 3"),
    ],
)
def test_help_says_how_it_is_written_with_an_example(client, asked, example):
    (shown,) = run(client, asked)[1]["payload"]

    assert (
        asked[:-1] + " [" in shown["data"]["text/plain"]
        or asked[:-1] + " -" in shown["data"]["text/plain"]
    )
    assert example in shown["data"]["text/plain"]
    assert "--traceback" in shown["data"]["text/plain"]


def test_waiting_can_be_interrupted_and_the_query_runs_on(kernel):
    manager, client = kernel
    run(client, "%%stream waited -q\nSELECT value FROM ticks")
    timers = [threading.Timer(seconds, manager.interrupt_kernel) for seconds in (2, 10, 20)]
    for timer in timers:
        timer.start()

    outputs, _ = run(client, "%streams await waited")

    for timer in timers:
        timer.cancel()
    said = "KeyboardInterrupt: this cell was interrupted; queries run on."
    assert outputs["error"]["traceback"] == [said]
    assert (
        run(client, "spark.streams.active[-1].name")[0]["execute_result"]["data"]["text/plain"]
        == "'waited'"
    )
