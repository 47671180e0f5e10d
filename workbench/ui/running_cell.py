"""Which cell of a notebook is running."""

from __future__ import annotations

import sys


def running_cell() -> str | None:
    """Return the id the front end gave to the cell that runs in this thread; None outside of one.

    JupyterLab and VS Code send it with every cell; another front end may not.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return None
    found = (kernel.get_parent("shell") or {}).get("metadata", {}).get("cellId")
    return str(found) if found else None
