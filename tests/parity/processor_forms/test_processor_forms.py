"""Processors written in other ways give what they give on Apache Spark, or are refused as there: nothing runs here that fails on a cluster."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.parity.processor_forms.running import FORMS, told

ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text())


LOUD = {"a row with names in capitals"}
"""Refused here, since no column has its name; Spark gives a row of NULLs."""


def test_every_form_has_an_answer_of_spark():
    assert set(ANSWERS) == set(FORMS)


@pytest.mark.parametrize("name", LOUD)
def test_what_spark_loses_without_a_word_is_refused(name, partitioned, tmp_path):
    assert told(partitioned, name, tmp_path) == {"raised": None}
    assert ANSWERS[name] == {"rows": ["(None, None)"]}


@pytest.mark.parametrize("name", [name for name in FORMS if name not in LOUD])
def test_same_as_spark(name, partitioned, tmp_path):
    found, answer = told(partitioned, name, tmp_path), ANSWERS[name]
    assert found.get("rows") == answer.get("rows")
    assert ("raised" in found) == ("raised" in answer)
