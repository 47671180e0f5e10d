"""``python -m workbench parity``: ``docs/parity.md``, written from the tables the engine itself works by."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping

from workbench.cli.environment import ROOT, say

TARGET = ROOT / "docs" / "parity.md"
OPENING = """# What works

Written by `python -m workbench parity` from the tables the engine works by; do not edit. What is not here answers with a
named error.
"""


def run(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` fail when it is out of date."""
    parser = argparse.ArgumentParser(prog="python -m workbench parity", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when the page is out of date")
    check = parser.parse_args(arguments).check
    text = page()
    if check:
        return int(not TARGET.exists() or TARGET.read_text("utf-8") != text)
    TARGET.write_text(text, "utf-8")
    say(f"wrote {TARGET.relative_to(ROOT)}")
    return 0


def page() -> str:
    """Return the whole page."""
    return "\n".join([OPENING, *functions(), *formats(), *messages(), *configuration()])


def functions() -> list[str]:
    """Every function by kind, and those this engine lacks with the reason."""
    from workbench.engine.functions.catalog import rows

    table = rows()
    works = {name: row.kind for name, row in table.items() if not row.reason}
    lacks = {name: row.reason for name, row in table.items() if row.reason}
    lines = [f"## Functions\n\n{len(works)} of {len(table)} names work.\n"]
    groups = [
        f"**{kind}**: {listed(name for name in works if works[name] == kind)}\n"
        for kind in sorted(set(works.values()))
    ]
    return [*lines, *groups, *reasons("function", lacks)]


def formats() -> list[str]:
    """Every format, and what it can be used for."""
    from workbench.engine.connectors import registry

    lines = [
        "## Formats\n",
        "| format | read | write | stream from | stream to |",
        "|---|---|---|---|---|",
    ]
    for name in registry.MODULES:
        row = registry.find(name)
        uses = (row.read, row.write, row.source, row.sink)
        lines.append(f"| `{name}` | " + " | ".join("yes" if use else "" for use in uses) + " |")
    return [*lines, "", *reasons("format", registry.UNSUPPORTED)]


def messages() -> list[str]:
    """Every part of the Spark Connect protocol that carries a query."""
    from workbench.connect.convert import commands, expressions, relations
    from workbench.connect.execute.commands import COMMANDS

    parts = (
        ("relation", relations.RELATIONS, relations.UNSUPPORTED),
        ("expression", expressions.EXPRESSIONS, expressions.UNSUPPORTED),
        ("command", {**commands.COMMANDS, **COMMANDS}, commands.UNSUPPORTED),
    )
    lines = ["## Spark Connect\n"]
    for what, works, lacks in parts:
        lines += [f"**{what}s**: {listed(works)}\n", *reasons(what, lacks)]
    return lines


def configuration() -> list[str]:
    """Every configuration key that means something here."""
    from workbench.engine.conf import DEFAULTS

    rows = [
        f"| `{key}` | `{value}` |" if value else f"| `{key}` | |"
        for key, value in sorted(DEFAULTS.items())
    ]
    return ["## Configuration\n", "| key | default |", "|---|---|", *rows, ""]


def listed(names: Iterable[str]) -> str:
    """Return names in order, as code."""
    return ", ".join(f"`{name}`" for name in sorted(names))


def reasons(what: str, lacks: Mapping[str, str]) -> list[str]:
    """Return a table of what is missing, or nothing."""
    if not lacks:
        return []
    rows = [f"| `{name}` | {reason} |" for name, reason in sorted(lacks.items())]
    return [f"| {what} not supported | why |", "|---|---|", *rows, ""]
