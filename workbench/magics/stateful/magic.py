"""``%%stateful``: a cell's plain functions become a streaming DataFrame, tried on a few rows at once."""

from __future__ import annotations

import time
from dataclasses import replace
from keyword import iskeyword
from typing import Any

import pandas as pd
from IPython.core.magic import Magics, cell_magic, magics_class, needs_local_scope, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments
from IPython.display import display
from pyspark.errors import PySparkException
from pyspark.sql.types import StructType, TimestampType

from workbench.magics.arguments import at_least_one, continued, keep, parse, seconds, with_traceback
from workbench.magics.errors import UsageError, one_line, reason, users_lines
from workbench.magics.spark import current
from workbench.magics.stateful.borrowed import borrowed
from workbench.magics.stateful.inputs import grouping, need_watermark, source, written
from workbench.magics.stateful.sample import handful, pool
from workbench.magics.stateful.source import Cell, build, plain_source, take_apart
from workbench.magics.stateful.trial import COLUMNS, Trial
from workbench.magics.stateful.variables import variables
from workbench.magics.stateful.watched import watched

MODES = ("append", "update")
_NO_TIMER = "nothing happens when a timer is due: the cell has no timer(key, state, timers)."
_LEFT = 'style="text-align: left; vertical-align: top"'
_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


@magics_class
class StatefulMagic(Magics):
    """Makes stateful processors out of plain functions."""

    @magic_arguments("%stateful")
    @argument(
        "name", help="the name of the streaming DataFrame the cell makes, also as a view for SQL"
    )
    @argument("--input", required=True, help="a streaming DataFrame, or a view over one")
    @argument("--key", required=True, nargs="+", help="the columns rows are grouped by")
    @argument(
        "--output",
        required=True,
        nargs="+",
        help="the columns the functions yield: 'tail STRING, n LONG'",
    )
    @argument(
        "--state",
        nargs="+",
        default=[],
        help="what is kept for each key: 'n LONG, seen ARRAY<LONG>, by MAP<STRING, LONG>'",
    )
    @argument("--timers", choices=("event", "processing"), help="the time timers are set in")
    @argument(
        "--ttl",
        help="how long a value is kept after it was written, such as 90s or 1h; in processing time",
    )
    @argument("--mode", choices=MODES, default="append", help="the output mode (append)")
    @argument(
        "--show-code",
        action="store_true",
        help="print the same as a plain PySpark class, which runs on any cluster",
    )
    @argument(
        "--no-trial", action="store_true", help="do not try the functions on rows of the stream"
    )
    @argument(
        "--wait",
        type=seconds,
        default=10.0,
        help="how many seconds to wait for rows to try the functions on (10)",
    )
    @argument(
        "-n",
        "--limit",
        type=at_least_one,
        default=8,
        help="on how many rows to try the functions (8)",
    )
    @argument("-o", "--result", help="keep the table of the trial under this name")
    @argument(
        "-q",
        "--quiet",
        action="store_true",
        help="show nothing; the functions are tried all the same",
    )
    @with_traceback
    @no_var_expand
    @needs_local_scope
    @cell_magic
    @one_line
    def stateful(self, line: str, cell: str, local_ns: dict[str, Any] | None = None) -> None:
        r"""Make a streaming DataFrame of the cell's functions, and try them on a few rows; it starts nothing yet.

        ::

            %%stateful counts --input stream --key tail \
                --output "tail STRING, n LONG" --state "n LONG"
            def rows(key, rows, state):
                state.n = (state.n or 0) + len(list(rows))
                yield key[0], state.n

            counts.writeStream.format("memory").queryName("counted").start()

        ``rows(key, rows, state)`` is called with a key's new rows and yields output rows, as Row or tuple. ``key`` is a tuple.
        ``state.n`` reads what is kept, None when there is nothing; ``state.n = 3`` keeps it and ``state.n = None`` forgets it.
        An ARRAY is PySpark's ListState (``state.seen.appendValue((3,))``), a MAP its MapState. With ``--timers``,
        ``state.timers.register(ms)`` sets a timer and ``timer(key, state, timers)`` is called when it is due: ``timers.expired``
        is its time, ``timers.now`` and ``timers.watermark`` the present. ``init(state)`` and ``close(state)`` are called once.
        """
        line, cell = continued(line, cell)
        given = parse(self.stateful, line)
        spark = current(local_ns)
        frame = source(spark, given.input, self.shell.user_ns)
        keys = grouping(frame, given.key)
        if given.timers == "event":
            need_watermark(frame, given.input)
        output, text = _schema(given.output, "--output")
        made = self._cell(given, cell, output)
        filename = self.shell.compile.cache(made.text, self.shell.execution_count)
        with users_lines(filename):
            parts = take_apart(made, filename)
            processor = build(made, parts, filename, self.shell.user_ns)
        if given.show_code:
            named = written(given.input, self.shell.user_ns)
            spark_like = replace(made, times=_times(frame))
            around = borrowed(cell, self.shell.user_ns)
            print(plain_source(spark_like, parts, named, keys, text, given.mode, around))
        if made.timers and "timer" not in parts.functions and not given.quiet:
            print(f"{given.name}: {_NO_TIMER}")
        result = frame.groupBy(*keys).transformWithState(
            processor(), output, given.mode, made.time_mode
        )
        if not given.no_trial:
            rows = handful(pool(spark, frame, given.name, given.wait), keys, given.limit)
            with users_lines(filename, frame.columns):
                tried = watched(processor, made, output)
                self._try(Trial(made, tried, keys, output, round(time.time() * 1000)), rows, given)
        result.createOrReplaceTempView(given.name)
        keep(self.shell, given.name, result)

    def _cell(self, given: Any, text: str, output: StructType) -> Cell:
        if not given.name.isidentifier() or iskeyword(given.name):
            raise UsageError(f"{given.name!r} cannot name a DataFrame. Choose a plain Python name.")
        if given.name == given.input:
            raise UsageError(
                f"{given.name} would hide its own input. Choose another name, such as {given.name}_out."
            )
        if given.ttl and not given.state:
            raise UsageError("--ttl has nothing to forget: --state declares nothing.")
        if given.ttl and given.timers == "event":
            raise UsageError("--ttl counts in processing time: it does not go with --timers event.")
        state = " ".join(given.state)
        if state:
            _schema(given.state, "--state")
        # The magic is the first line of the cell: what Python says about a line is true of the cell the user sees.
        return Cell(
            given.name,
            "\n" + text,
            tuple(output.names),
            variables(state),
            given.timers,
            milliseconds(given.ttl) if given.ttl else None,
        )

    def _try(self, trial: Trial, rows: list[Any], given: Any) -> None:
        """Show what the functions do with some rows; when they fail, what they did until then."""
        if not rows and not given.quiet:
            print(
                f"{given.name}: no rows came within {given.wait:g} s, so the functions were not tried."
            )
        lines: list[tuple[str, ...]] = []
        try:
            lines.extend(trial.run(rows))
        finally:
            table = pd.DataFrame(lines, columns=list(COLUMNS))
            keep(self.shell, given.result, table)
            if lines and not given.quiet:
                display(_looks(table), raw=True)


