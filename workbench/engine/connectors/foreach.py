"""``foreach``: each row handed to a function."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_CONTEXT_LOCK = threading.Lock()


class ForeachSink:
    """Calls a function with an iterator over a batch's rows, as one partition; at least once.

    Parameters
    ----------
    function : callable
        ``function(partition_id, rows) -> iterator``, as PySpark's client builds it from ``foreach``'s argument; it reads
        the batch's number from the task context.
    to_rows : callable
        Makes PySpark rows of a table.
    """

    description = "ForeachWriterTable"

    def __init__(
        self,
        function: Callable[[int, Iterator[Any]], Iterable[Any]],
        to_rows: Callable[[pa.Table], Iterable[Any]],
    ) -> None:
        self._function = function
        self._to_rows = to_rows

    def add_batch(self, batch_id: int, table: pa.Table, mode: str) -> int:
        # The task context belongs to the whole process, so two queries take turns.
        with _CONTEXT_LOCK:
            enter_task(batch_id)
            for _ in self._function(0, iter(self._to_rows(table))):
                pass
        return table.num_rows

    def stop(self) -> None:
        pass


def enter_task(batch_id: int) -> None:
    """Put a batch's number where ``foreach`` writers look for it."""
    from pyspark.taskcontext import TaskContext

    context = TaskContext._getOrCreate()  # noqa: SLF001 - PySpark's own worker fills it so
    context._partitionId = 0  # noqa: SLF001
    context._localProperties = {"streaming.sql.batchId": str(batch_id)}  # noqa: SLF001
