"""A function where one of another kind belongs is refused as on Apache Spark: by which class, naming what."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.parity.misplaced_functions.queries import NAMES, told

ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text())


def test_every_statement_has_an_answer_of_spark():
    assert set(ANSWERS) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_same_as_spark(name, spark, tmp_path):
    assert told(spark, name, tmp_path) == ANSWERS[name]
