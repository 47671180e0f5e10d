"""``python -m workbench bench``: the benchmarks, which no timed test run includes."""

from __future__ import annotations

import os
import subprocess
import sys

from workbench.cli import oracle
from workbench.cli.environment import ROOT


def run(arguments: list[str]) -> int:
    """Run ``tests/benchmarks`` as a program, beside a real Spark where there is one."""
    command = [sys.executable, "-m", "tests.benchmarks", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | oracle.provide(), check=False
    ).returncode
