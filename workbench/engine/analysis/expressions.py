"""Expressions understood: names looked up, functions chosen, types and casts written out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError
from workbench.engine.analysis import lambdas, python_calls, routines, time_windows
from workbench.engine.analysis.generators import SEPARATOR, refuse_generators
from workbench.engine.analysis.naming import name_of
from workbench.engine.analysis.scope import Scope, extract_field, take_fields, unresolved
from workbench.engine.functions import catalog
from workbench.engine.plan import expressions as e
from workbench.engine.plan import typed
from workbench.engine.plan.walk import has

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.engine.analysis.analyzer import Analyzer


@dataclass(frozen=True, slots=True)
class Resolver:
    """Turns the expressions at one place of a query into typed ones.

    ``variables``: the lambda parameters in scope. ``outer_used``: attributes of the enclosing query that were read.
    ``in_select``: whether this is a select list, the one place of a function that gives several rows.
    """

    analyzer: Analyzer
    scope: Scope
    variables: dict[str, typed.Attribute] = field(default_factory=dict)
    outer_used: list[typed.Attribute] = field(default_factory=list)
    in_select: bool = True

    def resolve(self, expression: e.Expression) -> typed.Typed:
        """Return the typed form of an expression."""
        return _RESOLVE[type(expression)](self, expression)

    def resolve_all(self, expressions: tuple[e.Expression, ...]) -> tuple[typed.Typed, ...]:
        """Return the typed forms of several expressions, stars expanded."""
        made: list[typed.Typed] = []
        for expression in expressions:
            if isinstance(expression, (e.Star, e.Regex)):
                made.extend(self.star(expression))
            else:
                made.append(self.resolve(expression))
        return tuple(made)

    def condition(self, expression: e.Expression, clause: str = "filter") -> typed.Typed:
        """Return a typed boolean.

        Raises
        ------
        AnalysisError
            ``DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN``.
        """
        made = self.outside_select(expression, clause)
        if isinstance(made.type, t.NullType):
            return catalog.cast_to(made, t.BooleanType())
        if not isinstance(made.type, t.BooleanType):
            kind = made.type.simpleString().upper()
            sql = f'"{name_of(expression)}"'
            raise AnalysisError(
                "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN",
                sqlExpr=sql,
                filter=sql,
                type=f'"{kind}"',
                clause=clause,
            )
        return made

    def outside_select(self, expression: e.Expression, clause: str) -> typed.Typed:
        """Return the typed form of an expression where no generator may stand."""
        made = replace(self, in_select=False).resolve(expression)
        refuse_generators((made,), expression, in_select=False, clause=clause)
        return made

    def named(self, expression: e.Expression) -> list[typed.Named]:
        """Return the columns one item of a select list gives."""
        if isinstance(expression, (e.Star, e.Regex)):
            return [
                a if isinstance(a, typed.Named) else typed.Named(a, a)
                for a in self.star(expression)
            ]
        if isinstance(expression, e.SqlText):
            return self.named(self.analyzer.context.parse_expression(expression.text))
        if isinstance(expression, e.Alias):
            return self._aliased(expression)
        made = self.resolve(expression)
        if isinstance(made, typed.Attribute) and not isinstance(expression, e.LambdaVariable):
            return [typed.Named(made, made)]
        if isinstance(made, typed.GeneratorCall):
            return [typed.Named(made, typed.Attribute("", made.type, made.nullable))]
        if has(made, typed.PythonCall):
            expression = python_calls.as_registered(self, expression)
        return [self.name(made, time_windows.default_name(made) or column_name(expression, made))]

    def _aliased(self, expression: e.Alias) -> list[typed.Named]:
        made = self.resolve(expression.child)
        metadata = json.loads(expression.metadata) if expression.metadata else None
        if isinstance(made, typed.GeneratorCall):
            attribute = typed.Attribute(SEPARATOR.join(expression.names), made.type, made.nullable)
            return [typed.Named(made, attribute)]
        return [self.name(made, expression.names[0], metadata)]

    def name(self, made: typed.Typed, name: str, metadata: dict | None = None) -> typed.Named:
        """Return an expression as a new column; a renamed column keeps its marks (watermark, time window)."""
        kept = time_windows.marks(made)
        attribute = typed.Attribute(
            name, made.type, made.nullable, metadata={**kept, **(metadata or {})}
        )
        return typed.Named(made, attribute)

    def star(self, expression: e.Star | e.Regex) -> tuple[typed.Typed, ...]:
        """Return what ``*`` stands for here."""
        if isinstance(expression, e.Regex):
            return self.analyzer.matching(expression, self.scope)
        columns = self.scope.columns
        if expression.plan_id is not None:
            tagged = self.scope.tags.get(expression.plan_id, ())
            ids = {c.attribute.id for c in tagged}
            return tuple(c.attribute for c in columns if c.attribute.id in ids)
        if expression.target:
            columns = self.scope.below(expression.target)
            if not columns:
                return self._star_of_struct(expression)
        excepted = {self.scope.require(parts).id for parts in expression.excepted}
        return tuple(c.attribute for c in columns if c.attribute.id not in excepted)

    def _star_of_struct(self, expression: e.Star) -> tuple[typed.Typed, ...]:
        base = self.scope.find(expression.target)
        if base is None or not isinstance(base.type, t.StructType):
            target = ".".join(expression.target)
            columns = ", ".join(c.attribute.name for c in self.scope.columns)
            raise AnalysisError(
                "CANNOT_RESOLVE_STAR_EXPAND", targetString=f"`{target}`", columns=columns
            )
        fields = (extract_field(base, f.name, self.scope) for f in base.type.fields)
        names = base.type.fieldNames()
        return tuple(self.name(made, name) for made, name in zip(fields, names, strict=True))

    def call(self, name: str, *arguments: typed.Typed) -> typed.Typed:
        """Return a call of a catalogue function over typed arguments."""
        return catalog.resolve(name, arguments, conf=self.analyzer.context.conf)

    def with_variables(
        self, names: tuple[str, ...], attributes: tuple[typed.Attribute, ...]
    ) -> Resolver:
        """Return a resolver for a lambda's body."""
        return replace(
            self, variables={**self.variables, **dict(zip(names, attributes, strict=True))}
        )


