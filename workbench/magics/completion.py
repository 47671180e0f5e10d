"""What TAB offers in a magic: its options, their values, tables, columns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher
from pyspark.errors import PySparkException

from workbench.magics.arguments import options
from workbench.magics.spark import running
from workbench.magics.sql_words import words
from workbench.magics.stateful.magic import streams

_MAGIC = re.compile(r"^\s*(%%?)(\w+)")
_TABLE = re.compile(r"\b(?:from|join|table)\s+([\w.]*)$", re.IGNORECASE)
_TABLES = re.compile(r"\b(?:from|join)\s+(\w+)", re.IGNORECASE)
_WORD = re.compile(r"[\w.-]*$")
_INPUT = re.compile(r"--input[\s=]+(\S+)")
OURS = ("sql", "stream", "stateful", "streams", "progress", "checkpoint")
_SQL = ("sql", "stream")


class Completions:
    """An IPython matcher over a shell.

    Parameters
    ----------
    shell : InteractiveShell
        Whose magics and variables are offered.
    """

    def __init__(self, shell: Any) -> None:
        self.shell = shell

    def register(self) -> None:
        """Offer completions from now on."""

        @context_matcher(identifier="workbench")
        def matcher(context: CompletionContext) -> dict[str, Any]:
            return self.complete(context)

        self.matcher = matcher
        self.shell.Completer.custom_matchers.append(matcher)

    def unregister(self) -> None:
        """Offer none any more."""
        self.shell.Completer.custom_matchers.remove(self.matcher)

    def complete(self, context: CompletionContext) -> dict[str, Any]:
        """Return what fits at the cursor of one of our magics."""
        start = _MAGIC.match(context.full_text)
        if start is None or start[2] not in OURS:
            return {"completions": []}
        lines = context.full_text.splitlines() or [""]
        before = lines[context.cursor_line][: context.cursor_position]
        is_head = context.cursor_line == 0
        offered = (
            self._line(start[1], start[2], before)
            if is_head
            else self._body(start[2], context.full_text, before)
        )
        word = _WORD.search(before)[0]
        found = sorted({one for one in offered if one.startswith(word) and one != word})
        return {
            "completions": [SimpleCompletion(text=one, type="workbench") for one in found],
            "matched_fragment": word,
            "suppress": bool(found),
        }

    def _line(self, sign: str, name: str, before: str) -> Iterable[str]:
        magic = self.shell.find_magic(name, "cell" if sign == "%%" else "line")
        words = before.split()
        last = words[-1] if before.endswith(" ") or len(words) < 2 else words[-2]
        if last == "--input":
            return self._tables() + streams(self.shell.user_ns)
        if last == "--key":
            return self._columns(_INPUT.findall(before))
        choices = [
            one.choices
            for one in magic.parser._actions  # noqa: SLF001
            if last in one.option_strings and one.choices
        ]
        if choices:
            return choices[0]
        if name == "sql" and sign == "%":
            return self._body(name, before, before)
        plain = [
            c
            for one in magic.parser._actions  # noqa: SLF001
            if not one.option_strings
            for c in one.choices or ()
        ]
        return [
            *options(magic),
            *plain,
            *(self._queries() if name in ("streams", "progress") else []),
        ]

    def _body(self, name: str, text: str, before: str) -> Iterable[str]:
        if name not in _SQL:
            return []
        if _TABLE.search(before):
            return self._tables()
        return [*self._columns(_TABLES.findall(text)), *words(_WORD.search(before)[0])]

    def _tables(self) -> list[str]:
        spark = running(self.shell.user_ns)
        return [one.name for one in spark.catalog.listTables()] if spark else []

    def _queries(self) -> list[str]:
        spark = running(self.shell.user_ns)
        return [one.name or str(one.id) for one in spark.streams.active] if spark else []

    def _columns(self, tables: list[str]) -> list[str]:
        spark = running(self.shell.user_ns)
        found: list[str] = []
        for table in dict.fromkeys(tables) if spark else ():
            try:
                frame = self.shell.user_ns.get(table)
                found += (frame if hasattr(frame, "columns") else spark.table(table)).columns
            except PySparkException:
                continue  # a name that is half written
        return found
