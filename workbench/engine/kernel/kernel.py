"""The kernel: operators in, Arrow out."""

from __future__ import annotations

import os
from contextlib import nullcontext
from copy import copy
from typing import TYPE_CHECKING

from datafusion import SessionConfig, SessionContext

from workbench.engine.functions import faults
from workbench.engine.functions.guards import guard
from workbench.engine.kernel.missing import missing_file
from workbench.engine.kernel.one_file import with_columns_read
from workbench.engine.kernel.operators import Compilation, compile_operator
from workbench.engine.kernel.picking import picked
from workbench.engine.kernel.python_calls import calling
from workbench.engine.kernel.running import whole_frames
from workbench.engine.kernel.tables import collect
from workbench.engine.kernel.wanted import is_short
from workbench.engine.workers.session_calls import InProcess

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from workbench.engine.connectors.contract import FileScan
    from workbench.engine.kernel.python_calls import Calls
    from workbench.engine.plan.operators import Operator

_SETTINGS = {
    # Plain strings, not views: what the client and the state store read.
    "datafusion.execution.parquet.schema_force_view_types": "false",
    "datafusion.sql_parser.map_string_types_to_utf8view": "false",
    # Rows keep their order through filters and projections, as users of show() and limit() expect.
    "datafusion.optimizer.enable_round_robin_repartition": "false",
    "datafusion.execution.time_zone": "UTC",
}


_RULES_OFF = ("push_down_leaf_projections", "extract_leaf_expressions")
"""DataFusion 55 names a struct field twice when it moves it below an aggregate."""


class Kernel:
    """Runs operators with DataFusion. Safe to call from several threads.

    Parameters
    ----------
    partitions : int, optional
        How many threads one query may use; the machine's cores by default.
    """

    def __init__(self, partitions: int | None = None) -> None:
        self.partitions = partitions or os.cpu_count() or 1
        self._context, self._single = _context(self.partitions), _context(1)
        self.calls: Calls = InProcess()

    def calling(self, calls: Calls) -> Kernel:
        """Return this kernel with user code run through ``calls``."""
        made = copy(self)
        made.calls = calls
        return made

    def run(
        self,
        operator: Operator,
        inputs: Mapping[str, pa.Table | FileScan] | None = None,
        observed: dict[str, pa.Table] | None = None,
    ) -> pa.Table:
        """Return an operator's rows.

        Parameters
        ----------
        operator : Operator
            What to compute; it holds no StreamScan.
        inputs : mapping of str to pa.Table or FileScan, optional
            The tables of its placeholders, columns by position.
        observed : dict, optional
            Filled with one table of metrics per Observe node.

        Returns
        -------
        pa.Table
            Columns named by ``attribute.column`` in ``operator.output``'s order, in exact Arrow types.

        Raises
        ------
        WorkbenchError
            What a row made fail, with Spark's condition.
        """
        operator, inputs = with_columns_read(operator, inputs or {})
        found = picked(operator, inputs)
        if found is not None:
            return found
        run = self._compilation(inputs, {} if observed is None else observed)
        try:
            with calling(self.calls), whole_frames() if is_short(operator) else nullcontext():
                rows = collect(compile_operator(guard(operator), run), operator.output)
        except Exception as error:
            known = faults.recover(error) or missing_file(run.scanned)
            if known is None:
                raise
            raise known from error
        gone = missing_file(run.scanned)
        if gone is not None:
            raise gone
        return rows

    def explain(self, operator: Operator) -> str:
        """Return DataFusion's physical plan of an operator as text."""
        run = self._compilation({}, {})
        with calling(self.calls):
            return compile_operator(guard(operator), run).execution_plan().display_indent()

    def _compilation(
        self, inputs: Mapping[str, pa.Table | FileScan], observed: dict[str, pa.Table]
    ) -> Compilation:
        return Compilation(self._context, self._single, inputs, self.partitions, observed)


def _context(partitions: int) -> SessionContext:
    config = SessionConfig().with_target_partitions(partitions)
    for key, value in _SETTINGS.items():
        config = config.set(key, value)
    made = SessionContext(config)
    for rule in _RULES_OFF:
        made.remove_optimizer_rule(rule)
    return made
