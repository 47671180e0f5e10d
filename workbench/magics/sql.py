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

from workbench.magics.arguments import at_least_one, keep, leading_options, parse, with_traceback
from workbench.magics.errors import one_line
from workbench.magics.spark import current
from workbench.magics.values import filled


@magics_class
class SqlMagic(Magics):
    """Runs SQL and shows the first rows."""

    @magic_arguments("%sql")
    @argument("-o", "--output", help="keep the DataFrame under this name")
    @argument("-n", "--limit", type=at_least_one, default=20, help="how many rows to show (20)")
    @argument("-q", "--quiet", action="store_true", help="show nothing")
    @with_traceback
    @argument("query", nargs="*", help="the SQL, or its beginning; the cell goes on")
    @no_var_expand
    @needs_local_scope
    @line_cell_magic
    @one_line
    def sql(
        self, line: str, cell: str | None = None, local_ns: dict[str, Any] | None = None
    ) -> Any:
        """Run a batch query, or a command such as CREATE TEMP VIEW.

        ``{{ n + 1 }}`` in the SQL is the value of a Python expression. On one line: ``%sql -n 5 SELECT * FROM flights``.
        A result longer than the rows shown says so.
        """
        words, begun = leading_options(self.sql, line)
        given = parse(self.sql, words)
        text = filled(f"{begun}\n{cell or ''}".strip(), self.shell.user_ns)
        frame = current(local_ns).sql(text)
        keep(self.shell, given.output, frame)
        if given.quiet or not frame.columns:
            return None
        return frame if frame.isStreaming else first_rows(frame, given.limit)


def first_rows(frame: Any, count: int) -> Any:
    """Return the first rows of a table as a frame, and say so when there are none or more."""
    rows = frame.limit(count + 1).toPandas()
    if rows.empty:
        print(f"No rows. Columns: {', '.join(frame.columns)}.")
        return None
    if len(rows) > count:
        print(f"The first {count} rows; -n shows more.")
    return rows.head(count)
