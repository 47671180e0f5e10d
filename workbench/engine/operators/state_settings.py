"""Spark's settings about state, as the state package takes them."""

from __future__ import annotations

from collections.abc import Callable

from workbench.engine.state.options import StateOptions

_PREFIX = "spark.sql.streaming."
_STORE = f"{_PREFIX}stateStore."


def state_options(setting: Callable[[str], str]) -> StateOptions:
    """Return the state options a session's settings mean; Spark's defaults where nothing is set."""
    default = StateOptions()
    return StateOptions(
        provider=provider_of(setting(f"{_STORE}providerClass")),
        min_deltas_for_snapshot=_whole(
            setting(f"{_STORE}minDeltasForSnapshot"), default.min_deltas_for_snapshot
        ),
        maintenance_interval_s=_whole(
            setting(f"{_STORE}maintenanceInterval").removesuffix("ms"), 60_000
        )
        / 1000,
        min_batches_to_retain=_whole(
            setting(f"{_PREFIX}minBatchesToRetain"), default.min_batches_to_retain
        ),
        max_memory_mb=_whole(setting(f"{_STORE}rocksdb.maxMemoryUsageMB"), default.max_memory_mb),
        check_schema=setting(f"{_STORE}stateSchemaCheck") != "false",
    )


def provider_of(class_name: str) -> str:
    """Return this engine's provider for Spark's class name: RocksDB stays RocksDB, everything else is in memory."""
    return "rocksdb" if "rocksdb" in class_name.lower() else "columnar"


def _whole(text: str, default: int) -> int:
    return int(text) if text else default
