"""Joins and generators that can be stopped.

DataFusion gives up its thread between batches of its inputs, and a join may make billions of rows of one. So a join whose
inputs might have that many pairs asks, with every batch of pairs, whether it is still wanted; its condition is where it can
ask. A generator asks with every batch it is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from datafusion import col, udf

from workbench.base.arrow_types import to_arrow
from workbench.engine.kernel.running import cancellation, looker
from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import PythonCall
from workbench.engine.plan.walk import every, operators_of, parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from datafusion import DataFrame, Expr

    from workbench.engine.plan.typed import Attribute

FEW_PAIRS = 10**9
"""Fewer than this are joined in a second or two; asking would cost more than it brings."""

FEW_ROWS = 32_768
"""Fewer than this are one batch."""

_SAME_OR_FEWER = (
    o.Project,
    o.Filter,
    o.Aggregate,
    o.Sort,
    o.Limit,
    o.Distinct,
    o.Window,
    o.Watermark,
    o.Tail,
)


def stoppable_condition(operator: o.Join, condition: Expr) -> Expr:
    """Return a join's condition, asking where that may matter whether the join is still wanted."""
    left, right = _narrowest(operator.left), _narrowest(operator.right)
    if cancellation() is None or left is None or right is None:
        return condition
    if most_rows(operator.left) * most_rows(operator.right) < FEW_PAIRS:
        return condition
    kinds = [to_arrow(left.type), to_arrow(right.type)]
    wanted = udf(_asks(looker()), kinds, pa.bool_(), "volatile", "is_wanted")
    # First: what stands behind a false part is not asked.
    return wanted(col(left.column), col(right.column)) & condition


def stoppable_rows(operator: o.Operator, made: DataFrame) -> DataFrame:
    """Return a frame that asks with every batch whether its rows are still wanted; for what makes many rows of one."""
    column = _narrowest(operator)
    if cancellation() is None or column is None or most_rows(operator) < FEW_ROWS:
        return made
    look = looker()

    def wanted(rows: pa.Array) -> pa.Array:
        look()
        return pa.repeat(True, len(rows))

    return made.filter(
        udf(wanted, [to_arrow(column.type)], pa.bool_(), "volatile", "is_wanted")(
            col(column.column)
        )
    )


def most_rows(operator: o.Operator) -> float:
    """Return how many rows an operator gives at most; infinity where only running it would tell."""
    if isinstance(operator, o.LocalTable):
        return operator.table.num_rows
    if isinstance(operator, o.Range):
        return len(range(operator.start, operator.end, operator.step))
    if isinstance(operator, _SAME_OR_FEWER):
        return most_rows(operator.children[0])
    if isinstance(operator, o.Union):
        return sum(map(most_rows, operator.inputs))
    return float("inf")


def is_short(operator: o.Operator) -> bool:
    """Whether an operator works on few rows, with no function of a user's: it is done before anybody could want it to end."""
    if cancellation() is None or most_rows(operator) > FEW_ROWS:
        return False
    own = (
        part
        for one in operators_of(operator)
        for expression in parts(one)
        for part in every(expression)
    )
    return not any(isinstance(part, PythonCall) for part in own)


def _narrowest(operator: o.Operator) -> Attribute | None:
    """Return the column that costs least to carry to the question; both sides are named so that it stays with the join."""
    return min(operator.output, key=lambda a: _width(to_arrow(a.type)), default=None)


def _width(kind: pa.DataType) -> int:
    try:
        return kind.bit_width
    except ValueError:
        return 1 << 20


def _asks(look: Callable[[], None]) -> Callable[[pa.Array, pa.Array], pa.Array]:
    def wanted(left: pa.Array, _right: pa.Array) -> pa.Array:
        look()
        return pa.repeat(True, len(left))

    return wanted
