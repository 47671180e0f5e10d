"""Drawn functions and processors over streams answer as on Apache Spark, batch by batch: rows, watermarks, late rows, rows of state."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.parity.recording import asked_now
from tests.parity.stateful.kinds import FIRST_SCRIPT, KINDS, draw, is_timed
from tests.parity.stateful.running import run

ANSWERS = {
    number: answer
    for name in ("answers.json", "script_answers.json")
    for number, answer in json.loads(Path(__file__).with_name(name).read_text()).items()
}
SCRIPTS = 14
"""So many scripts run by default."""
WHOLE = os.environ.get("WORKBENCH_ALL_STREAMS") == "1"
NUMBERS = [
    number
    for number in map(int, ANSWERS)
    if WHOLE or number < 3 * len(KINDS) or FIRST_SCRIPT <= number < FIRST_SCRIPT + SCRIPTS
]


@pytest.fixture(scope="module")
def session():
    import workbench as wb

    made = wb.session()
    made.conf.set("spark.sql.session.timeZone", "UTC")
    return made


def compared(case, batches):
    """Batches as far as they are to agree.

    Not compared: rows read and rows updated and removed, as for the other streams; the state after the last file where processing
    time decides how many batches there are.
    """
    return [
        {
            "batch": number,
            "watermark": None if is_timed(case) else watermark,
            "rows": keyed(rows),
            "state": [one[:3] for one in operators],
        }
        for number, _, watermark, operators, rows in batches
    ]


def keyed(rows):
    """Rows with a missing key under one name: on pandas 3 Apache Spark's timers bring it back as the text NaN."""
    return sorted(
        [[str(row[0]).replace("NaN", "None"), *row[1:]] for row in rows or []], key=json.dumps
    )


def ours(session, case, folder, provider):
    """Run a case here."""
    session.conf.set("spark.sql.shuffle.partitions", "2")
    session.conf.set("spark.sql.streaming.stateStore.providerClass", provider)
    try:
        return json.loads(json.dumps(run(session, case, folder)))
    finally:
        session.conf.unset("spark.sql.streaming.stateStore.providerClass")


@pytest.mark.parametrize("number", NUMBERS)
def test_stateful_python_answers_as_spark_does(session, tmp_path, number):
    case, answer = draw(number), ANSWERS[str(number)]
    assert case.digest == answer["digest"], "the case was drawn differently: record it again"
    provider = ("columnar", "rocksdb")[number // len(KINDS) % 2]
    assert compared(case, ours(session, case, tmp_path, provider)) == compared(
        case, answer["batches"]
    )


@pytest.mark.spark
@pytest.mark.parametrize("end", [FIRST_SCRIPT, 2 * FIRST_SCRIPT], ids=["kinds", "scripts"])
def test_spark_still_answers_so(session, spark_python, tmp_path, end):
    """A few pairs that are not on record, on both."""
    first = max(number for number in map(int, ANSWERS) if number < end) + 1
    module = "tests.parity.stateful.record"
    answers = asked_now(spark_python, module, first, 3, tmp_path / "answers.json")
    for key, answer in answers.items():
        case, folder = draw(int(key)), tmp_path / key
        folder.mkdir()
        assert compared(case, ours(session, case, folder, "columnar")) == compared(
            case, answer["batches"]
        ), key
