"""A join of two streams, prepared: its keys, what is left of its condition, and when each side's rows may be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyspark.sql import types as t

from workbench.engine.operators.event_time import event_time_of
from workbench.engine.operators.join_bounds import Bound, bound_of
from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import WATERMARK_DELAY, Attribute, Call, Literal, Named, Typed
from workbench.engine.plan.walk import every

EQUAL, NULL_SAFE = "==", "<=>"
_TRUE = Literal(True, t.BooleanType())


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the join.

    Attributes
    ----------
    columns : tuple of Attribute
        The side's own columns, which are kept and go on.
    keys : tuple of Attribute
        The equi-join keys, computed as columns after them.
    passes : Typed
        What of the condition reads this side only: a row that fails it matches nothing.
    expiry : Attribute or None
        The column whose time says when a row can match no more; None: it is kept for ever.
    bound : Bound or None
        How that time is reckoned from the watermark; None: it is the watermark itself.
    """

    columns: tuple[Attribute, ...]
    keys: tuple[Attribute, ...]
    passes: Typed
    expiry: Attribute | None
    bound: Bound | None

    def limit_ms(self, watermark_ms: int) -> int:
        """Return up to which time rows can match no more."""
        return watermark_ms if self.bound is None else self.bound.limit_ms(watermark_ms)

    @property
    def has_passes(self) -> bool:
        """Whether there is anything to check."""
        return self.passes is not _TRUE


@dataclass(frozen=True, slots=True)
class StateJoin(o.Operator):
    """A join that keeps the rows of both sides; ``residual`` is what of the condition the keys do not say."""

    left: o.Operator
    right: o.Operator
    kind: str
    sides: tuple[Side, Side]
    residual: Typed
    null_safe: tuple[bool, ...]
    output: tuple[Attribute, ...]

    @property
    def has_residual(self) -> bool:
        """Whether pairs of equal keys may still not match."""
        return self.residual is not _TRUE


def prepare_join(join: o.Join) -> StateJoin:
    """Return a join of two streams with its keys as columns of each side."""
    mine = {a.id for a in join.left.output}
    theirs = {a.id for a in join.right.output}
    equal, left_only, right_only, rest = [], [], [], []
    for part in conjuncts(join.condition):
        pair = key_pair(part, mine, theirs)
        used = _ids(part)
        if pair is not None:
            equal.append((*pair, part.function == NULL_SAFE))
        elif used and used <= mine:
            left_only.append(part)
        elif used and used <= theirs:
            right_only.append(part)
        else:
            rest.append(part)
    keys = [(_key(a), _key(b)) for a, b, _ in equal]
    condition = list(conjuncts(join.condition))
    sides = tuple(
        _side(
            one.output,
            tuple(key[at].attribute for key in keys),
            keys,
            only,
            (one, other),
            condition,
        )
        for at, (one, other, only) in enumerate(
            ((join.left, join.right, left_only), (join.right, join.left, right_only))
        )
    )
    left = _with(join.left, [key[0] for key in keys])
    right = _with(join.right, [key[1] for key in keys])
    # Elsewhere Spark filters null keys out below the join; below a full outer join of streams it does not, and its
    # state store finds a null key by a null key (Spark: InferFiltersFromConstraints, SymmetricHashJoinStateManager).
    safe = tuple(is_safe or join.kind == "full" for *_, is_safe in equal)
    return StateJoin(left, right, join.kind, sides, conjunction(rest), safe, join.output)


def conjuncts(condition: Typed | None) -> Iterator[Typed]:
    """Yield the parts of a condition that must all hold."""
    if condition is None:
        return
    if isinstance(condition, Call) and condition.function == "and":
        for argument in condition.arguments:
            yield from conjuncts(argument)
    else:
        yield condition


def conjunction(parts: list[Typed]) -> Typed:
    """Return the condition that all parts hold."""
    made: Typed = _TRUE
    for part in parts:
        made = part if made is _TRUE else Call("and", (made, part), t.BooleanType())
    return made


def key_pair(part: Typed, mine: set[int], theirs: set[int]) -> tuple[Typed, Typed] | None:
    """Return an equality as its left side's and its right side's expression; None for anything else."""
    if not isinstance(part, Call) or part.function not in (EQUAL, NULL_SAFE):
        return None
    first, second = part.arguments
    a, b = _ids(first), _ids(second)
    if a and b and a <= mine and b <= theirs:
        return first, second
    if a and b and a <= theirs and b <= mine:
        return second, first
    return None


def _ids(expression: Typed) -> set[int]:
    return {one.id for one in every(expression) if isinstance(one, Attribute)}


def _key(expression: Typed) -> Named:
    """Return a key as a column of its own, with the marks of the column it is."""
    marks = expression.metadata if isinstance(expression, Attribute) else {}
    return Named(expression, Attribute("key", expression.type, True, metadata=marks))


def _with(child: o.Operator, keys: list[Named]) -> o.Operator:
    if not keys:
        return child
    return o.Project(child, (*(Named(a, a) for a in child.output), *keys))


def _side(
    columns: tuple[Attribute, ...],
    keys: tuple[Attribute, ...],
    pairs: list[tuple[Named, Named]],
    only: list[Typed],
    inputs: tuple[o.Operator, o.Operator],
    condition: list[Typed],
) -> Side:
    timed = next(
        (i for i, pair in enumerate(pairs) if any(_is_timed(key.attribute) for key in pair)), None
    )
    passes = conjunction(only)
    if timed is not None:
        return Side(columns, keys, passes, keys[timed], None)
    mine, other = (event_time_of(one.output) for one in inputs)
    if mine is None:
        return Side(columns, keys, passes, None, None)
    bound = bound_of(condition, mine, other)
    return Side(columns, keys, passes, mine if bound else None, bound)


def _is_timed(attribute: Attribute) -> bool:
    return WATERMARK_DELAY in attribute.metadata
