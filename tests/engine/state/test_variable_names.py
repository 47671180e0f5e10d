"""A state variable may have any name; its store stays in its partition's directory and is taken for nothing else."""

from __future__ import annotations

import pytest

from workbench.engine.state.variable_names import store_of, variable_of

ODD = ("", "timers", "%timers", ".", "..", "../a", "a/b", ".live-1", "7.delta", "7.snapshot", "a\nb/c", "ü/")  # fmt: skip
PLAIN = ("count", "a%2Fb", "default", "my var", "Zähler", "a.b", "7", "_metadata", "7.delta2")


@pytest.mark.parametrize("name", ODD)
def test_a_name_that_could_do_harm_is_stored_under_another(name):
    stored = store_of(name)
    assert stored.startswith("%")
    assert "/" not in stored
    assert variable_of(stored) == name


@pytest.mark.parametrize("name", PLAIN)
def test_any_other_name_is_its_stores(name):
    assert store_of(name) == variable_of(name) == name


def test_no_two_variables_share_a_store():
    assert len(set(map(store_of, ODD + PLAIN))) == len(ODD + PLAIN)