def column_name(expression: e.Expression, made: typed.Typed) -> str:
    """Return the name of a column nobody named; a cast of a plain column keeps the column's name."""
    if (
        isinstance(expression, e.Extract)
        and isinstance(expression.child, e.Name)
        and isinstance(made, typed.Call)
    ):
        return f"{name_of(expression.child)}[{name_of(expression.key)}]"
    while isinstance(expression, e.Cast) and isinstance(expression.child, (e.Name, e.Cast)):
        expression = expression.child
    return name_of(expression)


def _name(r: Resolver, expression: e.Name) -> typed.Typed:
    if (
        len(expression.parts) >= 1
        and expression.parts[0] in r.variables
        and expression.plan_id is None
    ):
        return _variable(r, e.LambdaVariable(expression.parts))
    found = None
    if expression.plan_id is not None:
        found = r.scope.find_tagged(expression.parts, expression.plan_id)
        if found is None and expression.plan_id in r.scope.tags:
            raise _lost(r, expression)
    found = found or r.scope.find(expression.parts)
    return found if found is not None else _outer(r, expression)


def _lost(r: Resolver, expression: e.Name) -> AnalysisError:
    had = replace(r.scope, columns=r.scope.tags[expression.plan_id], tags={})
    if had.find(expression.parts) is None:
        return unresolved(expression.parts, had)
    name = ".".join(f"`{part}`" for part in expression.parts)
    return AnalysisError("CANNOT_RESOLVE_DATAFRAME_COLUMN", name=f'"{name}"')


def _outer(r: Resolver, expression: e.Name) -> typed.Typed:
    outer = r.scope.outer
    while outer is not None:
        found = (
            outer.find(expression.parts)
            if expression.plan_id is None
            else (
                outer.find_tagged(expression.parts, expression.plan_id)
                or outer.find(expression.parts)
            )
        )
        if found is not None:
            r.analyzer.outer_used.update({a.id: a for a in _attributes(found)})
            return found
        outer = outer.outer
    raise unresolved(expression.parts, r.scope)


def _attributes(found: typed.Typed) -> list[typed.Attribute]:
    while isinstance(found, typed.GetField):
        found = found.child
    return [found] if isinstance(found, typed.Attribute) else []


