"""``python -m workbench screenshots``: draw the pictures in ``docs/images`` anew."""

from __future__ import annotations

import os

from workbench.cli import environment, test


def run(arguments: list[str]) -> int:
    """Run the browser test that takes them, with a folder to write to."""
    os.environ["WORKBENCH_SCREENSHOTS"] = str(environment.ROOT / "docs" / "images")
    return test.run(["tests/browser/test_screenshots.py", *arguments])
