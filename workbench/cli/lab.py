"""``python -m workbench lab``: JupyterLab, open on the first notebook."""

from __future__ import annotations

import os
import sys

from workbench.cli.environment import ROOT, in_clone, say

LABEXTENSIONS = ROOT / "workbench" / "labextension"
FIRST = "notebooks/01_first_stream.ipynb"


def run(arguments: list[str]) -> int:
    """Become JupyterLab; further words go to it as they are."""
    say(
        "opening JupyterLab in the browser; if none opens, use the address below; stop it with Ctrl-C"
    )
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *options(), *arguments])


def options() -> list[str]:
    """Return what JupyterLab is told: the clone as its root, the first notebook in it, and where the side panel is.

    An installed wheel has put the panel where JupyterLab looks for itself.
    """
    clone = [
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",
        f"--LabApp.extra_labextensions_path={LABEXTENSIONS}",
    ]
    # Jupyter refuses to run as root, which in a container is the only user there is.
    root = ["--allow-root"] if os.geteuid() == 0 else []
    return [*(clone if in_clone() else []), *root]
