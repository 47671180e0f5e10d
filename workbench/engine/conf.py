"""Session configuration: the keys that mean something here, their defaults and what they accept."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workbench.base.errors import AnalysisError, IllegalArgument

_ZONE = "spark.sql.session.timeZone"


def _local_zone() -> str:
    """The machine's time zone by name, UTC where it has none (Spark: the JVM's default)."""
    named = os.environ.get("TZ", "").lstrip(":")
    link = Path("/etc/localtime")
    if not named and link.is_symlink():
        named = str(link.resolve()).partition("zoneinfo/")[2]
    try:
        return ZoneInfo(named).key if named else "UTC"
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"


DEFAULTS: dict[str, str] = {
    "spark.app.name": "workbench",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.cteRecursionLevelLimit": "100",
    "spark.sql.cteRecursionRowLimit": "1000000",
    "spark.sql.columnNameOfCorruptRecord": "_corrupt_record",
    "spark.sql.crossJoin.enabled": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "10000",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.pandas.convertToArrowArraySafely": "true",
    "spark.sql.execution.pandas.inferPandasDictAsMap": "false",
    "spark.sql.execution.pandas.structHandlingMode": "legacy",
    "spark.sql.execution.pythonUDF.arrow.enabled": "true",
    "spark.sql.globalTempDatabase": "global_temp",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.mapKeyDedupPolicy": "EXCEPTION",
    "spark.sql.pivotMaxValues": "10000",
    "spark.sql.pyspark.inferNestedDictAsStruct.enabled": "false",
    "spark.sql.pyspark.jvmStacktrace.enabled": "false",
    "spark.sql.pyspark.legacy.inferArrayTypeFromFirstElement.enabled": "false",
    "spark.sql.pyspark.legacy.inferMapTypeFromFirstPair.enabled": "false",
    "spark.sql.repl.eagerEval.enabled": "false",
    "spark.sql.repl.eagerEval.maxNumRows": "20",
    "spark.sql.repl.eagerEval.truncate": "20",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.sources.commitProtocolClass": "",
    "spark.sql.sources.default": "parquet",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "true",
    "spark.sql.streaming.aggregation.stateFormatVersion": "2",
    "spark.sql.streaming.asyncLogPurge.enabled": "true",
    "spark.sql.streaming.fileSink.log.cleanupDelay": "600000ms",
    "spark.sql.streaming.fileSink.log.compactInterval": "10",
    "spark.sql.streaming.fileSink.log.deletion": "true",
    "spark.sql.streaming.fileSource.log.cleanupDelay": "600000ms",
    "spark.sql.streaming.fileSource.log.compactInterval": "10",
    "spark.sql.streaming.fileSource.log.deletion": "true",
    "spark.sql.streaming.flatMapGroupsWithState.stateFormatVersion": "2",
    "spark.sql.streaming.forceDeleteTempCheckpointLocation": "false",
    "spark.sql.streaming.join.stateFormatVersion": "2",
    "spark.sql.streaming.metricsEnabled": "false",
    "spark.sql.streaming.minBatchesToRetain": "100",
    "spark.sql.streaming.multipleWatermarkPolicy": "min",
    "spark.sql.streaming.noDataMicroBatches.enabled": "true",
    "spark.sql.streaming.noDataProgressEventInterval": "10000ms",
    "spark.sql.streaming.numRecentProgressUpdates": "100",
    "spark.sql.streaming.pollingDelay": "10ms",
    "spark.sql.streaming.schemaInference": "false",
    "spark.sql.streaming.stateStore.compression.codec": "lz4",
    "spark.sql.streaming.stateStore.encodingFormat": "unsaferow",
    "spark.sql.streaming.stateStore.maintenanceInterval": "60000ms",
    "spark.sql.streaming.stateStore.minDeltasForSnapshot": "10",
    "spark.sql.streaming.stateStore.providerClass": "columnar",
    "spark.sql.streaming.stateStore.rocksdb.formatVersion": "5",
    "spark.sql.streaming.stateStore.rocksdb.maxMemoryUsageMB": "500",
    "spark.sql.streaming.statefulOperator.allowMultiple": "true",
    "spark.sql.streaming.statefulOperator.checkCorrectness.enabled": "true",
    "spark.sql.streaming.statefulOperator.useStrictDistribution": "true",
    "spark.sql.streaming.stopTimeout": "0",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.transposeMaxValues": "500",
    "spark.sql.warehouse.dir": "spark-warehouse",
    "workbench.streaming.readAheadBytes": "268435456",
    "workbench.streaming.readAheadRows": "32768",
    "workbench.workers": "0",
    "workbench.workers.memoryMB": "0",
}
"""Keys this engine or the client reads. A key that is not here can be set too, and means nothing."""

STATIC = frozenset({"spark.sql.warehouse.dir", "spark.sql.globalTempDatabase", "spark.app.name"})


def _is_boolean(value: str) -> bool:
    return value.lower() in ("true", "false")


def _is_zone(value: str) -> bool:
    try:
        return ZoneInfo(value).key == value
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return value[:1] in "+-" and value[1:].replace(":", "").isdigit()


_BOOLEANS = frozenset(key for key, value in DEFAULTS.items() if value in ("true", "false"))
_NUMBERS = frozenset(key for key, value in DEFAULTS.items() if value.isdigit())


class SessionConf:
    """One session's configuration. Safe to use from several threads.

    Parameters
    ----------
    given : mapping of str to str, optional
        Values from the start, static keys too.
    """

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        self._lock = threading.Lock()
        self._set: dict[str, str] = dict(given or {})
        self._zone = _local_zone()

    def find(self, key: str) -> str | None:
        """Return the value, else the default of a known key, else None."""
        if key in self._set:
            return self._set[key]
        return self._zone if key == _ZONE else DEFAULTS.get(key)

    def __call__(self, key: str) -> str:
        """Return the value, else the default, else an empty text."""
        return self.find(key) or ""

    def set(self, key: str, value: str) -> None:
        """Set a value.

        Raises
        ------
        AnalysisError
            ``CANNOT_MODIFY_CONFIG`` for a static key.
        IllegalArgument
            ``INVALID_CONF_VALUE.*`` for a value the key does not take.
        """
        if key in STATIC:
            raise AnalysisError("CANNOT_MODIFY_STATIC_CONFIG", key=f'"{key}"')
        for keys, accepts, condition in _CHECKS:
            if key in keys and not accepts(value):
                raise IllegalArgument(condition, confName=key, confValue=value)
        with self._lock:
            self._set[key] = value

    def unset(self, key: str) -> None:
        """Put a key back to its default."""
        with self._lock:
            self._set.pop(key, None)

    def all(self) -> Mapping[str, str]:
        """Return every known key and every key that was set."""
        return {**DEFAULTS, _ZONE: self._zone, **self._set}

    def is_modifiable(self, key: str) -> bool:
        """Whether ``set`` takes the key."""
        return (key in DEFAULTS or key == _ZONE) and key not in STATIC

    def copy(self) -> SessionConf:
        """Return a configuration with the same values."""
        return SessionConf(self._set)


LEAST_WORKER_MB = 256
"""What a worker holds before it does anything, and some room."""

_CHECKS: tuple[tuple[frozenset[str], Callable[[str], bool], str], ...] = (
    (_BOOLEANS, _is_boolean, "INVALID_CONF_VALUE.TYPE_MISMATCH"),
    (_NUMBERS, lambda value: value.lstrip("-").isdigit(), "INVALID_CONF_VALUE.TYPE_MISMATCH"),
    (
        frozenset({"workbench.workers.memoryMB"}),
        lambda value: int(value) == 0 or int(value) >= LEAST_WORKER_MB,
        "INVALID_CONF_VALUE.WORKER_MEMORY",
    ),
    (frozenset({_ZONE}), _is_zone, "INVALID_CONF_VALUE.TIME_ZONE"),
    (
        frozenset({"spark.sql.ansi.enabled"}),
        lambda value: value.lower() == "true",
        "INVALID_CONF_VALUE.NOT_HERE",
    ),
    (
        frozenset({"spark.sql.streaming.multipleWatermarkPolicy"}),
        lambda value: value.lower() in ("min", "max"),
        "INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS",
    ),
)
