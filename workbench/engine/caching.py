"""``persist``, ``CACHE TABLE`` and ``spark.catalog`` about caching: what one session asks to be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.base.errors import IllegalArgument
from workbench.engine.analysis.lowering import for_batch
from workbench.engine.analysis.streaming_rules import check_batch
from workbench.engine.catalog.entries import TableEntry
from workbench.engine.connectors.files.status import absolute
from workbench.engine.kept import Kept
from workbench.engine.plan import relations as r
from workbench.engine.plan.same import same

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.engine.plan.operators import Operator
    from workbench.engine.session import EngineSession

LEVELS = {
    "NONE": "0,0,0,0,1",
    "DISK_ONLY": "1,0,0,0,1",
    "DISK_ONLY_2": "1,0,0,0,2",
    "DISK_ONLY_3": "1,0,0,0,3",
    "MEMORY_ONLY": "0,1,0,1,1",
    "MEMORY_ONLY_2": "0,1,0,1,2",
    "MEMORY_ONLY_SER": "0,1,0,0,1",
    "MEMORY_ONLY_SER_2": "0,1,0,0,2",
    "MEMORY_AND_DISK": "1,1,0,1,1",
    "MEMORY_AND_DISK_2": "1,1,0,1,2",
    "MEMORY_AND_DISK_SER": "1,1,0,0,1",
    "MEMORY_AND_DISK_SER_2": "1,1,0,0,2",
    "OFF_HEAP": "1,1,1,0,1",
}
"""Storage levels by name: disk, memory, off heap, deserialized, copies (Spark's ``StorageLevel``)."""

DEFAULT_LEVEL = "MEMORY_AND_DISK"


def level_named(name: str) -> str:
    """Return a storage level by Spark's name for it.

    Raises
    ------
    IllegalArgument
        ``INVALID_STORAGE_LEVEL``.
    """
    if name.upper() not in LEVELS:
        raise IllegalArgument("INVALID_STORAGE_LEVEL", level=name, levels=", ".join(LEVELS))
    return LEVELS[name.upper()]


class Caching:
    """What a session keeps, by relation and by name. From any thread."""

    def __init__(self, session: EngineSession) -> None:
        self._session = session

    def keep(self, relation: r.Relation, level: str) -> None:
        """Keep a relation's rows once something has read them; ``level`` as :data:`LEVELS` writes it."""
        self._keep(relation, level)

    def _keep(self, relation: r.Relation, level: str) -> Kept:
        session = self._session
        operator = session.understand(relation).operator
        check_batch(operator)

        def run(wanted: Operator) -> pa.Table:
            return session.kernel.run(for_batch(session.kept.use(wanted, but=made)))

        made = Kept(operator, session.schema_of(operator), level, run)
        return session.kept.keep(made)

    def let_go(self, relation: r.Relation) -> None:
        """Keep a relation's rows no longer."""
        self._session.kept.let_go(self._session.understand(relation).operator)

    def level(self, relation: r.Relation) -> str | None:
        """Return the level a relation is kept at, None where it is not."""
        found = self._session.kept.find(self._session.understand(relation).operator)
        return found.level if found else None

    def is_cached(self, parts: tuple[str, ...]) -> bool:
        """Whether a table's or view's rows are kept."""
        return self.level(r.ReadTable(parts)) is not None

    def cache_table(
        self, parts: tuple[str, ...], level: str | None = None, *, lazy: bool = True
    ) -> None:
        """Keep a table's rows, at once unless ``lazy``."""
        made = self._keep(r.ReadTable(parts), level or LEVELS[DEFAULT_LEVEL])
        if not lazy:
            made.rows()

    def uncache_table(self, parts: tuple[str, ...]) -> None:
        """Keep a table's rows no longer, and nothing that is computed from them."""
        operator = self._session.understand(r.ReadTable(parts)).operator
        self._session.kept.let_go(operator, cascade=True)

    def forget(self, parts: tuple[str, ...], unless: Operator | None = None) -> None:
        """Let go of a table or view that is about to be dropped, or replaced by something other than ``unless``."""
        if self._session.kept.is_empty or self._session.tables.catalog.lookup(parts) is None:
            return
        operator = self._session.understand(r.ReadTable(parts)).operator
        if unless is None or not same(operator, unless):
            self._session.kept.let_go(operator)

    def changed(self, parts: tuple[str, ...]) -> None:
        """Rows were put into a table: what was read from it is read anew."""
        found = self._session.tables.catalog.lookup(parts)
        if isinstance(found, TableEntry):
            self._session.kept.written(found.location)

    def clear(self) -> None:
        """Keep nothing."""
        self._session.kept.clear()

    def refresh_table(self, parts: tuple[str, ...]) -> None:
        """Read a table's files anew."""
        found = self._session.tables.catalog.find(parts)
        if isinstance(found, TableEntry):
            self._session.kept.written(found.location)

    def refresh_path(self, path: str) -> None:
        """Read the files of a folder anew."""
        self._session.kept.written(absolute(path))
