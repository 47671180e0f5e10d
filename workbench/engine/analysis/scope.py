"""What names mean at one place of a query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError
from workbench.engine.plan.typed import Attribute, Call, GetField, Literal, Named, Typed

if TYPE_CHECKING:
    from workbench.engine.plan.operators import Operator


@dataclass(frozen=True, slots=True)
class Column:
    """An attribute and the table names it can be called under."""

    attribute: Attribute
    qualifier: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """The columns visible at one place.

    Attributes
    ----------
    columns : tuple of Column
        In output order.
    tags : mapping of int to tuple of Column
        The client's ``plan_id`` of a relation below → the columns it had, for ``df.column``.
    outer : Scope or None
        The enclosing query's scope, inside a subquery.
    is_case_sensitive : bool
        ``spark.sql.caseSensitive``.
    """

    columns: tuple[Column, ...]
    tags: Mapping[int, tuple[Column, ...]] = field(default_factory=dict)
    outer: Scope | None = None
    is_case_sensitive: bool = False

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The visible attributes."""
        return tuple(column.attribute for column in self.columns)

    def same(self, left: str, right: str) -> bool:
        """Whether two names mean the same column."""
        return left == right if self.is_case_sensitive else left.lower() == right.lower()

    def find(self, parts: tuple[str, ...]) -> Typed | None:
        """Return what a name means here, struct fields taken out, or None.

        Raises
        ------
        AnalysisError
            ``AMBIGUOUS_REFERENCE`` when it means several columns.
        """
        for width in range(len(parts), 0, -1):
            matches = self._matching(parts[:width])
            if len(matches) > 1:
                self._ambiguous(parts, matches)
            if matches:
                return take_fields(matches[0].attribute, parts[width:], self)
        return None

    def _matching(self, parts: tuple[str, ...]) -> list[Column]:
        *qualifier, name = parts
        found = [c for c in self.columns if self.same(c.attribute.name, name)]
        if qualifier:
            found = [c for c in found if self._qualifies(tuple(qualifier), c.qualifier)]
        return list({c.attribute.id: c for c in found}.values())

    def _qualifies(self, wanted: tuple[str, ...], qualifier: tuple[str, ...]) -> bool:
        tail = qualifier[len(qualifier) - len(wanted) :] if len(wanted) <= len(qualifier) else ()
        return len(tail) == len(wanted) and all(map(self.same, tail, wanted))

    def _ambiguous(self, parts: tuple[str, ...], matches: list[Column]) -> None:
        options = ", ".join(quoted((*m.qualifier, m.attribute.name)) for m in matches)
        raise AnalysisError(
            "AMBIGUOUS_REFERENCE", name=quoted(parts), referenceNames=f"[{options}]"
        )

    def find_tagged(self, parts: tuple[str, ...], plan_id: int) -> Typed | None:
        """Return what ``df.name`` means: the column of the relation ``plan_id`` that is still visible here."""
        columns = self.tags.get(plan_id)
        if columns is None:
            return None
        visible = {attribute.id for attribute in self.attributes}
        inner = replace(
            self, columns=tuple(c for c in columns if c.attribute.id in visible), tags={}
        )
        if not inner.columns and not columns:
            return None
        return inner.find(parts)

    def require(self, parts: tuple[str, ...]) -> Typed:
        """Return what a name means here.

        Raises
        ------
        AnalysisError
            ``UNRESOLVED_COLUMN`` with the nearest names.
        """
        found = self.find(parts)
        if found is None:
            raise unresolved(parts, self)
        return found

    def below(self, qualifier: tuple[str, ...]) -> tuple[Column, ...]:
        """Return the columns of one table, for ``table.*``."""
        return tuple(c for c in self.columns if self._qualifies(qualifier, c.qualifier))

    def tagged(self, plan_id: int) -> Scope:
        """Return this scope with its columns known under a plan id."""
        return replace(self, tags={**self.tags, plan_id: self.columns})

    def renamed(self, qualifier: tuple[str, ...]) -> Scope:
        """Return this scope with every column under one table name."""
        columns = tuple(Column(column.attribute, qualifier) for column in self.columns)
        return replace(self, columns=columns)


def scope_of(attributes: tuple[Attribute, ...], like: Scope) -> Scope:
    """Return the scope after a projection: attributes that were visible keep their table names."""
    known = {column.attribute.id: column.qualifier for column in like.columns}
    columns = tuple(Column(a, known.get(a.id, ())) for a in attributes)
    return replace(like, columns=columns)


