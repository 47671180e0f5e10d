"""The browser the browser tests drive: the system's Chromium, installed from Debian's packages where that is possible."""

from __future__ import annotations

import os
import shutil
import subprocess

from workbench.cli.environment import say

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
VARIABLE = "WORKBENCH_CHROMIUM"


def find() -> str | None:
    """Return the path of an installed Chromium, or None."""
    named = os.environ.get(VARIABLE)
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


def provide() -> dict[str, str]:
    """Return the environment that tells the tests which browser to drive; empty when there is none."""
    path = find() or (install() and find())
    if path:
        return {VARIABLE: path}
    say(
        f"no Chromium found and none could be installed: browser tests will be skipped (or set {VARIABLE})"
    )
    return {}


def install() -> bool:
    """Install Debian's Chromium when this user may; return whether that worked."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say("installing Debian's chromium for the browser tests")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    steps = (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"])
    return all(
        subprocess.run(step, env=environ, stdout=subprocess.DEVNULL, check=False).returncode == 0
        for step in steps
    )
