"""``replay``: a table of this process played back on a clock."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql.types import StructType

from workbench.base.arrow_types import spark_schema
from workbench.engine.connectors.contract import Connector, SourceContext
from workbench.engine.connectors.options import Options
from workbench.engine.connectors.replay_table import REPLAYS, from_offset, to_offset

if TYPE_CHECKING:
    import numpy as np


class ReplaySource:
    """Offsets are ``{"row":n}``: how many rows have arrived. They depend on the clock only when they are made.

    ``maxRowsPerTrigger`` limits a batch.
    """

    def __init__(self, options: Options, schema: StructType, context: SourceContext) -> None:
        self.table, self.clock = REPLAYS.find(options.get("replay"))
        self.schema = schema
        self.description = f"Replay[{options.get('replay')}, {len(self.table)} rows]"
        self.limit = options.positive("maxRowsPerTrigger")
        self._now_ms = context.now_ms
        self._seen = 0
        self._is_attached = False

    def initial_offset(self) -> str:
        return to_offset(0)

    def latest_offset(self, start: str | None, available_now: bool = False) -> str:
        begin = from_offset(start) if start else 0
        self._attach(begin)
        self._seen = (
            len(self.table)
            if available_now
            else self.table.position(self.clock.read(self._now_ms()))
        )
        end = max(begin, self._seen)
        return to_offset(min(end, begin + self.limit) if self.limit else end)

    def report_latest_offset(self) -> str:
        return to_offset(self._seen)

    def _attach(self, begin: int) -> None:
        if not self._is_attached:
            self._is_attached = True
            self.clock.attach(self.table.start, self.table.arrived_at(begin) if begin else None)

    def prepare_available_now(self) -> None:
        """The whole table is there."""

    def batch(self, start: str | None, end: str) -> pa.Table:
        begin = from_offset(start) if start else 0
        return self.table.rows(begin, from_offset(end))

    def created(self, start: str | None, end: str) -> np.ndarray | None:
        """When the clock came to each row: its lag on the data's time is the latency's beginning."""
        hands = self.clock.hands
        if hands.speed is None or math.isinf(hands.speed) or hands.seen_ms is None:
            return None
        arrived = self.table.arrival[from_offset(start) if start else 0 : from_offset(end)]
        return hands.seen_ms * 1000 - (hands.position - arrived) / hands.speed

    def commit(self, end: str) -> None:
        pass

    def metrics(self, start: str | None, end: str, latest: str | None) -> Mapping[str, str]:
        return {}

    def tune(self, max_rows_per_trigger: int | None = None, **others: Any) -> None:
        """Change how many rows a batch may have."""
        self.limit = max_rows_per_trigger or self.limit

    def stop(self) -> None:
        if self._is_attached:
            self._is_attached = False
            self.clock.detach()


def _schema(
    options: Mapping[str, str], user: StructType | None, streaming: bool, conf: Callable[[str], str]
) -> StructType:
    table, _ = REPLAYS.find(Options(options).get("replay"))
    return spark_schema(table.schema)


CONNECTOR = Connector(
    "workbench-replay",
    schema=_schema,
    source=lambda options, schema, context: ReplaySource(Options(options), schema, context),
    options=frozenset({"replay", "maxRowsPerTrigger"}),
)
