"""``rate-micro-batch``: so many numbers in every batch, the same in every run."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.errors import IllegalArgument
from workbench.engine.connectors.contract import Connector, SourceContext
from workbench.engine.connectors.options import Options
from workbench.engine.connectors.rate import SCHEMA

_ARROW = pa.schema([("timestamp", pa.timestamp("us", "UTC")), ("value", pa.int64())])


class RateMicroBatchSource:
    """Offsets are ``{"offset":<next number>,"timestamp":<ms>}``; all rows of a batch have its start's timestamp."""

    schema = SCHEMA

    def __init__(self, options: Options, context: SourceContext) -> None:
        self.rows = rows_per_batch(options)
        self.start_ms = options.number("startTimestamp", 0) or 0
        self.advance_ms = options.number("advanceMillisPerBatch", 1000) or 0
        partitions = options.number("numPartitions", 2)
        self.description = (
            f"RatePerMicroBatchStream[rowsPerBatch={self.rows}, numPartitions={partitions}, "
            f"startTimestamp={self.start_ms}, advanceMsPerBatch={self.advance_ms}]"
        )
        self._end: str | None = None

    def initial_offset(self) -> str:
        return _offset(0, self.start_ms)

    def latest_offset(self, start: str | None, available_now: bool = False) -> str:
        if available_now and self._end is not None:
            return self._end
        self._end = self._after(start or self.initial_offset())
        return self._end

    def prepare_available_now(self) -> None:
        """One batch is all there ever is at any moment: the first look decides which."""
        self._end = None

    def batch(self, start: str | None, end: str) -> pa.Table:
        first, ms = _parts(start or self.initial_offset())
        last, _ = _parts(end)
        values = np.arange(first, last, dtype=np.int64)
        batches = (values - first) // self.rows
        micros = (ms + batches * self.advance_ms) * 1000
        return pa.table([pa.array(micros).cast(_ARROW.field(0).type), values], schema=_ARROW)

    def commit(self, end: str) -> None:
        pass

    def metrics(self, start: str | None, end: str, latest: str | None) -> Mapping[str, str]:
        return {}

    def stop(self) -> None:
        pass

    def _after(self, start: str) -> str:
        offset, ms = _parts(start)
        return _offset(offset + self.rows, ms + self.advance_ms)


def _offset(offset: int, ms: int) -> str:
    return json.dumps({"offset": offset, "timestamp": ms}, separators=(",", ":"))


def _parts(offset: str) -> tuple[int, int]:
    found = json.loads(offset)
    return found["offset"], found["timestamp"]


def rows_per_batch(options: Options) -> int:
    """Return ``rowsPerBatch``, which must be given and positive."""
    rows = options.number("rowsPerBatch", 0)
    if rows is None or rows <= 0:
        raise IllegalArgument(
            "STREAMING_OPTION_VALUE", value=rows, option="rowsPerBatch", must="be positive"
        )
    return rows


def _schema(
    options: Mapping[str, str], user: t.StructType | None, streaming: bool, conf: object
) -> t.StructType:
    rows_per_batch(Options(options))
    return SCHEMA


CONNECTOR = Connector(
    "rate-micro-batch",
    schema=_schema,
    source=lambda options, schema, context: RateMicroBatchSource(Options(options), context),
    options=frozenset({"rowsPerBatch", "numPartitions", "startTimestamp", "advanceMillisPerBatch"}),
)
