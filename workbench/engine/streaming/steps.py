"""What one micro-batch of a query consists of, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.engine.plan.operators import Operator, StreamScan
    from workbench.engine.plan.typed import Attribute


class Step:
    """One step: it makes the table ``name`` from tables made before."""

    __slots__ = ()
    name: str


@dataclass(frozen=True, slots=True)
class Fragment(Step):
    """The kernel runs ``operator``, a stateless tree over placeholders."""

    name: str
    operator: Operator


@dataclass(frozen=True, slots=True)
class EventTime(Step):
    """Look at the event times in the table ``source``; rows pass.

    Attributes
    ----------
    column : Attribute
        The event-time column.
    output : tuple of Attribute
        The columns of the table made: the source's, by position.
    index : int
        Its place among the query's watermark nodes.
    mark : int
        Which watermark it moves; nodes of one mark are uses of one frame.
    """

    name: str
    source: str
    column: Attribute
    delay_ms: int
    output: tuple[Attribute, ...]
    index: int
    mark: int


@dataclass(frozen=True, slots=True)
class Stateful(Step):
    """A stateful operator turns the tables ``sources`` into the table ``name``.

    Attributes
    ----------
    operator : Operator
        The plan's node; its children are placeholders named ``sources``.
    index : int
        The operator's id, 0 for the last one, as Spark numbers them; it names the state directory.
    """

    name: str
    sources: tuple[str, ...]
    operator: Operator
    index: int


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """A streaming query, cut up.

    Attributes
    ----------
    sources : tuple
        ``(name, scan)`` per streaming source, in the plan's order: the order of the offset log.
    steps : tuple
        In an order in which every table is made before it is read. The last makes the result.
    output : tuple of Attribute
        The result's columns.
    """

    sources: tuple[tuple[str, StreamScan], ...]
    steps: tuple[Step, ...]
    output: tuple[Attribute, ...]

    @property
    def stateful(self) -> tuple[Stateful, ...]:
        """The stateful steps, upstream first."""
        return tuple(step for step in self.steps if isinstance(step, Stateful))

    @property
    def event_times(self) -> tuple[EventTime, ...]:
        """The steps that move the watermark."""
        return tuple(step for step in self.steps if isinstance(step, EventTime))
