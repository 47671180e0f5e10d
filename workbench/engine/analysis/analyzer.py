"""The analysis: a plan as written becomes operators over typed expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError, Unsupported
from workbench.engine.analysis import window_calls
from workbench.engine.analysis.expressions import Resolver
from workbench.engine.analysis.scope import Column, Resolved, Scope
from workbench.engine.functions import catalog
from workbench.engine.plan import expressions as e
from workbench.engine.plan import typed

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.engine.analysis.context import Context
    from workbench.engine.plan.operators import Operator
    from workbench.engine.plan.relations import Relation

RESOLVE: dict[type, Callable[[Analyzer, Relation], Resolved]] = {}
"""Relation → the function that understands it; filled by ``analysis/relations/*.py``."""


@dataclass(frozen=True, slots=True)
class Analyzer:
    """Understands one plan. Not shared between threads.

    Attributes
    ----------
    context : Context
        The session: configuration, tables, functions.
    names : dict
        Named sub-plans in scope (``WITH``).
    outer : Scope or None
        The enclosing query's scope, inside a subquery or a lateral join.
    outer_used : dict
        Filled with the attributes of the enclosing query that were read.
    """

    context: Context
    names: dict[str, Relation] = field(default_factory=dict)
    outer: Scope | None = None
    outer_used: dict[int, typed.Attribute] = field(default_factory=dict)

    def resolve(self, relation: Relation) -> Resolved:
        """Return the operators of a relation and what names mean above it.

        Raises
        ------
        AnalysisError
            What is wrong with the query, in Spark's conditions.
        """
        handler = RESOLVE.get(type(relation))
        if handler is None:
            raise Unsupported("UNSUPPORTED_FEATURE.RELATION", relation=type(relation).__name__)
        return handler(self, relation)

    def at(self, scope: Scope) -> Resolver:
        """Return a resolver for expressions over ``scope``."""
        return Resolver(self, scope)

    @property
    def is_case_sensitive(self) -> bool:
        """``spark.sql.caseSensitive``."""
        return self.context.conf("spark.sql.caseSensitive") == "true"

    def scope(
        self, attributes: tuple[typed.Attribute, ...], qualifier: tuple[str, ...] = ()
    ) -> Scope:
        """Return the scope of a fresh input."""
        columns = tuple(Column(attribute, qualifier) for attribute in attributes)
        return Scope(columns, {}, self.outer, self.is_case_sensitive)

    def fresh(self, operator: Operator, qualifier: tuple[str, ...] = ()) -> Resolved:
        """Return a resolved input with its columns visible."""
        return Resolved(operator, self.scope(operator.output, qualifier))

    def within(self, names: dict[str, Relation]) -> Analyzer:
        """Return an analyzer that also knows these named sub-plans."""
        return replace(self, names={**self.names, **names})

    def sort_key(self, resolver: Resolver, order: e.Expression) -> typed.SortKey:
        """Return a typed sort key; a plain expression is ascending."""
        if not isinstance(order, e.SortOrder):
            order = e.SortOrder(order)
        made = resolver.outside_select(order.child, "sort")
        if isinstance(made.type, (t.MapType, t.VariantType)):
            raise AnalysisError("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", sqlExpr='"sortorder"', functionName="`sortorder`",
                                dataType=f'"{made.type.simpleString().upper()}"')  # fmt: skip
        nulls_first = order.ascending if order.nulls_first is None else order.nulls_first
        return typed.SortKey(made, order.ascending, nulls_first)

    def window_call(self, resolver: Resolver, window: e.Window) -> typed.WindowCall:
        """Return a typed window function."""
        return window_calls.resolve(self, resolver, window)

    def subquery(
        self, relation: Relation, scope: Scope
    ) -> tuple[Operator, tuple[typed.Attribute, ...]]:
        """Return a subquery's operators and the attributes of ``scope`` it reads."""
        used: dict[int, typed.Attribute] = {}
        inner = replace(self, outer=scope, outer_used=used)
        operator = inner.resolve(relation).operator
        visible = {attribute.id for attribute in scope.attributes}
        self.outer_used.update({key: a for key, a in used.items() if key not in visible})
        return operator, tuple(a for key, a in used.items() if key in visible)

    def matching(self, pattern: e.Regex, scope: Scope) -> tuple[typed.Attribute, ...]:
        """Return the attributes whose name matches ``df.colRegex``'s pattern."""
        flags = 0 if self.is_case_sensitive else re.IGNORECASE
        wanted = re.compile(pattern.pattern.strip("`"), flags)
        return tuple(a for a in scope.attributes if wanted.fullmatch(a.name))


def analyze(relation: Relation, context: Context) -> Resolved:
    """Understand a plan.

    Parameters
    ----------
    relation : Relation
        The plan as a door made it.
    context : Context
        The session.

    Returns
    -------
    Resolved
        Operators with typed expressions, and the output's scope.

    Raises
    ------
    AnalysisError
        What is wrong, in Spark's conditions.
    """
    return Analyzer(context).resolve(relation)


def literal_int(analyzer: Analyzer, expression: e.Expression | int, clause: str) -> int:
    """Return the constant of LIMIT or OFFSET.

    Raises
    ------
    AnalysisError
        ``INVALID_LIMIT_LIKE_EXPRESSION`` when it is no constant, no integer, or negative.
    """
    value = expression
    if not isinstance(expression, int):
        made = analyzer.at(Scope(())).resolve(expression)
        while isinstance(made, typed.Cast):
            made = made.child
        if not isinstance(made, typed.Literal):
            raise AnalysisError(
                "INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE", name=clause, expr=f'"{clause}"'
            )
        value = made.value
    if not isinstance(value, int) or value < 0:
        raise AnalysisError(
            "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE", name=clause, expr=f'"{value}"', v=value
        )
    return value


def cast_output(
    operator: Operator, attributes: tuple[typed.Attribute, ...]
) -> tuple[typed.Named, ...]:
    """Return a projection that gives ``operator``'s columns, by position, the types of ``attributes``."""
    return tuple(
        typed.Named(catalog.cast_to(old, new.type), new)
        for old, new in zip(operator.output, attributes, strict=True)
    )
