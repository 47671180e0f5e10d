"""Expressions as a user wrote them: names not looked up, types not known.

Both doors (Spark Connect messages, SQL text) make these; past them nobody knows the door. The analysis turns them into the
typed expressions of :mod:`workbench.engine.plan.typed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql.types import DataType

    from workbench.engine.plan.python_function import PythonFunction
    from workbench.engine.plan.relations import Relation


class Expression:
    """The base of all expressions."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """A constant. ``value`` is in the engine's own form.

    int, float, bool, str, bytes, ``Decimal``, None; days since 1970 for a date; microseconds for timestamps and day-time
    intervals; months for year-month intervals; list, tuple (struct) and dict (map) of such values.
    """

    value: Any
    type: DataType


@dataclass(frozen=True, slots=True)
class Name(Expression):
    """A column by name: ``("t", "a")`` for ``t.a``; a later part may also be a struct field."""

    parts: tuple[str, ...]
    plan_id: int | None = None


@dataclass(frozen=True, slots=True)
class Star(Expression):
    """``*`` or ``target.*`` (a table, or a struct column)."""

    target: tuple[str, ...] = ()
    plan_id: int | None = None
    excepted: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Regex(Expression):
    """Columns whose name matches a pattern (``df.colRegex``)."""

    pattern: str
    plan_id: int | None = None


@dataclass(frozen=True, slots=True)
class Function(Expression):
    """A call by name: scalar, aggregate, window function, generator or registered Python function.

    Operators are functions too, by Spark's names: ``+ - * / % == <=> < <= > >= and or not ~ & | ^``, ``isnull``, ``in``,
    ``like``, ``when`` (pairs, then the optional else), ``array``, ``struct``, ``named_struct``, ``between`` …
    """

    name: str
    arguments: tuple[Expression, ...] = ()
    distinct: bool = False
    filter: Expression | None = None
    order: tuple[SortOrder, ...] = ()
    ignore_nulls: bool = False


@dataclass(frozen=True, slots=True)
class NamedArgument(Expression):
    """``name => value`` in a call."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Cast(Expression):
    """``cast`` (ANSI: a bad value is an error) or ``try_cast`` (a bad value is NULL)."""

    child: Expression
    type: DataType
    is_try: bool = False


@dataclass(frozen=True, slots=True)
class Alias(Expression):
    """A name for an expression; several names for a generator that gives several columns."""

    child: Expression
    names: tuple[str, ...]
    metadata: str | None = None


@dataclass(frozen=True, slots=True)
class SortOrder(Expression):
    """One key of an ordering. ``nulls_first`` None: Spark's default (first when ascending)."""

    child: Expression
    ascending: bool = True
    nulls_first: bool | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """A frame's end: ``offset`` None is unbounded, 0 the current row, negative is before it."""

    offset: Expression | int | None


@dataclass(frozen=True, slots=True)
class Frame:
    """A window frame; ``unit`` is ``"rows"`` or ``"range"``."""

    unit: str
    lower: Bound
    upper: Bound


@dataclass(frozen=True, slots=True)
class Window(Expression):
    """A function over a window."""

    function: Expression
    partition: tuple[Expression, ...] = ()
    order: tuple[SortOrder, ...] = ()
    frame: Frame | None = None


@dataclass(frozen=True, slots=True)
class Lambda(Expression):
    """``(x, y) -> body``; parameters appear in the body as :class:`LambdaVariable`."""

    parameters: tuple[str, ...]
    body: Expression


@dataclass(frozen=True, slots=True)
class LambdaVariable(Expression):
    """A lambda's parameter where it is used; further parts are struct fields."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extract(Expression):
    """``child[key]``: a struct's field, an array's element, a map's value."""

    child: Expression
    key: Expression


@dataclass(frozen=True, slots=True)
class UpdateField(Expression):
    """A struct with one field set (``withField``) or, with no value, dropped (``dropFields``)."""

    child: Expression
    field: str
    value: Expression | None


@dataclass(frozen=True, slots=True)
class PythonCall(Expression):
    """A call of an inline Python function (``udf``, ``pandas_udf``, ``arrow_udf``)."""

    function: PythonFunction
    arguments: tuple[Expression, ...]
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class SqlText(Expression):
    """``expr("…")``: the analysis parses it (through ``engine.sql``) when it meets it."""

    text: str


@dataclass(frozen=True, slots=True)
class ScalarSubquery(Expression):
    """A query used as one value."""

    plan: Relation


@dataclass(frozen=True, slots=True)
class TableArgument(Expression):
    """A table given to a table function: ``TABLE(query) PARTITION BY … ORDER BY …``, ``df.asTable()``."""

    plan: Relation
    partition: tuple[Expression, ...] = ()
    order: tuple[SortOrder, ...] = ()
    is_single: bool = False

    @property
    def is_partitioned(self) -> bool:
        """Whether the call says how the rows divide."""
        return self.is_single or bool(self.partition)


@dataclass(frozen=True, slots=True)
class Exists(Expression):
    """``EXISTS (query)``."""

    plan: Relation


@dataclass(frozen=True, slots=True)
class InSubquery(Expression):
    """``values IN (query)``."""

    values: tuple[Expression, ...]
    plan: Relation
