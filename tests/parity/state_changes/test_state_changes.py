"""A processor that declares something else on its checkpoint goes on, or is refused by the same class, as on Apache Spark."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.parity.state_changes.changes import NAMES, answer

ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text())
PROVIDERS = ("columnar", "rocksdb")
WHOLE = os.environ.get("WORKBENCH_ALL_STREAMS") == "1"
CASES = [
    (name, provider)
    for at, name in enumerate(NAMES)
    for provider in (PROVIDERS if WHOLE else [PROVIDERS[at % 2]])
]


def test_every_change_has_an_answer_of_spark():
    assert set(ANSWERS) == set(NAMES)


@pytest.mark.parametrize(("name", "provider"), CASES)
def test_same_as_spark(name, provider, spark, tmp_path):
    spark.conf.set("spark.sql.shuffle.partitions", "1")
    spark.conf.set("spark.sql.streaming.stateStore.providerClass", provider)
    try:
        assert answer(spark, name, tmp_path) == ANSWERS[name]
    finally:
        spark.conf.unset("spark.sql.shuffle.partitions")
        spark.conf.unset("spark.sql.streaming.stateStore.providerClass")
