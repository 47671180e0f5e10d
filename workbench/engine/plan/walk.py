"""Walking typed expressions and operators without knowing each kind."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from workbench.engine.plan.operators import Operator
from workbench.engine.plan.typed import Attribute, Typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Node = TypeVar("Node", bound=object)


def _mapped(value: object, base: type, function: Callable) -> object:
    if isinstance(value, base):
        return function(value)
    if isinstance(value, tuple) and any(isinstance(v, (base, tuple)) for v in value):
        made = tuple(_mapped(v, base, function) for v in value)
        return made if any(a is not b for a, b in zip(made, value, strict=True)) else value
    return value


def map_parts(node: Node, base: type, function: Callable) -> Node:
    """Return a node with every direct part of type ``base`` (also inside tuples) replaced."""
    changes = {}
    for one in fields(node):
        old = getattr(node, one.name)
        new = _mapped(old, base, function)
        if new is not old:
            changes[one.name] = new
    return replace(node, **changes) if changes else node


def transform(expression: Typed, function: Callable[[Typed], Typed]) -> Typed:
    """Return an expression with ``function`` applied to every node, parts first."""
    if isinstance(expression, Attribute):
        return function(expression)
    return function(map_parts(expression, Typed, lambda part: transform(part, function)))


def parts(node: object, base: type = Typed) -> Iterator:
    """Yield the direct parts of a node that are of type ``base``."""
    if not is_dataclass(node):
        return
    for one in fields(node):
        yield from _flat(getattr(node, one.name), base)


def _flat(value: object, base: type) -> Iterator:
    if isinstance(value, base):
        yield value
    elif isinstance(value, tuple):
        for inner in value:
            yield from _flat(inner, base)


def every(expression: Typed) -> Iterator[Typed]:
    """Yield an expression and all expressions inside it."""
    yield expression
    for part in parts(expression):
        yield from every(part)


def has(expression: Typed, kind: type | tuple[type, ...]) -> bool:
    """Whether an expression of a kind is anywhere inside."""
    return any(isinstance(part, kind) for part in every(expression))


def attributes_of(node: object) -> set[int]:
    """Return the ids of all attributes a node's own expressions read."""
    return {a.id for part in parts(node) for a in every(part) if isinstance(a, Attribute)}


def transform_operator(operator: Operator, function: Callable[[Operator], Operator]) -> Operator:
    """Return a tree with ``function`` applied to every operator, children first."""
    return function(map_parts(operator, Operator, lambda part: transform_operator(part, function)))


def operators_of(operator: Operator) -> Iterator[Operator]:
    """Yield an operator and all operators below it, top first."""
    yield operator
    for child in parts(operator, Operator):
        yield from operators_of(child)


def map_expressions(operator: Operator, function: Callable[[Typed], Typed]) -> Operator:
    """Return an operator with ``function`` applied to each of its own expressions."""
    return map_parts(operator, Typed, function)
