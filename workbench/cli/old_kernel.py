"""An older ipykernel in a folder of its own, which the browser tests start a kernel with: it has no subshells."""

from __future__ import annotations

import os
import subprocess
import sys

from workbench.cli.environment import ROOT, say

VARIABLE = "WORKBENCH_OLD_IPYKERNEL"
PACKAGE = "ipykernel==6.31.0"
FOLDER = ROOT / "build" / PACKAGE


def provide() -> dict[str, str]:
    """Return the environment that tells the tests where the older ipykernel is; empty when there is none."""
    if os.environ.get(VARIABLE):
        return {}
    if not (FOLDER / "ipykernel").is_dir() and not install():
        say(
            f"pip could not fetch {PACKAGE}; the test of a kernel without subshells will be skipped"
        )
        return {}
    return {VARIABLE: str(FOLDER)}


def install() -> bool:
    """Fetch it without what it depends on: the newer one beside it has brought that. Return whether it worked."""
    quiet = ("--quiet", "--disable-pip-version-check", "--no-deps", "--target", str(FOLDER))
    done = subprocess.run([sys.executable, "-m", "pip", "install", *quiet, PACKAGE], check=False)
    return done.returncode == 0
