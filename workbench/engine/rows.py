"""A relation's rows on their way out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.base.errors import ExecutionError
from workbench.engine.analysis.lowering import for_batch
from workbench.engine.kernel.running import stoppable

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    import pyarrow as pa
    from pyspark.sql.types import StructType

    from workbench.engine.kernel.kernel import Kernel
    from workbench.engine.plan.operators import Operator


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows not yet computed; reading :attr:`batches` runs the query. Columns are by position in ``schema``'s order."""

    schema: StructType
    operator: Operator
    kernel: Kernel
    observed: dict[str, pa.Table]
    cancel: threading.Event

    @property
    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows.

        Raises
        ------
        ExecutionError
            ``OPERATION_CANCELED`` when the client gave up.
        """
        self._check()
        with stoppable(self.cancel):
            table = self.kernel.run(for_batch(self.operator), observed=self.observed)
        for batch in table.to_batches() if self.schema.fields else ():
            self._check()
            yield batch

    def _check(self) -> None:
        if self.cancel.is_set():
            raise ExecutionError("OPERATION_CANCELED")
