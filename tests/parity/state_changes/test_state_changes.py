"""A processor that declares something else on its checkpoint goes on, or is refused by the same class, as on Apache Spark."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.parity.providers import on_providers
from tests.parity.state_changes.changes import NAMES, answer

ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text())


def test_every_change_has_an_answer_of_spark():
    assert set(ANSWERS) == set(NAMES)


@pytest.mark.parametrize(("name", "provider"), on_providers(NAMES))
def test_same_as_spark(name, provider, partitioned, tmp_path):
    partitioned.conf.set("spark.sql.streaming.stateStore.providerClass", provider)
    assert answer(partitioned, name, tmp_path) == ANSWERS[name]
