"""What ``--show-code`` prints runs unchanged on Apache Spark and gives what the cell gave here.

The program and the rows Spark answered are on record; ``WORKBENCH_RECORD_PLAIN=1`` asks Spark again and writes both down.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.parity.recording import ROOT
from tests.spark_process import spark_environ

RECORD = Path(__file__).with_name("plain_on_spark.json")
LINE = (
    "late --input departures --key tail --timers event --mode update "
    "--output 'tail STRING, n INT, worst INT, origins INT, delays STRING, because STRING' "
    "--state 'n INT, worst STRUCT<delay: INT, at: TIMESTAMP>, delays ARRAY<INT>, hours MAP<INT, INT>' --show-code -q"
)
CELL = '''
def told(state, because):
    """What is said of an aircraft."""
    worst = state.worst
    delays = [delay for (delay,) in state.delays.get()]
    return state.n, worst[0] if worst else 0, len(list(state.hours.keys())), str(delays), because


def rows(key, rows, state):
    for departure in sorted(rows, key=lambda one: one.at):
        state.n = (state.n or 0) + 1
        assert state.worst is None or departure.at >= state.worst[1]
        if departure.delay >= LATE:
            if state.worst is None or departure.delay > state.worst[0]:
                state.worst = (departure.delay, departure.at)
            state.delays.appendValue((departure.delay,))
        state.hours.updateValue((departure.at.hour,), (departure.delay,))
        state.timers.register(round(departure.at.timestamp() * 1000) + 600_000)
    yield key[0], *told(state, "rows")


def timer(key, state, timers):
    yield key[0], *told(state, f"{timers.expired // 1000}")
    state.n = None


def init(state):
    state.opened = True


def close(state):
    assert state.opened
'''
FLIGHTS = [
    [("N1", "10:00", 20), ("N2", "10:01", 3), ("N1", "10:05", 2)],
    [("N2", "10:30", 40), ("N1", "10:31", 30), ("N3", "10:31", 16)],
]


@pytest.fixture
def folder(tmp_path):
    """Two files of departures, a batch each."""
    made = tmp_path / "rows"
    made.mkdir()
    for number, batch in enumerate(FLIGHTS):
        rows = [{"tail": t, "at": f"2013-03-07T{at}:00Z", "delay": delay} for t, at, delay in batch]
        file = made / f"{number}.json"
        file.write_text("\n".join(map(json.dumps, rows)))
        os.utime(file, (number, number))  # the order they are read in
    return made


def here(shell, spark, folder):
    """The rows the cell gives in this engine."""
    stream = spark.readStream.schema("tail STRING, at TIMESTAMP, delay INT")
    files = stream.option("maxFilesPerTrigger", 1).json(str(folder))
    shell.user_ns["LATE"] = 15  # minutes; of the notebook, not of the cell
    shell.user_ns["departures"] = files.withWatermark("at", "1 minute")
    shell.run_cell_magic("stateful", LINE, CELL)
    writer = shell.user_ns["late"].writeStream.format("memory").queryName("out")
    writer.outputMode("update").trigger(availableNow=True).start().awaitTermination()
    return sorted(map(list, spark.table("out").collect()), key=str)


@pytest.fixture
def on_record(request, folder, tmp_path):
    """What Spark answered; asked again when that is wished for."""

    def of(code):
        if os.environ.get("WORKBENCH_RECORD_PLAIN"):
            rows = on_spark(request.getfixturevalue("spark_python"), code, folder, tmp_path)
            RECORD.write_text(
                json.dumps({"code": code.splitlines(), "rows": rows}, indent=1) + "\n"
            )
        return json.loads(RECORD.read_text())

    return of


def on_spark(python, code, folder, tmp_path):
    """The rows a program gives on Apache Spark."""
    (tmp_path / "plain.py").write_text(code)
    done = subprocess.run(
        [python, "-m", "tests.magics.plain_on_spark", tmp_path / "plain.py", folder, "late"],
        check=False, capture_output=True, text=True, cwd=ROOT, env=spark_environ(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.timeout(1200 if os.environ.get("WORKBENCH_RECORD_PLAIN") else 300)
def test_spark_runs_what_is_printed_and_gives_the_same_rows(
    shell, spark, folder, on_record, capsys
):
    ours = here(shell, spark, folder)
    code = capsys.readouterr().out

    recorded = on_record(code)

    assert recorded["code"] == code.splitlines()
    assert recorded["rows"] == ours
    assert {row[-1] == "rows" for row in ours} == {True, False}
