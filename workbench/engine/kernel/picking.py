"""Plans that only choose and rename columns, which need no query engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from workbench.engine.kernel.tables import conform
from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import Attribute

if TYPE_CHECKING:
    from collections.abc import Mapping


def picked(operator: o.Operator, inputs: Mapping[str, object]) -> pa.Table | None:
    """Return the rows of a table that is there, below nothing but projections of bare columns; None for any other plan."""
    names = [attribute.column for attribute in operator.output]
    below = operator
    while isinstance(below, o.Project):
        meaning = {one.attribute.column: one.child for one in below.expressions}
        sources = [meaning[name] for name in names]
        if not sources or not all(isinstance(source, Attribute) for source in sources):
            return None
        names = [source.column for source in sources]
        below = below.child
    table = inputs.get(below.name) if isinstance(below, o.Placeholder) else None
    if not isinstance(below, o.Placeholder) or not isinstance(table, pa.Table):
        return None
    places = {attribute.column: i for i, attribute in enumerate(below.output)}
    if len(places) != table.num_columns or not places.keys() >= set(names):
        return None
    columns = [table.column(places[name]) for name in names]
    return conform(pa.Table.from_arrays(columns, names=names), operator.output)
