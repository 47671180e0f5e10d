"""The first rows of several files: those of the first file, then those of the second, and no further file is opened.

DataFusion reads the files of one query side by side, and a limit takes what is ready first. So the limit is asked of a file at a time::

    Limit 5 ← Project ← Scan of a, b, c    becomes    Limit 5 ← Project ← a, then Limit (5 - found) ← Project ← b, …
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from workbench.engine.connectors.contract import FileScan
from workbench.engine.plan import operators as o
from workbench.engine.plan.walk import map_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.engine.kernel.operators import Compilation

_PLACE = "one of the files"


def first_rows(operator: o.Limit, run: Compilation) -> pa.Table | None:
    """Return the rows of a limit over projections of several files; None for any other plan."""
    leaf = operator.child
    while isinstance(leaf, o.Project):
        leaf = leaf.child
    if not isinstance(leaf, o.Scan) or operator.count is None:
        return None
    scan = leaf.reader.rows()
    if not isinstance(scan, FileScan) or len(scan.paths) < 2:
        return None
    over_one = _over(operator.child, o.Placeholder(_PLACE, leaf.output))
    wanted, parts = operator.count + operator.offset, []
    for one in _files(scan):
        parts.append(run.given(_PLACE, one).rows(o.Limit(over_one, wanted)))
        wanted -= parts[-1].num_rows
        if wanted <= 0:
            break
    return pa.concat_tables(parts).slice(operator.offset)


def _files(scan: FileScan) -> Iterator[FileScan]:
    values = scan.partitions or (None,) * len(scan.paths)
    for path, constants in zip(scan.paths, values, strict=True):
        yield replace(scan, paths=(path,), partitions=() if constants is None else (constants,))


def _over(operator: o.Operator, place: o.Placeholder) -> o.Operator:
    if isinstance(operator, o.Scan):
        return place
    return map_parts(operator, o.Operator, lambda child: _over(child, place))
