"""``format("statestore")`` and ``format("state-metadata")`` show every operator's state in the columns and rows Apache Spark shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.parity.state_reader.queries import NAMES, answers

ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("provider", ["columnar", "rocksdb"])
def test_state_is_shown_as_spark_shows_it(spark, tmp_path, name, provider):
    spark.conf.set("spark.sql.shuffle.partitions", "1")
    spark.conf.set("spark.sql.streaming.stateStore.providerClass", provider)
    try:
        found = answers(spark, name, tmp_path)
    finally:
        spark.conf.unset("spark.sql.shuffle.partitions")
        spark.conf.unset("spark.sql.streaming.stateStore.providerClass")
    wanted = ANSWERS[name]
    for way, answer in wanted.items():
        if answer["rows"] is None:
            found[way]["rows"] = None
    assert found == wanted
