"""``python -m workbench lint``: ruff's rules and its formatter, as CI sees them."""

from __future__ import annotations

import subprocess
import sys

from workbench.cli.environment import ROOT

STEPS = (("ruff", "check"), ("ruff", "format", "--check"))


def run(arguments: list[str]) -> int:
    """Run every step and return the worst exit status."""
    return max(
        subprocess.run([sys.executable, "-m", *step, *arguments], cwd=ROOT, check=False).returncode
        for step in STEPS
    )
