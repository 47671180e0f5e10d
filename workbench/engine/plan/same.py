"""Whether two understood queries give the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import pyarrow as pa

from workbench.engine.plan.operators import Operator, Project, Scan
from workbench.engine.plan.typed import Attribute


def same(left: Operator, right: Operator) -> bool:
    """Whether two operators compute the same columns of the same sources, whatever the columns are called.

    ``spark.range(3).filter("id > 1")`` understood twice has other attribute ids each time and is still the same. So is a plan
    with its columns merely renamed on top.
    """
    return _Comparison().same(left, right)


class _Comparison:
    """One comparison: what an attribute of the left was found to be on the right."""

    def __init__(self) -> None:
        self._pairs: dict[int, int] = {}
        self._back: dict[int, int] = {}
        self._renamed: dict[int, int] = {}

    def same(self, left: Any, right: Any) -> bool:
        left, right = self._bare(left), self._bare(right)
        if type(left) is not type(right):
            return False
        for kind, compare in self._COMPARE:
            if isinstance(left, kind):
                return compare(self, left, right)
        return self._nodes(left, right) if is_dataclass(left) else left == right

    def _attributes(self, left: Attribute, right: Attribute) -> bool:
        one, other = self._origin(left.id), self._origin(right.id)
        if left.type != right.type:
            return False
        return (
            self._pairs.setdefault(one, other) == other and self._back.setdefault(other, one) == one
        )

    def _scans(self, left: Scan, right: Scan) -> bool:
        asked = left.asked is not None and left.asked == right.asked
        return (asked or left.reader == right.reader) and self.same(left.output, right.output)

    def _tables(self, left: pa.Table, right: pa.Table) -> bool:
        return left.equals(right)

    def _lists(self, left: Sequence[Any], right: Sequence[Any]) -> bool:
        return len(left) == len(right) and all(map(self.same, left, right))

    def _mappings(self, left: Mapping[Any, Any], right: Mapping[Any, Any]) -> bool:
        return left.keys() == right.keys() and all(self.same(left[key], right[key]) for key in left)

    def _nodes(self, left: Any, right: Any) -> bool:
        return all(self.same(getattr(left, f.name), getattr(right, f.name)) for f in fields(left))

    _COMPARE = (
        (Attribute, _attributes),
        (Scan, _scans),
        (pa.Table, _tables),
        ((list, tuple), _lists),
        (Mapping, _mappings),
    )

    def _bare(self, value: Any) -> Any:
        """Return an operator without projections that only rename, remembering the names."""
        while isinstance(value, Project) and _only_renames(value):
            for named in value.expressions:
                self._renamed[named.attribute.id] = named.child.id
            value = value.child
        return value

    def _origin(self, number: int) -> int:
        while self._renamed.get(number, number) != number:
            number = self._renamed[number]
        return number


def _only_renames(operator: Project) -> bool:
    children = [named.child for named in operator.expressions]
    return len(children) == len(operator.child.output) and all(
        isinstance(child, Attribute) and child.id == attribute.id
        for child, attribute in zip(children, operator.child.output, strict=True)
    )
