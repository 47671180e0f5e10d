"""``WITH RECURSIVE``: a query over its own last rows, until it gives none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from workbench.base.errors import ExecutionError
from workbench.engine.kernel.running import check

if TYPE_CHECKING:
    from workbench.engine.kernel.operators import Compilation
    from workbench.engine.plan.operators import Recursive


def grown(operator: Recursive, run: Compilation) -> pa.Table:
    """Return the first rows and those of every step.

    Raises
    ------
    ExecutionError
        ``RECURSION_LEVEL_LIMIT_EXCEEDED``, ``RECURSION_ROW_LIMIT_EXCEEDED`` (source: Spark's ``UnionLoopExec``).
    """
    names = [attribute.column for attribute in operator.output]
    last = run.rows(operator.left).rename_columns(names)
    found, count, level = [last], last.num_rows, 0
    while last.num_rows and (operator.enough is None or count < operator.enough):
        check()
        level += 1
        if level > operator.most_levels:
            raise ExecutionError("RECURSION_LEVEL_LIMIT_EXCEEDED", levelLimit=operator.most_levels)
        last = run.given(operator.name, last).rows(operator.right).rename_columns(names)
        found.append(last)
        count += last.num_rows
        if operator.enough is None and count > operator.most_rows:
            raise ExecutionError("RECURSION_ROW_LIMIT_EXCEEDED", rowLimit=operator.most_rows)
    return pa.concat_tables(found)
