"""``foreachBatch``: each batch handed to a function."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa


class ForeachBatchSink:
    """Calls a function with each batch's rows and number; at least once, so the function looks at the number.

    Parameters
    ----------
    function : callable
        ``function(table, batch_id)``, on the query's thread. What it raises ends the query.
    """

    description = "ForeachBatchSink"

    def __init__(self, function: Callable[[pa.Table, int], None]) -> None:
        self._function = function

    def add_batch(self, batch_id: int, table: pa.Table, mode: str) -> None:
        self._function(table, batch_id)

    def stop(self) -> None:
        pass
