"""What TAB offers in a magic: its options, their values, tables, columns."""

from __future__ import annotations

import re
from argparse import Action
from collections.abc import Iterable
from typing import Any

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher
from pyspark.errors import PySparkException

from workbench.magics.arguments import actions, continued, options, plain
from workbench.magics.errors import UsageError
from workbench.magics.spark import running
from workbench.magics.sql_words import words
from workbench.magics.stateful.inputs import streams
from workbench.magics.stateful.variables import variables

_MAGIC = re.compile(r"^\s*(%%?)(\w+)")
_TABLE = re.compile(r"\b(?:from|join|table)\s+([\w.]*)$", re.IGNORECASE)
_TABLES = re.compile(r"\b(?:from|join)\s+(\w+)(?:\s+(?:as\s+)?(\w+))?", re.IGNORECASE)
_WORD = re.compile(r"[\w.-]*$")
_STATE = re.compile(r"--state[\s=]+(?:'([^']*)'|\"([^\"]*)\")")
_INPUT = re.compile(r"--input[\s=]+(\S+)")
OURS = ("sql", "stream", "stateful", "streams", "progress", "checkpoint")
_SQL = ("sql", "stream")
_TIMERS = ("register", "delete", "list", "now", "watermark", "expired")
_MANY = "+"


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
        above = lines[: context.cursor_line]
        is_head = all(one.rstrip().endswith("\\") for one in above)
        head = " ".join([*(one.rstrip().removesuffix("\\") for one in above), before])
        offered = (
            self._line(start[1], start[2], head)
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
        given = before.replace("=", " ").split()[1:]
        if given and not before.endswith((" ", "=")):
            given.pop()  # what is being written
        option = _option_at(magic, given)
        if option is not None:
            return self._values(option, before)
        if name == "sql" and sign == "%" and given and not given[-1].startswith("-"):
            return self._body(name, before, before)
        return [*options(magic), *self._words(magic, name, given)]

    def _values(self, option: Action, before: str) -> Iterable[str]:
        """Return what an option takes."""
        if option.dest == "input":
            return self._tables() + streams(self.shell.user_ns)
        if option.dest == "key":
            return self._columns(_INPUT.findall(before))
        return option.choices or ()

    def _words(self, magic: Any, name: str, given: list[str]) -> Iterable[str]:
        """Return what stands on a line without an option before it."""
        choices = [one for action in plain(magic) for one in action.choices or ()]
        has_action = bool(set(given) & set(choices))
        if name == "progress" or (name == "streams" and has_action):
            return self._queries()
        return () if has_action else choices

    def _body(self, name: str, text: str, before: str) -> Iterable[str]:
        if name == "stateful":
            return _of_state(text, before)
        if name not in _SQL:
            return []
        if _TABLE.search(before):
            return self._tables()
        word = _WORD.search(before)[0]
        tables = _TABLES.findall(text)
        if "." in word:
            prefix = word.rpartition(".")[0]
            named = [table for table, alias in tables if prefix in (table, alias)]
            return [f"{prefix}.{column}" for column in self._columns(named)]
        return [*self._columns([table for table, _ in tables]), *words(word)]

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


def _option_at(magic: Any, given: list[str]) -> Action | None:
    """Return the option whose value comes next on a line."""
    for place, word in enumerate(reversed(given)):
        if word.startswith("-"):
            option = next((one for one in actions(magic) if word in one.option_strings), None)
            wants = option is not None and (
                option.nargs == _MANY or (option.nargs != 0 and not place)
            )
            return option if wants else None
    return None


def _of_state(text: str, before: str) -> list[str]:
    """Return what `state` and `timers` have, in the functions of a cell."""
    head = continued(*text.split("\n", 1))[0]
    declared = "".join("".join(one) for one in _STATE.findall(head))
    try:
        names = [one.name for one in variables(declared)]
    except (UsageError, PySparkException):
        names = []  # an option that is half written
    has_timers = ["timers"] if "--timers" in head else []
    timers = [f"{whose}.{name}" for whose in ("timers", "state.timers") for name in _TIMERS]
    return [f"state.{name}" for name in names + has_timers] + (timers if has_timers else [])
