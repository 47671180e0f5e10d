"""Python table functions over tables answer as on Apache Spark: their rows, their columns, and what is refused by which class."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.parity.table_functions.queries import NAMES, told

ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text())


def test_every_call_has_an_answer_of_spark():
    assert set(ANSWERS) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_same_as_spark(name, spark, tmp_path):
    assert told(spark, name, tmp_path) == ANSWERS[name]
