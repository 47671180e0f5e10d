"""A processor's variables and timers are read back, and told in figures, as Apache Spark reads and tells them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.parity.providers import on_providers
from tests.parity.state_variables.queries import FAILS, NAMES, QUERIES, answers, read
from workbench.engine.state.changelog import StoreLog
from workbench.engine.state.options import StateOptions
from workbench.engine.state.providers import open_store
from workbench.engine.state.reader import read_operators

ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text())
UNNAMED = {
    FAILS,
    "CANNOT_LOAD_STATE_STORE.UNCATEGORIZED",
    "CANNOT_LOAD_STATE_STORE.CANNOT_READ_STREAMING_STATE_FILE",
}
"""What Spark says where it did not think of the mistake; here it is refused by a name of its own."""


def told(answer):
    """An answer as far as it is to agree: of a refusal its name, not when it comes."""
    return {"error": answer["error"]} if "error" in answer else answer


def figures(batches):
    """Figures as far as they are to agree: PySpark's operator counts a timer that fired as a deleted one only."""
    return [
        [
            {name: count for name, count in one.items() if name != "numExpiredTimers"}
            for one in batch
        ]
        for batch in batches
    ]


@pytest.mark.parametrize(("name", "provider"), on_providers(NAMES))
def test_variables_are_shown_as_spark_shows_them(partitioned, tmp_path, name, provider):
    partitioned.conf.set("spark.sql.streaming.stateStore.providerClass", provider)
    found = json.loads(json.dumps(answers(partitioned, name, tmp_path)))
    wanted = ANSWERS[name]
    for way, answer in wanted["reads"].items():
        if answer.get("error") in UNNAMED:
            assert found["reads"][way]["error"] not in UNNAMED, way
        else:
            assert told(found["reads"][way]) == told(answer), way
    assert found["metadata"] == wanted["metadata"]
    for batch, told_then in wanted.get("metadata at", {}).items():
        if told_then == FAILS:
            assert isinstance(found["metadata at"][batch], str)
        else:
            assert found["metadata at"][batch] == told_then, batch
    assert figures(found["figures"]) == figures(wanted["figures"])


def snapshot(checkpoint):
    """Write a snapshot of every version of every variable, as a long query's upkeep does of some."""
    [stored] = read_operators(checkpoint)
    for spec in stored.specs:
        log = StoreLog(checkpoint / "state/0/0" / spec.name, store=spec.name)
        store = open_store(spec, log, StateOptions())
        for version in range(1, stored.last_version + 1):
            store.load(version)
            assert store.freeze()()


@pytest.mark.parametrize("name", ["deep", "timed", "living"])
def test_variables_are_shown_from_any_snapshot_on(partitioned, tmp_path, name):
    answers(partitioned, name, tmp_path)
    snapshot(tmp_path / "checkpoint")
    ways = QUERIES[name].reads()
    for way in {*QUERIES[name].variables, "timers"} & ways.keys():
        for batch in ("0", "1", "2"):
            since = {"snapshotStartBatchId": batch, "snapshotPartitionId": "0"}
            found = read(partitioned, str(tmp_path / "checkpoint"), ways[way] | since)
            assert told(found) == told(ANSWERS[name]["reads"][way]), (way, batch)
