"""A processor's variables and timers are read back, and told in figures, as Apache Spark reads and tells them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.parity.providers import on_providers
from tests.parity.state_variables.queries import FAILS, NAMES, answers

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
    assert figures(found["figures"]) == figures(wanted["figures"])