def _times(frame: Any) -> tuple[str, ...]:
    """Return the columns whose values have a time zone in Spark's rows."""
    return tuple(one.name for one in frame.schema if isinstance(one.dataType, TimestampType))


def _looks(table: pd.DataFrame) -> dict[str, str]:
    """Return a table of texts as text and as HTML, where text begins at the left, unlike numbers."""
    with pd.option_context("display.max_colwidth", None):
        page = table.to_html(border=0, justify="left")
        return {"text/plain": table.to_string(), "text/html": page.replace("<td>", f"<td {_LEFT}>")}


def _schema(words: list[str], option: str) -> tuple[StructType, str]:
    text = " ".join(words)
    try:
        return StructType.fromDDL(text), text
    except PySparkException as error:
        raise UsageError(
            f"{option} {text!r} is no list of columns such as 'tail STRING, n LONG': {reason(error)}"
        ) from None


def milliseconds(length: str) -> int:
    """Return a short length of time in milliseconds.

    >>> milliseconds("90s"), milliseconds("1h")
    (90000, 3600000)
    """
    digits = length.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = length[len(digits) :]
    if unit not in _UNITS_MS or not digits.strip().isdigit():
        raise UsageError(f"{length!r} is no length of time. Write 500ms, 90s, 5m, 1h or 7d.")
    return int(digits) * _UNITS_MS[unit]
