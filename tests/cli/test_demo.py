"""The demo, as someone without a browser runs it."""

from __future__ import annotations

import math
import subprocess
import sys

from workbench.cli.demo import line, speed_of
from workbench.cli.environment import ROOT

PROGRESS = {
    "batchId": 7,
    "eventTime": {"watermark": "2013-03-08T06:05:00.000Z"},
    "stateOperators": [{"numRowsTotal": 24}],
}


def test_it_counts_the_snowstorm_and_agrees_with_the_batch():
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "--here", "demo", "--speed", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "84 counts are finished, 0 of them differ" in done.stdout
    assert "all 1,681 rows are in" in done.stdout
    assert "|03-08 08:00| 20| 28| 14|" in done.stdout


def test_a_line_says_how_far_it_is():
    shown = line(PROGRESS, rows=500, total=1_000)
    assert shown.startswith("[############            ]   500 of 1,000 flights | batch   7 |")
    assert shown.endswith(" 24 open counts | watermark 2013-03-08T06:05")


def test_before_the_first_event_time_there_is_no_watermark():
    for none in ({}, {"watermark": "1970-01-01T00:00:00.000Z"}):
        assert line(PROGRESS | {"eventTime": none}, 0, 10).endswith("watermark not yet")


def test_the_speed_is_in_hours_a_second():
    assert speed_of([]) == 7_200
    assert speed_of(["--speed", "0.5"]) == 1_800
    assert speed_of(["--speed", "0"]) == math.inf
