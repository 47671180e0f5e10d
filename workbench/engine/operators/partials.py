"""An aggregation over a stream, taken apart: partial results per batch, merged in state, finished on the way out.

::

    Aggregate [k], [avg(x)]   →   Project [k, sum / count]                finish
                                    StateAggregate [k], [sum, count]      kept in state
                                      Aggregate [k], [sum(x), count(x)]   partial, over the batch

Where the partial results of one row are plain expressions (:mod:`lift`), rows go into state as they are; not where a key
is a window of fixed size, since so many rows share it:

::

    Aggregate [k], [avg(x)]   →   Project [k, sum / count]
                                    StateAggregate [k], [sum, count]
                                      Project [k, x, 1]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.engine.operators.buffers import decompose
from workbench.engine.operators.lift import lifted
from workbench.engine.operators.window_groups import group_by_start
from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import WINDOW_MARK, Attribute, Named

if TYPE_CHECKING:
    from workbench.engine.operators.buffers import Partial


@dataclass(frozen=True, slots=True)
class StateAggregate(o.Operator):
    """Partial results per key, kept over batches.

    Attributes
    ----------
    child : Operator
        The batch's keys and partial results; each key once, unless ``of_rows``.
    keys : tuple of Attribute
        The grouping columns.
    partials : tuple of Partial
        The columns kept, and how each merges.
    of_rows : bool
        Whether the partial results are those of single rows.
    """

    child: o.Operator
    keys: tuple[Attribute, ...]
    partials: tuple[Partial, ...]
    of_rows: bool

    @property
    def output(self) -> tuple[Attribute, ...]:
        """The keys, then the partial results."""
        return (*self.keys, *(partial.attribute for partial in self.partials))


@dataclass(frozen=True, slots=True)
class SessionAggregate(StateAggregate):
    """The same where one key is a session window: spans of one key that touch become one.

    Attributes
    ----------
    session : Attribute
        Which of the keys is the window.
    """

    session: Attribute


@dataclass(frozen=True, slots=True)
class Split:
    """An aggregation taken apart.

    Attributes
    ----------
    stateful : Operator
        The node that keeps state.
    children : tuple of Operator
        What is computed on each batch before it.
    finish : Callable
        Makes the aggregation's result from the stateful node's.
    """

    stateful: o.Operator
    children: tuple[o.Operator, ...]
    finish: Callable[[o.Operator], o.Operator]


def split_aggregate(operator: o.Aggregate, child: o.Operator) -> Split:
    """Take an aggregation over a stream apart; ``child`` is its input, cut already."""
    taken = [decompose(named.child) for named in operator.aggregates]
    keys = tuple(named.attribute for named in operator.grouping)
    kept = tuple(p for one in taken for p in one.partials)
    rows = lifted(kept) if _are_many(keys) else None
    columns = (*operator.grouping, *rows) if rows else ()
    partial = o.Project(child, columns) if rows else _partial(operator, child, kept)
    of_rows = rows is not None
    finished = [one.answer for one in taken]

    def finish(state: o.Operator) -> o.Operator:
        named = zip(finished, operator.aggregates, strict=True)
        results = tuple(Named(value, column.attribute) for value, column in named)
        return o.Project(state, (*(Named(key, key) for key in keys), *results))

    session = next((key for key in keys if key.metadata.get(WINDOW_MARK) == "session"), None)
    if session is not None:
        return Split(SessionAggregate(partial, keys, kept, of_rows, session), (partial,), finish)
    return Split(StateAggregate(partial, keys, kept, of_rows), (partial,), finish)


def _are_many(keys: tuple[Attribute, ...]) -> bool:
    """Whether there may be nearly as many groups as rows. Without keys there is a result even without rows."""
    return bool(keys) and all(key.metadata.get(WINDOW_MARK, "session") == "session" for key in keys)


def _partial(operator: o.Aggregate, child: o.Operator, kept: tuple[Partial, ...]) -> o.Operator:
    columns = tuple(Named(p.fill, p.attribute) for p in kept)
    return group_by_start(o.Aggregate(child, operator.grouping, columns))
