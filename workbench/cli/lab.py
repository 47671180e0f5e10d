"""``python -m workbench lab``: JupyterLab, open on the first notebook."""

from __future__ import annotations

import os
import sys

from workbench.cli.environment import ROOT, in_clone, say

FIRST = "notebooks/01_first_stream.ipynb"


def run(arguments: list[str]) -> int:
    """Become JupyterLab; further words go to it as they are."""
    target = [str(ROOT / FIRST)] if in_clone() else []
    say("opening JupyterLab; stop it with Ctrl-C twice")
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *target, *arguments])
