"""Plan nodes that keep state, and the operators that run them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.base.errors import Unsupported
from workbench.engine.operators.aggregate import AggregateOperator
from workbench.engine.operators.deduplicate import open_deduplicate
from workbench.engine.operators.join import JoinOperator
from workbench.engine.operators.join_plan import StateJoin
from workbench.engine.operators.limit import LimitOperator
from workbench.engine.operators.partials import SessionAggregate, StateAggregate
from workbench.engine.operators.python_state.group_state import GroupStateOperator
from workbench.engine.operators.python_state.transform import TransformWithStateOperator
from workbench.engine.operators.session_window import SessionWindowOperator
from workbench.engine.plan.operators import Distinct, GroupStateMap, Limit, TransformWithState

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.engine.operators.contract import OperatorContext, StatefulOperator
    from workbench.engine.plan.operators import Operator

OPERATORS: dict[type[Operator], Callable[..., StatefulOperator]] = {
    StateAggregate: AggregateOperator,
    SessionAggregate: SessionWindowOperator,
    Distinct: open_deduplicate,
    Limit: LimitOperator,
    StateJoin: JoinOperator,
    GroupStateMap: GroupStateOperator,
    TransformWithState: TransformWithStateOperator,
}


def open_operator(node: Operator, context: OperatorContext) -> StatefulOperator:
    """Open the operator of a node.

    Raises
    ------
    Unsupported
        ``STREAMING_OPERATOR_UNSUPPORTED``.
    """
    kind = OPERATORS.get(type(node))
    if kind is None:
        raise Unsupported("STREAMING_OPERATOR_UNSUPPORTED", operator=type(node).__name__)
    return kind(node, context)
