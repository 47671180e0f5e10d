"""``spark.catalog``: each call answered as the table its client expects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark.sql.types import StructType

from workbench.base.errors import Unsupported
from workbench.engine.catalog import cache_calls, database_calls, function_calls, table_calls
from workbench.engine.catalog.entries import FunctionEntry
from workbench.engine.catalog.session_catalog import SessionCatalog
from workbench.engine.catalog.storage import Storage


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers catalogue calls.

    Attributes
    ----------
    catalog, storage
        The names and the rows of tables.
    schema_of : Callable
        ``schema_of(relation)``: the columns of a view.
    functions : Callable
        ``functions()``: every built-in and registered function.
    caching : Callable
        ``caching()``: what keeps the rows of tables (:class:`workbench.engine.caching.Caching`).
    """

    catalog: SessionCatalog
    storage: Storage
    schema_of: Callable[[Any], StructType]
    functions: Callable[[], Iterable[FunctionEntry]]
    caching: Callable[[], Any] | None = None

    def call(self, kind: str, given: Mapping[str, Any]) -> pa.Table:
        """Answer a call named as Spark Connect's message names it.

        Raises
        ------
        Unsupported
            ``UNSUPPORTED_FEATURE.CATALOG_CALL`` for a call this catalogue cannot answer.
        """
        answer = CALLS.get(kind)
        if answer is None:
            raise Unsupported("UNSUPPORTED_FEATURE.CATALOG_CALL", call=kind)
        return answer(self, given)


Call = Callable[[Answers, Mapping[str, Any]], pa.Table]

CALLS: dict[str, Call] = {
    **database_calls.CALLS,
    **table_calls.CALLS,
    **cache_calls.CALLS,
    **function_calls.CALLS,
}
"""Every member of Spark Connect's ``Catalog`` message."""

__all__ = ["CALLS", "Answers", "FunctionEntry"]
