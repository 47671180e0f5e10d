"""``format("state-metadata")``: which stateful operators a checkpoint has, and which batches can be read of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyspark.sql.types import StructType

from workbench.base.arrow_types import arrow_schema, spark_schema
from workbench.base.errors import AnalysisError, ExecutionError
from workbench.engine.connectors.contract import Connector
from workbench.engine.connectors.options import Options
from workbench.engine.state import reader
from workbench.engine.state.store import DEFAULT_STORE
from workbench.engine.state_source.options import checkpoint_of, last_batch
from workbench.engine.state_source.processor_facts import is_processor, properties
from workbench.engine.state_source.views import views_of

SCHEMA = spark_schema(
    pa.schema(
        [
            ("operatorId", pa.int64()),
            ("operatorName", pa.string()),
            ("stateStoreName", pa.string()),
            ("numPartitions", pa.int32()),
            ("minBatchId", pa.int64()),
            ("maxBatchId", pa.int64()),
            ("operatorProperties", pa.string()),
        ]
    )
)

_BATCH = "batchId"


@dataclass(frozen=True, slots=True)
class MetadataReader:
    """Reads one row a store of every operator; ``batch``: of which batch its variables are told, the last if None."""

    checkpoint: Path
    batch: int | None = None
    schema: StructType = SCHEMA

    def rows(self) -> pa.Table:
        """Return the stores as the checkpoint has them now; none where there is no checkpoint.

        Raises
        ------
        AnalysisError
            ``STDS_FAILED_TO_READ_OPERATOR_METADATA``: a processor has no such batch. As on Spark, other operators do not ask for one.
        """
        operators = reader.read_operators(self.checkpoint)
        last = _last(self.checkpoint)
        batch = last if self.batch is None else self.batch
        if not 0 <= batch <= last and any(map(is_processor, operators)):
            raise AnalysisError(
                "STDS_FAILED_TO_READ_OPERATOR_METADATA",
                checkpointLocation=str(self.checkpoint),
                batchId=batch,
            )
        rows = [
            (
                one.metadata.operator_id,
                one.metadata.operator_name,
                store,
                one.partitions,
                max(one.first_version - 1, 0),
                last,
                properties(one, batch + 1),
            )
            for one in operators
            for store in _stores(one)
        ]
        columns = [list(column) for column in zip(*rows, strict=True)] or [
            [] for _ in SCHEMA.fields
        ]
        schema = arrow_schema(SCHEMA)
        return pa.Table.from_arrays(
            [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema
        )


def _stores(stored: reader.StoredOperator) -> Iterable[str]:
    """Return the stores as Spark names them; it keeps all variables of a processor in one."""
    if is_processor(stored):
        return [DEFAULT_STORE]
    return views_of(stored.metadata.operator_name, stored.specs)


def _last(checkpoint: Path) -> int:
    try:
        return last_batch(checkpoint)
    except ExecutionError:
        return 0


def _schema(
    given: Mapping[str, str],
    _user: StructType | None,
    _is_streaming: bool,
    _conf: Callable[[str], str],
) -> StructType:
    options = Options(given)
    checkpoint_of(options)
    options.number(_BATCH)
    return SCHEMA


def _read(
    given: Mapping[str, str], _schema: StructType, _conf: Callable[[str], str]
) -> MetadataReader:
    options = Options(given)
    return MetadataReader(checkpoint_of(options), options.number(_BATCH))


CONNECTOR = Connector(
    "state-metadata", schema=_schema, read=_read, options=frozenset({"path", _BATCH})
)
