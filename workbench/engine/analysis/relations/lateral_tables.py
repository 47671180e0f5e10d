"""A table function over a table whose PARTITION BY reads the row the function stands beside.

Before::

    o, LATERAL f(TABLE(t) PARTITION BY k, o.a)

After: ``Filter(a' <=> a) ← PythonTableOver(f, partition a', k, a') ← Sort(a', k, a') ← Project(struct(*), k, a') ← Join(t, Distinct(o.a AS a'))``:
the function sees the table once for each different value, and what it gave stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from workbench.base.errors import AnalysisError
from workbench.engine.analysis.subqueries import all_of
from workbench.engine.functions import catalog
from workbench.engine.plan import operators as o
from workbench.engine.plan import typed
from workbench.engine.plan.walk import attributes_of, operators_of, transform, transform_operator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def check_functions(right: o.Operator) -> bool:
    """Return whether a lateral side calls table functions of values.

    Raises
    ------
    AnalysisError
        ``LATERAL_JOIN_WITH_ARROW_UDTF_UNSUPPORTED``: what a function of Arrow columns gives does not say to which row it belongs.
    """
    functions = [one.function for one in operators_of(right) if isinstance(one, o.PythonTable)]
    if any(one.is_arrow_table for one in functions):
        raise AnalysisError("LATERAL_JOIN_WITH_ARROW_UDTF_UNSUPPORTED")
    return bool(functions)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lateral side that reads the left in filters only, once ``rows`` stand where its functions' tables need the left's values."""

    plan: o.Operator
    rows: Mapping[int, o.Operator]

    def filled(self, plan: o.Operator) -> o.Operator:
        """Return the side, its filters pulled up meanwhile, with the left's values in their places."""
        return transform_operator(plan, lambda one: self.rows.get(id(one), one))


def over_each(right: o.Operator, left: o.Operator, read: Sequence[typed.Attribute]) -> Waiting:
    """Take what table functions read of ``left`` out of their tables' partitions."""
    rows: dict[int, o.Operator] = {}

    def put(one: o.Operator) -> o.Operator:
        if not isinstance(one, o.PythonTableOver):
            return one
        used = {i for below in operators_of(one.child) for i in attributes_of(below)}
        wanted = tuple(a for a in read if a.id in used)
        if not wanted:
            return one
        copies = tuple(typed.Attribute(a.name, a.type, a.nullable) for a in wanted)
        pairs = tuple(zip(wanted, copies, strict=True))
        place = o.LocalTable(pa.table({}), copies)
        rows[id(place)] = o.Distinct(o.Project(left, tuple(typed.Named(*p) for p in pairs)), ())
        return _over(one, place, pairs)

    return Waiting(transform_operator(right, put), rows)


def _over(
    over: o.PythonTableOver,
    values: o.Operator,
    pairs: tuple[tuple[typed.Attribute, typed.Attribute], ...],
) -> o.Operator:
    """Return a function over its table beside each of some values, and a filter that says to which rows of the left it belongs."""
    sort, rows = over.child, over.child.child
    table, copies = rows.child, values.output
    each = o.Join(table, values, "inner", None, (*table.output, *copies))
    stands_for = {a.id: copy for a, copy in pairs}
    made = tuple(
        replace(x, child=transform(x.child, lambda part: _copied(part, stands_for)))
        for x in rows.expressions
    )
    below = o.Project(each, (*made, *(typed.Named(copy, copy) for copy in copies)))
    order = tuple(typed.SortKey(copy, ascending=True, nulls_first=True) for copy in copies)
    function = replace(
        over,
        child=o.Sort(below, (*order, *sort.keys)),
        partition=(*copies, *over.partition),
        kept=copies,
    )
    same = [catalog.resolve("<=>", pair, conf=lambda _key: "UTC") for pair in pairs]
    return o.Filter(function, all_of(same))


def _copied(part: typed.Typed, copies: dict[int, typed.Attribute]) -> typed.Typed:
    return copies.get(part.id, part) if isinstance(part, typed.Attribute) else part
