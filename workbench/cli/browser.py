"""``python -m workbench browser``: only the tests that look at the screen, or one that measures, with its figures."""

from __future__ import annotations

import os

from workbench.cli import test

MEASURES = {
    "--soak": ("tests/browser/test_soak.py", "WORKBENCH_SOAK_MINUTES", "10"),
    "--clicks": ("tests/browser/test_controls.py", "WORKBENCH_CLICKS", "20"),
    "--paint": ("tests/browser/test_first_paint.py", "WORKBENCH_PAINTS", "3"),
    "--many": ("tests/browser/test_panel_in_company.py", "WORKBENCH_WATCHED_S", "20"),
}
"""What asks for a measurement → its tests, and the variable that says how much of it, with what it is by default."""


def run(arguments: list[str]) -> int:
    """Run the tests marked ``browser``, or one of `MEASURES`: ``--clicks 20``, say."""
    if arguments[:1] and arguments[0] in MEASURES:
        tests, variable, usual = MEASURES[arguments[0]]
        os.environ[variable] = (arguments[1:2] or [usual])[0]
        return test.run([tests, "-s", *arguments[2:]])
    return test.run(["-m", "browser", "tests", *arguments])
