"""Rows kept for queries to come: ``df.persist``, ``CACHE TABLE``."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from workbench.engine.connectors.files.status import absolute
from workbench.engine.connectors.options import paths_of
from workbench.engine.plan import operators as o
from workbench.engine.plan.same import same
from workbench.engine.plan.walk import map_parts, operators_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from pyspark.sql.types import StructType

    from workbench.engine.connectors.contract import Reader


class Kept:
    """A query whose rows are computed once, the first time they are read, and stay in memory; a ``Reader``. From any thread.

    Attributes
    ----------
    operator : Operator
        The query, nothing kept put into it.
    level : str
        The storage level asked for, as the door wrote it; rows are in memory whatever it says.
    """

    def __init__(
        self,
        operator: o.Operator,
        schema: StructType,
        level: str,
        run: Callable[[o.Operator], pa.Table],
    ) -> None:
        self.operator, self.schema, self.level = operator, schema, level
        self._run = run
        self._rows: pa.Table | None = None
        self._lock = threading.RLock()

    def rows(self) -> pa.Table:
        """Return the rows."""
        with self._lock:
            if self._rows is None:
                self._rows = self._run(self.operator)
            return self._rows

    @property
    def is_loaded(self) -> bool:
        """Whether the rows are at hand."""
        return self._rows is not None

    def reload(self) -> None:
        """Forget the rows: the next query reads the sources again."""
        with self._lock:
            self._rows = None

    def reads(self, place: str) -> bool:
        """Whether files in or around a folder are read."""
        return any(_touch(path, place) for path in _paths(self.operator))


class KeptQueries:
    """The queries of a session, and of its clones, whose rows are kept. From any thread."""

    def __init__(self) -> None:
        self._kept: tuple[Kept, ...] = ()
        self._lock = threading.Lock()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept."""
        return not self._kept

    def find(self, operator: o.Operator) -> Kept | None:
        """Return what is kept of a query."""
        return next((one for one in self._kept if same(one.operator, operator)), None)

    def keep(self, made: Kept) -> Kept:
        """Keep a query; one kept already stays as it is, whatever the level."""
        with self._lock:
            known = self.find(made.operator)
            if known is None:
                self._kept = (*self._kept, made)
            return known or made

    def let_go(self, operator: o.Operator, *, cascade: bool = False) -> None:
        """Forget a query; with ``cascade`` those that are computed from it too."""
        if not self._kept:
            return

        def goes(one: Kept) -> bool:
            inside = operators_of(one.operator) if cascade else (one.operator,)
            return any(same(part, operator) for part in inside)

        with self._lock:
            self._kept = tuple(one for one in self._kept if not goes(one))

    def clear(self) -> None:
        """Forget everything."""
        self._kept = ()

    def written(self, place: str) -> None:
        """Files in a folder have changed: what reads them reads them anew."""
        for one in self._kept:
            if one.reads(place):
                one.reload()

    def use(self, operator: o.Operator, but: Kept | None = None) -> o.Operator:
        """Return a query that reads what is kept instead of computing it; ``but``: what is being computed itself."""
        kept = tuple(one for one in self._kept if one is not but)
        return _put(operator, kept) if kept else operator

    def reader(self, asked: tuple) -> Reader | None:
        """Return the reader of a source inside a kept query: what is kept is understood without a look at its files."""
        scans = (
            part
            for one in self._kept
            for part in operators_of(one.operator)
            if isinstance(part, o.Scan)
        )
        return next((scan.reader for scan in scans if scan.asked == asked), None)


def _put(operator: o.Operator, kept: tuple[Kept, ...]) -> o.Operator:
    for one in kept:
        if same(one.operator, operator):
            return o.Scan(one, operator.output)
    return map_parts(operator, o.Operator, lambda child: _put(child, kept))


def _paths(operator: o.Operator) -> Iterator[str]:
    for part in operators_of(operator):
        options = getattr(part.reader, "options", None) if isinstance(part, o.Scan) else None
        if options is not None:
            yield from map(_fixed, paths_of(options))


def _fixed(path: str) -> str:
    """Return the folder a path with wildcards starts in."""
    head = path
    for mark in "*?[{":
        head = head.split(mark)[0]
    return absolute(head if head == path else head.rpartition("/")[0] or "/")


def _touch(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
