"""``python -m workbench types``: mypy, strict, on the packages listed in ``pyproject.toml``."""

from __future__ import annotations

import subprocess
import sys

from workbench.cli.environment import ROOT


def run(arguments: list[str]) -> int:
    """Run mypy and return its exit status."""
    return subprocess.run(
        [sys.executable, "-m", "mypy", *arguments], cwd=ROOT, check=False
    ).returncode
