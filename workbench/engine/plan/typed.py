"""Expressions the analysis has understood: every name is an attribute, every type is known, every cast is written out.

The kernel turns these into DataFusion expressions. A column is addressed by its attribute's ``id`` alone, so two columns of
one name never meet.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql.types import DataType

    from workbench.engine.plan.operators import Operator
    from workbench.engine.plan.python_function import PythonFunction

_IDS = itertools.count(1)

WATERMARK_DELAY = "spark.watermarkDelayMs"
"""Attribute metadata: the delay in ms of the watermark defined on this event-time column (Spark: EventTimeWatermark.delayKey)."""

WINDOW_MARK = "spark.timeWindow"
"""Attribute metadata: this struct column is a time window (Spark: TimeWindow.marker); ``"session"`` for session windows."""


def next_id() -> int:
    """Return a number no other attribute of this process has."""
    return next(_IDS)


class Typed:
    """The base of typed expressions: each has ``type`` and ``nullable``."""

    __slots__ = ()
    type: DataType
    nullable: bool


@dataclass(frozen=True, slots=True)
class Attribute(Typed):
    """One column of a relation. ``id`` is its identity, ``name`` is for people."""

    name: str
    type: DataType
    nullable: bool
    id: int = field(default_factory=next_id)
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def column(self) -> str:
        """The column's name inside the kernel."""
        return f"c{self.id}"


@dataclass(frozen=True, slots=True)
class Literal(Typed):
    """A constant in the form :class:`workbench.engine.plan.expressions.Literal` describes."""

    value: Any
    type: DataType

    @property
    def nullable(self) -> bool:
        """Whether this is NULL."""
        return self.value is None


@dataclass(frozen=True, slots=True)
class Now(Typed):
    """The moment of the run, the same for all its rows; :mod:`workbench.engine.functions.moment` puts the value in.

    A query's run is its start, a micro-batch's the time in the query's log, so that a batch run again is given the same.
    ``zone``: whose wall clock tells a DATE or a TIMESTAMP_NTZ. A LONG is seconds since 1970.
    Source: Spark's ``ComputeCurrentTime`` and ``CurrentBatchTimestamp``.
    """

    type: DataType
    zone: str = "UTC"

    @property
    def nullable(self) -> bool:
        """Never: there is always a moment."""
        return False


@dataclass(frozen=True, slots=True)
class Call(Typed):
    """A scalar function; arguments already have the types its kernel wants.

    ``options``: constants the kernel needs beside its arguments, such as ``("timeZone", "UTC")``.
    """

    function: str
    arguments: tuple[Typed, ...]
    type: DataType
    nullable: bool = True
    options: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Cast(Typed):
    """A conversion. ``mode``: ``"ansi"`` (a bad value is an error) or ``"try"`` (it is NULL)."""

    child: Typed
    type: DataType
    mode: str = "ansi"
    zone: str = "UTC"

    @property
    def nullable(self) -> bool:
        """Whether NULL can come out."""
        return self.mode == "try" or self.child.nullable


@dataclass(frozen=True, slots=True)
class Named(Typed):
    """An expression that becomes the column ``attribute``."""

    child: Typed
    attribute: Attribute

    @property
    def type(self) -> DataType:
        """The child's type."""
        return self.child.type

    @property
    def nullable(self) -> bool:
        """Whether NULL can come out."""
        return self.child.nullable


@dataclass(frozen=True, slots=True)
class Case(Typed):
    """``CASE WHEN … THEN … ELSE … END``; every branch has type ``type``."""

    branches: tuple[tuple[Typed, Typed], ...]
    otherwise: Typed
    type: DataType
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class GetField(Typed):
    """A struct's field by name."""

    child: Typed
    field: str
    type: DataType
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Lambda(Typed):
    """A lambda; its parameters are attributes bound inside the body."""

    parameters: tuple[Attribute, ...]
    body: Typed

    @property
    def type(self) -> DataType:
        """The body's type."""
        return self.body.type

    @property
    def nullable(self) -> bool:
        """Whether the body can give NULL."""
        return self.body.nullable


@dataclass(frozen=True, slots=True)
class SortKey(Typed):
    """One key of an ordering, the place of nulls decided."""

    child: Typed
    ascending: bool
    nulls_first: bool

    @property
    def type(self) -> DataType:
        """The child's type."""
        return self.child.type

    @property
    def nullable(self) -> bool:
        """Whether the key can be NULL."""
        return self.child.nullable


@dataclass(frozen=True, slots=True)
class AggregateCall(Typed):
    """An aggregate function. It stands only in ``Aggregate.aggregates`` (inside a Named) or in a WindowCall."""

    function: str
    arguments: tuple[Typed, ...]
    type: DataType
    nullable: bool = True
    distinct: bool = False
    filter: Typed | None = None
    order: tuple[SortKey, ...] = ()
    ignore_nulls: bool = False
    options: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class WindowCall(Typed):
    """A window function or an aggregate over a window; it stands only in ``Window.calls`` (inside a Named).

    ``frame``: ``(unit, lower, upper)`` with ``unit`` rows or range and bounds None (unbounded), 0 (current row) or a signed
    constant; None: the function's own default. A PythonCall here is a user's aggregate over its own arguments.
    """

    function: AggregateCall | Call | PythonCall
    partition: tuple[Typed, ...]
    order: tuple[SortKey, ...]
    frame: tuple[str, Any, Any] | None
    type: DataType
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class GeneratorCall(Typed):
    """``explode posexplode inline stack json_tuple`` and their kin; it stands only in ``Generate``."""

    function: str
    arguments: tuple[Typed, ...]
    type: DataType
    outer: bool = False
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class PythonCall(Typed):
    """A user's Python function over columns. ``keywords``: the names of the last arguments, given by name."""

    function: PythonFunction
    arguments: tuple[Typed, ...]
    type: DataType
    nullable: bool = True
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScalarSubquery(Typed):
    """A query whose one value is used. ``outer``: attributes of the enclosing query it reads (correlated)."""

    plan: Operator
    type: DataType
    outer: tuple[Attribute, ...] = ()
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Exists(Typed):
    """Whether a query has rows."""

    plan: Operator
    type: DataType
    outer: tuple[Attribute, ...] = ()
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class InSubquery(Typed):
    """Whether values are among a query's rows."""

    values: tuple[Typed, ...]
    plan: Operator
    type: DataType
    outer: tuple[Attribute, ...] = ()
    nullable: bool = True


SUBQUERIES = (ScalarSubquery, Exists, InSubquery)
"""The kinds of expressions that hold a query."""
