"""``foreach`` where the session's settings say user code runs: in this process, or in a worker."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql.conversion import ArrowTableToRowsConversion

from workbench.base.cancelling import look
from workbench.engine.connectors.foreach import ForeachSink
from workbench.engine.kernel.python_loading import load, user_error
from workbench.engine.workers.contract import Job
from workbench.engine.workers.session_calls import ticking
from workbench.engine.workers.wire import sent_once

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.types import StructType

    from workbench.engine.kernel.python_calls import Calls
    from workbench.engine.plan.python_function import PythonFunction


@sent_once
@dataclass(frozen=True, slots=True)
class ForeachWork:
    """What crosses to a worker; ``run`` tells queries with the same writer apart."""

    function: PythonFunction
    schema: StructType
    run: str

    @property
    def name(self) -> str:
        """What messages call the writer."""
        return "foreach"

    def open(self) -> ForeachSink:
        """Unpickle the writer."""
        call = load(self.function.command)

        def guarded(partition: int, given: Any) -> Iterable[Any]:
            try:
                yield from call(partition, given)
            except GeneratorExit:
                raise
            except BaseException as error:
                raise user_error(self.name, error) from error

        return ForeachSink(guarded, self._rows)

    def _rows(self, table: pa.Table) -> Iterable[Any]:
        named = table.rename_columns(self.schema.fieldNames())
        return ArrowTableToRowsConversion.convert(named, self.schema)


class ForeachInSession:
    """Hands each batch to the writer, whole, as partition 0: here, or in whichever worker is free; at least once.

    A batch is not divided, since what its parts were would change with the number of workers, and a writer may remember by
    partition and epoch what it has done.
    """

    description = ForeachSink.description

    def __init__(self, function: PythonFunction, schema: StructType, calls: Calls) -> None:
        self._work = ForeachWork(function, schema, uuid.uuid4().hex)
        self._calls = calls
        self._here: ForeachSink | None = None

    def add_batch(self, batch_id: int, table: pa.Table, mode: str) -> int:
        pool = self._calls.pool()
        if pool is not None:
            given = (batch_id, table, mode)
            job = Job(self._work, "add_batch", given, rows=table.num_rows)
            return pool.run(job, ticking(look()))
        if self._here is None:
            self._here = self._work.open()
        return self._here.add_batch(batch_id, table, mode)

    def stop(self) -> None:
        pool = self._calls.pool()
        if pool is not None:
            pool.end_work(self._work, ticking(look()))