def _literal(_r: Resolver, expression: e.Literal) -> typed.Typed:
    return typed.Literal(expression.value, expression.type)


def _variable(r: Resolver, expression: e.LambdaVariable) -> typed.Typed:
    first, *rest = expression.parts
    return take_fields(r.variables[first], tuple(rest), r.scope)


def _cast(r: Resolver, expression: e.Cast) -> typed.Typed:
    name = "try_cast" if expression.is_try else "cast"
    return catalog.explicit_cast(
        r.resolve(expression.child), expression.type, name, conf=r.analyzer.context.conf
    )


def _alias(r: Resolver, expression: e.Alias) -> typed.Typed:
    return r.resolve(expression.child)


def _extract(r: Resolver, expression: e.Extract) -> typed.Typed:
    child = r.resolve(expression.child)
    key = expression.key
    if (
        isinstance(key, e.Literal)
        and isinstance(key.value, str)
        and not isinstance(child.type, t.MapType)
    ):
        return extract_field(child, key.value, r.scope)
    name = "get_map_value" if isinstance(child.type, t.MapType) else "get_array_item"
    return r.call(name, child, r.resolve(key))


def _function(r: Resolver, expression: e.Function) -> typed.Typed:
    name = _UNARY.get((expression.name, len(expression.arguments)), expression.name.lower())
    special = _SPECIAL.get(name)
    if special is not None:
        return special(r, expression)
    routines.check_scalar(r.analyzer.context, expression.name)
    registered = r.analyzer.context.function(name)
    if registered is not None:
        return python_calls.resolve(
            r, e.PythonCall(registered, expression.arguments, expression.distinct)
        )
    if any(isinstance(argument, e.Lambda) for argument in expression.arguments):
        return lambdas.resolve(r, name, expression.arguments)
    order = tuple(r.analyzer.sort_key(r, key) for key in expression.order)
    condition = None if expression.filter is None else r.condition(expression.filter)
    arguments = r.resolve_all(expression.arguments)
    refuse_generators(arguments, expression, in_select=r.in_select)
    return catalog.resolve(
        name,
        arguments,
        distinct=expression.distinct,
        filter=condition,
        order=order,
        ignore_nulls=expression.ignore_nulls,
        conf=r.analyzer.context.conf,
    )


def _count(r: Resolver, expression: e.Function) -> typed.Typed:
    arguments = expression.arguments
    one = e.Literal(1, t.IntegerType())
    is_star = len(arguments) == 1 and isinstance(arguments[0], e.Star)
    if is_star and not expression.distinct and not arguments[0].target:
        arguments = (one,)
    condition = None if expression.filter is None else r.condition(expression.filter)
    return catalog.resolve(
        "count",
        r.resolve_all(arguments),
        distinct=expression.distinct,
        filter=condition,
        conf=r.analyzer.context.conf,
    )


def _struct(r: Resolver, expression: e.Function) -> typed.Typed:
    parts: list[typed.Typed] = []
    for position, argument in enumerate(expression.arguments):
        for made in r.named(argument):
            is_named = isinstance(argument, (e.Alias, e.Name, e.Star, e.Extract, e.LambdaVariable))
            name = made.attribute.name if is_named else f"col{position + 1}"
            if made.child in r.variables.values():
                name = made.child.name
            parts += [typed.Literal(name, t.StringType()), made.child]
    return r.call("named_struct", *parts)


def _sql_text(r: Resolver, expression: e.SqlText) -> typed.Typed:
    return r.resolve(r.analyzer.context.parse_expression(expression.text))


def _update_field(r: Resolver, expression: e.UpdateField) -> typed.Typed:
    base = r.resolve(expression.child)
    value = None if expression.value is None else r.resolve(expression.value)
    return _updated(r, base, expression.field.split("."), value)


