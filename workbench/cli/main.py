"""``python -m workbench VERB``: the chores of this project, each doing its own set-up."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import NamedTuple

from workbench.cli import environment


class Verb(NamedTuple):
    """One chore: what it does, and the extras of ``pyproject.toml`` it needs installed."""

    does: str
    extras: tuple[str, ...] = ()


VERBS = {
    "lab": Verb("open JupyterLab on the first notebook", ("lab",)),
    "demo": Verb("run the first notebook's query in this terminal"),
    "serve": Verb("run the engine as a Spark Connect server", ("rocksdb",)),
    "test": Verb("run every test (words after it go to pytest)", ("dev",)),
    "lint": Verb("check style and formatting", ("dev",)),
    "types": Verb("check types", ("dev",)),
    "bench": Verb("run the benchmarks", ("dev",)),
    "browser": Verb("run the browser tests only", ("dev",)),
    "screenshots": Verb("draw the pictures in docs/images anew", ("dev",)),
    "parity": Verb("write docs/parity.md from the tables it describes", ("dev",)),
}


def usage() -> str:
    """Return the list of verbs as text."""
    lines = [f"  {name:<11} {verb.does}" for name, verb in VERBS.items()]
    return "\n".join(
        [
            "python -m workbench [--here] VERB [...]",
            "",
            *lines,
            "",
            "In a clone, each verb first prepares ./.venv; --here uses the running Python as it is.",
        ],
    )


def main(arguments: list[str] | None = None) -> int:
    """Run one verb and return the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    here = "--here" in words[:1]
    words = words[here:]
    if not words or words[0] in {"-h", "--help", "help"}:
        print(usage())
        return 0
    name, *rest = words
    if name not in VERBS:
        print(f"There is no verb `{name}`.\n\n{usage()}", file=sys.stderr)
        return 2
    if not here and environment.in_clone():
        environment.enter(VERBS[name].extras, words)
    return int(import_module(f"workbench.cli.{name}").run(rest))
