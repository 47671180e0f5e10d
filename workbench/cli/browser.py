"""``python -m workbench browser``: only the tests that look at the screen."""

from __future__ import annotations

import os

from workbench.cli import test

SOAK = "WORKBENCH_SOAK_MINUTES"


def run(arguments: list[str]) -> int:
    """Run the tests marked ``browser``; ``--soak MINUTES`` runs only ten dashboards for so long."""
    if arguments[:1] == ["--soak"]:
        os.environ[SOAK] = (arguments[1:2] or ["10"])[0]
        return test.run(["tests/browser/test_soak.py", "-s", *arguments[2:]])
    return test.run(["-m", "browser", "tests", *arguments])
