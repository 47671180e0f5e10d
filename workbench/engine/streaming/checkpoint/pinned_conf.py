"""The settings a query keeps for life: written with every batch, read back at restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HDFS_PROVIDER = "org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider"

PINNED: dict[str, str] = {
    "spark.sql.streaming.stateStore.providerClass": HDFS_PROVIDER,
    "spark.sql.streaming.stateStore.rocksdb.mergeOperatorVersion": "2",
    "spark.sql.streaming.stateStore.rocksdb.formatVersion": "5",
    "spark.sql.streaming.queryEvolution.enableSourceEvolution": "false",
    "spark.sql.streaming.stateStore.encodingFormat": "unsaferow",
    "spark.sql.streaming.statefulOperator.useStrictDistribution": "true",
    "spark.sql.streaming.flatMapGroupsWithState.stateFormatVersion": "2",
    "spark.sql.streaming.multipleWatermarkPolicy": "min",
    "spark.sql.streaming.stateStore.rowChecksum.enabled": "false",
    "spark.sql.streaming.aggregation.stateFormatVersion": "2",
    "spark.sql.function.protobufExtensions.enabled": "false",
    "spark.sql.shuffle.partitions": "200",
    "spark.sql.streaming.join.stateFormatVersion": "2",
    "spark.sql.streaming.stateStore.compression.codec": "lz4",
    "spark.sql.optimizer.pruneFiltersCanPruneStreamingSubplan": "false",
}
"""Spark 4.2's ``OffsetSeqMetadata.relevantSQLConfs`` in the order its files have them, with Spark's defaults."""


def pinned_from(find: Callable[[str], str | None]) -> dict[str, str]:
    """Return the settings to pin for a new query, as the session has them now."""
    return {key: find(key) or default for key, default in PINNED.items()}


def with_pinned(
    find: Callable[[str], str | None], pinned: Mapping[str, str]
) -> Callable[[str], str | None]:
    """Return a look-up in which pinned settings win over the session's."""
    return lambda key: pinned[key] if key in pinned else find(key)
