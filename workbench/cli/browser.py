"""``python -m workbench browser``: only the tests that look at the screen."""

from __future__ import annotations

from workbench.cli import test


def run(arguments: list[str]) -> int:
    """Run the tests marked ``browser``."""
    return test.run(["-m", "browser", "tests", *arguments])
