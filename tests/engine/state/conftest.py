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
def open_store(provider, tmp_path, request):
    """Open a store on the test's directory; opening twice is a restart."""

    def open_one(spec, version=0, **options):
        log = StoreLog(tmp_path / "0", store=spec.name)
        store = providers.open_store(spec, log, StateOptions(provider=provider, **options))
        request.addfinalizer(store.close)
        store.load(version)
        return store

    return open_one


@pytest.fixture
def open_state(tmp_path, provider, request):
    """Open an operator's state in the test's folder, with the module's ``SPECS``; opening it again is a restart."""

    def open_one(partitions=2, version=0, specs=None):
        specs, options = specs or request.module.SPECS, StateOptions(provider=provider)
        state = OperatorState(tmp_path, 0, "stateStoreSave", specs, partitions, options)
        request.addfinalizer(state.close)
        state.load(version)
        return state

    return open_one
