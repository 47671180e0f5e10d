"""Plan nodes that keep state, and the operators that run them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.base.errors import Unsupported
from workbench.engine.operators.aggregate import AggregateOperator
from workbench.engine.operators.partials import StateAggregate

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.engine.operators.contract import OperatorContext, StatefulOperator
    from workbench.engine.plan.operators import Operator

OPERATORS: dict[type[Operator], Callable[..., StatefulOperator]] = {
    StateAggregate: AggregateOperator,
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
