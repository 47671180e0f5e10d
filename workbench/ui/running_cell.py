"""Which cell of a notebook is running, and whether a front end runs it."""

from __future__ import annotations

import sys
from typing import Any


def running_cell() -> str | None:
    """Return the id the front end gave to the cell that runs in this thread; None outside of one.

    JupyterLab and VS Code send it with every cell; another front end may not.
    """
    kernel = kernel_of_notebook()
    if kernel is None:
        return None
    found = (kernel.get_parent("shell") or {}).get("metadata", {}).get("cellId")
    return str(found) if found else None


def is_nobody_there() -> bool:
    """Whether a notebook runs by itself, as nbclient and papermill run one: no front end names its cells."""
    return kernel_of_notebook() is not None and running_cell() is None


def kernel_of_notebook() -> Any:
    """Return the kernel this runs in; None outside of notebooks."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None)
