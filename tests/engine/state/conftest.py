"""Stores to test: every test that takes ``open_store`` runs on each provider."""

from __future__ import annotations

import pytest

from workbench.engine.state import providers
from workbench.engine.state.changelog import StoreLog
from workbench.engine.state.operator import OperatorState
from workbench.engine.state.options import StateOptions


@pytest.fixture(params=sorted(providers.PROVIDERS))
def provider(request):
    return request.param


@pytest.fixture
def open_store(provider, tmp_path):
    """Open a store on the test's directory; opening twice is a restart."""
    opened = []

    def open_one(spec, version=0, **options):
        log = StoreLog(tmp_path / "0", store=spec.name)
        store = providers.open_store(spec, log, StateOptions(provider=provider, **options))
        opened.append(store)
        store.load(version)
        return store

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def open_state(tmp_path, provider, request):
    """Open an operator's state in the test's folder, with the module's ``SPECS``; opening it again is a restart."""
    opened = []

    def open_one(partitions=2, version=0, specs=None):
        specs, options = specs or request.module.SPECS, StateOptions(provider=provider)
        state = OperatorState(tmp_path, 0, "stateStoreSave", specs, partitions, options)
        opened.append(state)
        state.load(version)
        return state

    yield open_one
    for state in opened:
        state.close()
