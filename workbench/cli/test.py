"""``python -m workbench test``: every test, with whatever they need that a bare machine lacks."""

from __future__ import annotations

import os
import subprocess
import sys

from workbench.cli import chromium, old_kernel, oracle, scratch
from workbench.cli.environment import ROOT, say


def run(arguments: list[str]) -> int:
    """Run pytest on everything, or on what ``arguments`` name, and return its exit status."""
    environ = {**os.environ, **chromium.provide(), **old_kernel.provide(), **oracle.provide()}
    command = [sys.executable, "-m", "pytest", *arguments]
    say("running " + " ".join(["pytest", *arguments]))
    with scratch.provide() as place:
        return subprocess.run(command, cwd=ROOT, env=environ | place, check=False).returncode
