"""What a conversion may ask of its surroundings, and the sub-plans its expressions may name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa
from pyspark.sql.types import DataType, StructType

from workbench.base.errors import AnalysisError
from workbench.connect.extension_pb2 import QueryPeek
from workbench.engine.plan.relations import Relation


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of one conversion.

    Attributes
    ----------
    parse_ddl : Callable
        ``parse_ddl("a INT")``: the session's DDL parser.
    blob : Callable
        ``blob(sha256)``: bytes the client cached on the server.
    peek : Callable
        ``peek(QueryPeek)``: rows of a running query.
    subqueries : Mapping
        ``plan_id`` to the relation a subquery expression with this id means.
    marks : dict
        ``plan_id`` to the watermark of the frame, filled on the way: a frame that is used twice has one.
    """

    parse_ddl: Callable[[str], DataType]
    blob: Callable[[str], bytes]
    peek: Callable[[QueryPeek], pa.Table]
    subqueries: Mapping[int, Relation] = field(default_factory=dict)
    marks: dict[int, int] = field(default_factory=dict)

    def mark(self, plan_id: int, new: int) -> int:
        """Return which watermark the frame of this id has: ``new`` where it is met for the first time."""
        return self.marks.setdefault(plan_id, new)

    def knowing(self, subqueries: Mapping[int, Relation]) -> Context:
        """Return this context with more sub-plans in scope."""
        return replace(self, subqueries={**self.subqueries, **subqueries})

    def subquery(self, plan_id: int) -> Relation:
        """Return the sub-plan of this id."""
        if plan_id not in self.subqueries:
            raise AnalysisError("CONNECT_INVALID_PLAN.UNKNOWN_SUBQUERY", planId=plan_id)
        return self.subqueries[plan_id]

    def struct(self, text: str) -> StructType:
        """Return the struct a JSON or DDL text means; any other type becomes its one column ``value``."""
        kind = self.parse_ddl(text)
        return kind if isinstance(kind, StructType) else StructType().add("value", kind)
