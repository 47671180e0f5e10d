"""``%progress``: the last batches of a query as a table."""

from __future__ import annotations

from typing import Any

import pandas as pd
from IPython.core.magic import Magics, line_magic, magics_class, needs_local_scope
from IPython.core.magic_arguments import argument, magic_arguments

from workbench.magics.arguments import parse
from workbench.magics.errors import one_line
from workbench.magics.spark import current
from workbench.magics.streams import find


@magics_class
class ProgressMagic(Magics):
    """Shows what a query did."""

    @magic_arguments()
    @argument("name", help="the query's name or id")
    @argument("-n", "--limit", type=int, default=10, help="how many batches (10)")
    @argument("-o", "--output", help="keep the table under this name")
    @needs_local_scope
    @line_magic
    @one_line
    def progress(self, line: str, local_ns: dict[str, Any] | None = None) -> Any:
        """Show a query's newest batches, one a line."""
        given = parse(self.progress, line)
        recent = find(current(local_ns), given.name).recentProgress[-given.limit :]
        made = pd.DataFrame([flat(one) for one in recent])
        if given.output:
            self.shell.user_ns[given.output] = made
        return made


def flat(progress: Any) -> dict[str, Any]:
    """Return one batch as a line: rows, rates, milliseconds a phase, watermark, state."""
    durations = {f"{name} ms": value for name, value in progress["durationMs"].items()}
    state = sum(one["numRowsTotal"] for one in progress["stateOperators"])
    return {
        "batch": progress["batchId"],
        "at": progress["timestamp"],
        "rows": progress["numInputRows"],
        "rows/s": progress["processedRowsPerSecond"],
        **durations,
        "watermark": (progress["eventTime"] or {}).get("watermark"),
        "state rows": state,
    }
