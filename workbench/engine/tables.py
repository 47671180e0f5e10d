"""The names of a session: its temporary views, and the tables of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.base.errors import AnalysisError
from workbench.engine.analysis.relations.inputs import attributes
from workbench.engine.analysis.scope import Resolved, Scope, quoted
from workbench.engine.plan import operators as o
from workbench.engine.plan.relations import Relation

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from workbench.engine.connectors.contract import Reader
    from workbench.engine.session import EngineSession


class Tables:
    """Finds what a table name stands for."""

    def __init__(self, session: EngineSession) -> None:
        self._session = session
        self.views: dict[str, Relation | Reader] = {}

    def find(self, parts: tuple[str, ...], is_streaming: bool, options: Mapping[str, str]) -> Relation | Resolved:
        """Return a view's plan or a table's scan."""
        name = parts[-1].lower()
        found = self.views.get(name)
        if isinstance(found, Relation):
            return found
        if found is not None:
            return Resolved(o.Scan(found, attributes(found.schema)), Scope(()))
        raise AnalysisError("TABLE_OR_VIEW_NOT_FOUND", relationName=quoted(parts))

    def call(self, kind: str, parameters: Mapping[str, object]) -> pa.Table:
        """Answer a ``spark.catalog`` call."""
        raise AnalysisError("UNSUPPORTED_FEATURE.RELATION", relation=kind)

    def show_sink(self, name: str, sink: Reader) -> None:
        """Make a memory sink readable as a view named like its query."""
        self.views[name.lower()] = sink

    def copy_from(self, other: Tables) -> None:
        """Take over another session's views."""
        self.views.update(other.views)
