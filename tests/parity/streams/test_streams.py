"""Drawn queries over streams answer as Apache Spark does, batch by batch: rows, watermarks, late rows and rows of state."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.parity.recording import asked_now
from tests.parity.streams.kinds import KINDS
from tests.parity.streams.more_kinds import FIRST, draw
from tests.parity.streams.running import run

FILES = [Path(__file__).with_name(name) for name in ("answers.json", "more_answers.json")]
ANSWERS = {key: answer for path in FILES for key, answer in json.loads(path.read_text()).items()}
WHOLE = os.environ.get("WORKBENCH_ALL_STREAMS") == "1"
NUMBERS = [
    int(key)
    for key in ANSWERS
    if WHOLE or int(key) < 4 * len(KINDS) or FIRST <= int(key) < FIRST + 10
]


@pytest.fixture(scope="module")
def session():
    import workbench as wb

    made = wb.session()
    made.conf.set("spark.sql.session.timeZone", "UTC")
    return made


def compared(case, batches):
    """Batches as far as they are to agree.

    Not compared: rows read, since Spark does not count rows its JSON reader filters; rows updated and removed, which it counts by
    task; and the watermark over a limit, since Spark stops reading a file when it has enough rows.
    """
    is_limit = case.name.startswith("limited")
    return [
        {
            "batch": number,
            "watermark": None if is_limit else watermark,
            "rows": rows,
            "state": [one[:3] for one in operators],
        }
        for number, _, watermark, operators, rows in batches
    ]


def ours(session, case, folder):
    """Run a case here. Rows leave a deduplication partition by partition, and their order counts for what follows it."""
    session.conf.set(
        "spark.sql.shuffle.partitions", "1" if case.name.startswith("dedup_and") else "3"
    )
    return json.loads(json.dumps(run(session, case, folder)))


@pytest.mark.parametrize("number", NUMBERS)
def test_a_query_answers_as_spark_does(session, tmp_path, number):
    case, answer = draw(number), ANSWERS[str(number)]
    assert case.digest == answer["digest"], "the case was drawn differently: record it again"
    if "error" in answer:
        with pytest.raises(Exception) as refused:
            ours(session, case, tmp_path)
        assert refused.value.getCondition() == answer["error"]
        return
    assert compared(case, ours(session, case, tmp_path)) == compared(case, answer["batches"])


@pytest.mark.spark
def test_spark_still_answers_so(session, spark_python, tmp_path):
    """A few pairs that are not on record, on both."""
    first = max(int(key) for key in ANSWERS) + 1
    module = "tests.parity.streams.record"
    answers = asked_now(spark_python, module, first, 6, tmp_path / "answers.json")
    for key, answer in answers.items():
        case, folder = draw(int(key)), tmp_path / key
        folder.mkdir()
        assert compared(case, ours(session, case, folder)) == compared(case, answer["batches"]), key
