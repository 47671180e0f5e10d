"""``%sql`` and ``%%sql``: a batch query's rows."""

from __future__ import annotations

from typing import Any

from IPython.core.magic import (
    Magics,
    line_cell_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
)
from IPython.core.magic_arguments import argument, magic_arguments

from workbench.magics.arguments import parse
from workbench.magics.errors import one_line
from workbench.magics.spark import current


@magics_class
class SqlMagic(Magics):
    """Runs SQL and shows the first rows."""

    @magic_arguments()
    @argument("-o", "--output", help="keep the DataFrame under this name")
    @argument("-n", "--limit", type=int, default=20, help="how many rows to show (20)")
    @argument("-q", "--quiet", action="store_true", help="show nothing")
    @argument("query", nargs="*", help="the SQL, when it is on the line")
    @no_var_expand
    @needs_local_scope
    @line_cell_magic
    @one_line
    def sql(
        self, line: str, cell: str | None = None, local_ns: dict[str, Any] | None = None
    ) -> Any:
        """Run a batch query, or a command such as CREATE TEMP VIEW."""
        if cell is None:
            given, text = parse(self.sql, ""), line
        else:
            given, text = parse(self.sql, line), cell
        frame = current(local_ns).sql(text)
        if given.output:
            self.shell.user_ns[given.output] = frame
        if given.quiet or frame.isStreaming:
            return None if given.quiet else frame
        return frame.limit(given.limit).toPandas() if frame.columns else None
