"""``python -m workbench bench [NAME …]``: the benchmarks, which no timed test run includes.

Each file of ``tests/benchmarks`` is a program of its own that prints its figures; words after its name go to it.
"""

from __future__ import annotations

import os
import subprocess
import sys

from workbench.cli import oracle
from workbench.cli.environment import ROOT, say

FOLDER = ROOT / "tests" / "benchmarks"


def run(arguments: list[str]) -> int:
    """Run one benchmark, or all of them in turn; return the worst exit status."""
    known = sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))
    chosen, words = (arguments[:1], arguments[1:]) if arguments else (known, [])
    unknown = [name for name in chosen if name not in known]
    if unknown:
        say(f"there is no benchmark `{unknown[0]}`; there are: {', '.join(known)}")
        return 2
    environ = {**os.environ, **oracle.provide()}
    return max(measure(name, words, environ) for name in chosen)


def measure(name: str, words: list[str], environ: dict[str, str]) -> int:
    """Run one benchmark."""
    say(f"benchmark {name}")
    command = [sys.executable, str(FOLDER / f"{name}.py"), *words]
    path = os.pathsep.join([str(ROOT), environ.get("PYTHONPATH", "")])
    return subprocess.run(
        command, cwd=ROOT, env={**environ, "PYTHONPATH": path}, check=False
    ).returncode
