"""``noop``: rows are computed and dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.engine.connectors.contract import Connector

if TYPE_CHECKING:
    import pyarrow as pa


class NoopSink:
    """Counts rows and keeps none."""

    description = "NoopTable"

    def add_batch(self, batch_id: int, table: pa.Table, mode: str) -> int:
        return table.num_rows

    def stop(self) -> None:
        pass


def _write(table: pa.Table, *rest: object) -> None:
    """A batch write to nowhere: the rows were computed, which is all that was asked."""


CONNECTOR = Connector(
    "noop",
    write=_write,
    sink=lambda options, schema, partition_by, context: NoopSink(),
    sink_modes=("append", "update", "complete"),
)