def joined(left: Scope, right: Scope) -> Scope:
    """Return the scope of two inputs side by side."""
    tags = {
        key: tuple({c.attribute.id: c for s in (left, right) for c in s.tags.get(key, ())}.values())
        for key in {*left.tags, *right.tags}
    }
    return replace(left, columns=(*left.columns, *right.columns), tags=tags)


def take_fields(value: Typed, names: tuple[str, ...], scope: Scope) -> Typed:
    """Return a value's nested field: of a struct, of every struct in an array, or a map's value."""
    for name in names:
        value = extract_field(value, name, scope)
    return value


def extract_field(value: Typed, name: str, scope: Scope) -> Typed:
    """Return one field of a struct (or of an array of structs, or a map's value under a string key).

    Raises
    ------
    AnalysisError
        ``FIELD_NOT_FOUND``, ``AMBIGUOUS_REFERENCE_TO_FIELDS`` or ``INVALID_EXTRACT_BASE_FIELD_TYPE``.
    """
    kind = value.type
    if isinstance(kind, t.StructType):
        found = struct_field(kind, name, scope)
        return GetField(value, found.name, found.dataType, value.nullable or found.nullable)
    if isinstance(kind, t.ArrayType) and isinstance(kind.elementType, t.StructType):
        found = struct_field(kind.elementType, name, scope)
        made = t.ArrayType(found.dataType, kind.containsNull or found.nullable)
        return Call(
            "get_array_field", (value, Literal(found.name, t.StringType())), made, value.nullable
        )
    if isinstance(kind, t.MapType):
        key = Literal(name, kind.keyType)
        return Call("get_map_value", (value, key), kind.valueType, True)
    raise AnalysisError(
        "INVALID_EXTRACT_BASE_FIELD_TYPE", base=display(value), other=kind.simpleString().upper()
    )


def struct_field(kind: t.StructType, name: str, scope: Scope) -> t.StructField:
    """Return a struct's field by name."""
    found = [field for field in kind.fields if scope.same(field.name, name)]
    if not found:
        fields = ", ".join(quoted((field.name,)) for field in kind.fields)
        raise AnalysisError("FIELD_NOT_FOUND", fieldName=quoted((name,)), fields=fields)
    if len(found) > 1:
        raise AnalysisError(
            "AMBIGUOUS_REFERENCE_TO_FIELDS", field=quoted((name,)), count=len(found)
        )
    return found[0]


def display(value: Typed) -> str:
    """Return a short text of a value for messages."""
    if isinstance(value, Attribute):
        return f'"{value.name}"'
    return f'"{getattr(value, "function", type(value).__name__.lower())}"'


def quoted(parts: tuple[str, ...]) -> str:
    """Return a name as Spark's messages write it."""
    return ".".join("`" + part.replace("`", "``") + "`" for part in parts)


def unresolved(parts: tuple[str, ...], scope: Scope) -> AnalysisError:
    """Return the error for a name that means nothing here, nearest names first."""
    names = [column.attribute.name for column in scope.columns]
    if not names:
        return AnalysisError("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", objectName=quoted(parts))
    near = get_close_matches(parts[-1], names, n=5, cutoff=0.4)
    ordered = list(dict.fromkeys([*near, *names]))[:5]
    qualifier = {c.attribute.name: c.qualifier for c in scope.columns}
    proposal = ", ".join(quoted((*qualifier[name][-1:], name)) for name in ordered)
    return AnalysisError(
        "UNRESOLVED_COLUMN.WITH_SUGGESTION", objectName=quoted(parts), proposal=proposal
    )


@dataclass(frozen=True, slots=True)
class Resolved:
    """An operator and what names mean above it.

    ``below``: the input of a projection, where ORDER BY and WHERE may still look. ``grouped``: how the aggregate here was
    made, so that ORDER BY can add to it.
    """

    operator: Operator
    scope: Scope
    below: Resolved | None = None
    grouped: Grouped | None = None


@dataclass(frozen=True, slots=True)
class Grouped:
    """An aggregate before it is split into operators.

    Attributes
    ----------
    child : Resolved
        What is grouped.
    keys : tuple of Named
        The grouping expressions.
    outputs : tuple of Named
        The select list, aggregates inside.
    having : Typed or None
        The condition over groups.
    sets : tuple of tuple of int, or None
        Grouping sets, as positions in ``keys``.
    is_pivot : bool
        Whether it came from ``pivot``.
    """

    child: Resolved
    keys: tuple[Named, ...]
    outputs: tuple[Named, ...]
    having: Typed | None = None
    sets: tuple[tuple[int, ...], ...] | None = None
    is_pivot: bool = False
