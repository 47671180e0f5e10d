"""``%load_ext workbench``."""

from __future__ import annotations

from typing import Any

from workbench.ui import install, uninstall


def load_ipython_extension(shell: Any) -> None:
    """Let streaming queries and DataFrames show themselves; ``wb.session()`` does the same by itself."""
    install(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Show them as PySpark does again."""
    uninstall(shell)
