"""``format("statestore")`` and ``format("state-metadata")`` show every operator's state in the columns and rows Apache Spark shows."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.parity.state_reader.queries import NAMES, answers

ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text())


def told(name, rows):
    """Rows as far as they mean the same: whether one has matched is kept here only where an outer join asks."""
    return (
        rows if name == "left" else sorted(re.sub(r', \["matched", \w+\]', "", row) for row in rows)
    )


BOTH = os.environ.get("WORKBENCH_ALL_STREAMS") == "1"
PROVIDERS = ("columnar", "rocksdb")
CASES = [
    (name, p) for at, name in enumerate(NAMES) for p in (PROVIDERS if BOTH else [PROVIDERS[at % 2]])
]


@pytest.mark.parametrize(("name", "provider"), CASES)
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
        assert found[way]["schema"] == answer["schema"], way
        if answer["rows"] is not None:
            assert told(name, found[way]["rows"]) == told(name, answer["rows"]), way
