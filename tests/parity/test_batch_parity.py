"""Batch queries give here what they give on Apache Spark 4.2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyspark.sql import functions as F  # noqa: N812 - its usual name

from tests.parity.answers import answer
from tests.parity.batch_queries import QUERIES

ANSWERS = json.loads((Path(__file__).parent / "batch_answers.json").read_text("utf-8"))


def test_every_query_has_an_answer_of_spark():
    assert set(ANSWERS) == set(QUERIES)


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_same_as_spark(name, spark):
    found = answer(QUERIES[name], spark, F, name)

    assert found == ANSWERS[name]
