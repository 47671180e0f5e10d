"""The state providers by name."""

from __future__ import annotations

from workbench.base.errors import IllegalArgument
from workbench.engine.state.changelog import StoreLog
from workbench.engine.state.columnar import ColumnarStore
from workbench.engine.state.multi import ColumnarMultiStore
from workbench.engine.state.options import StateOptions
from workbench.engine.state.store import MultiStore, StateStore, StoreSpec


def _columnar(spec: StoreSpec, log: StoreLog, options: StateOptions) -> StateStore | MultiStore:
    return ColumnarMultiStore(spec, log) if spec.multi else ColumnarStore(spec, log)


def _rocksdb(spec: StoreSpec, log: StoreLog, options: StateOptions) -> StateStore | MultiStore:
    from workbench.engine.state.rocks import RocksStore
    from workbench.engine.state.rocksmulti import RocksMultiStore

    made = RocksMultiStore if spec.multi else RocksStore
    return made(spec, log, options.max_memory_mb)


PROVIDERS = {
    "columnar": _columnar,
    "rocksdb": _rocksdb,
}


def open_store(spec: StoreSpec, log: StoreLog, options: StateOptions) -> StateStore | MultiStore:
    """Return a store of the provider the options name, empty, at version 0."""
    if options.provider not in PROVIDERS:
        raise IllegalArgument("STATE_STORE_INVALID_PROVIDER", inputClass=options.provider)
    return PROVIDERS[options.provider](spec, log, options)