def _updated(
    r: Resolver, base: typed.Typed, path: list[str], value: typed.Typed | None
) -> typed.Typed:
    if not isinstance(base.type, t.StructType):
        raise AnalysisError("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", sqlExpr='"update_fields"', paramIndex="first",
                            inputSql='"struct_expression"', requiredType='"STRUCT"', inputType=f'"{base.type.simpleString().upper()}"')  # fmt: skip
    name, *deeper = path
    if deeper:
        value = _updated(r, extract_field(base, name, r.scope), deeper, value)
    parts: list[typed.Typed] = []
    for one in base.type.fieldNames():
        is_it = r.scope.same(one, name)
        if is_it and value is None:
            continue
        made = value if is_it else extract_field(base, one, r.scope)
        parts += [typed.Literal(name if is_it else one, t.StringType()), made]
    if value is not None and not any(r.scope.same(one, name) for one in base.type.fieldNames()):
        parts += [typed.Literal(name, t.StringType()), value]
    if not parts:
        raise AnalysisError("DATATYPE_MISMATCH.CANNOT_DROP_ALL_FIELDS", sqlExpr='"update_fields"')
    made = r.call("named_struct", *parts)
    if not base.nullable:
        return made
    empty = typed.Literal(None, made.type)
    return typed.Case(((r.call("isnull", base), empty),), made, made.type)


def _window(r: Resolver, expression: e.Window) -> typed.Typed:
    return r.analyzer.window_call(r, expression)


def _scalar_subquery(r: Resolver, expression: e.ScalarSubquery) -> typed.Typed:
    plan, outer = r.analyzer.subquery(expression.plan, r.scope)
    if len(plan.output) != 1:
        raise AnalysisError(
            "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN",
            number=len(plan.output),
        )
    return typed.ScalarSubquery(plan, plan.output[0].type, outer)


def _exists(r: Resolver, expression: e.Exists) -> typed.Typed:
    plan, outer = r.analyzer.subquery(expression.plan, r.scope)
    return typed.Exists(plan, t.BooleanType(), outer)


def _table_argument(_r: Resolver, _expression: e.TableArgument) -> typed.Typed:
    raise AnalysisError(
        "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
        sqlExpr='"table-argument"',
        paramIndex="first",
        requiredType="a value",
        inputSql='"table-argument"',
        inputType='"TABLE"',
    )


def _in_subquery(r: Resolver, expression: e.InSubquery) -> typed.Typed:
    plan, outer = r.analyzer.subquery(expression.plan, r.scope)
    values = r.resolve_all(expression.values)
    if len(values) != len(plan.output):
        raise AnalysisError("DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH", sqlExpr='"in"', leftLength=len(values),
                            rightLength=len(plan.output), leftColumns="", rightColumns="")  # fmt: skip
    return typed.InSubquery(values, plan, t.BooleanType(), outer)


def _grouping(r: Resolver, expression: e.Function) -> typed.Typed:
    return typed.Call(
        expression.name.lower(),
        r.resolve_all(expression.arguments),
        _GROUPING_TYPES[expression.name.lower()],
        False,
    )


def _star_alone(_r: Resolver, _expression: e.Star) -> typed.Typed:
    raise AnalysisError("INVALID_USAGE_OF_STAR_OR_REGEX", elem="'*'", prettyName="expression")


def _misplaced(_r: Resolver, expression: e.Expression) -> typed.Typed:
    raise AnalysisError("UNSUPPORTED_EXPR_FOR_OPERATOR", invalidExprSqls=name_of(expression))


_UNARY = {("-", 1): "negative", ("+", 1): "positive"}
_GROUPING_TYPES = {"grouping": t.ByteType(), "grouping_id": t.LongType()}

_SPECIAL: dict[str, Callable[[Resolver, e.Function], typed.Typed]] = {
    "count": _count,
    "struct": _struct,
    "window": time_windows.window,
    "session_window": time_windows.session_window,
    "window_time": time_windows.window_time,
    "grouping": _grouping,
    "grouping_id": _grouping,
}

_RESOLVE: dict[type, Callable] = {
    e.Name: _name,
    e.Literal: _literal,
    e.LambdaVariable: _variable,
    e.Cast: _cast,
    e.Alias: _alias,
    e.Extract: _extract,
    e.Function: _function,
    e.PythonCall: python_calls.resolve,
    e.SqlText: _sql_text,
    e.UpdateField: _update_field,
    e.Window: _window,
    e.ScalarSubquery: _scalar_subquery,
    e.Exists: _exists,
    e.InSubquery: _in_subquery,
    e.Star: _star_alone,
    e.Regex: _star_alone,
    e.SortOrder: _misplaced,
    e.Lambda: _misplaced,
    e.NamedArgument: lambda r, expression: r.resolve(expression.value),
    e.TableArgument: _table_argument,
}
