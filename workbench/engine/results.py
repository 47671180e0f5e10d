"""What a command left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.engine.plan.relations import Relation


@dataclass(frozen=True, slots=True)
class CommandResult:
    """Rows at hand, a query still to run, or a running stream; see :class:`workbench.connect.engine.CommandResult`."""

    table: pa.Table | None = None
    relation: Relation | None = None
    stream: Any = None
