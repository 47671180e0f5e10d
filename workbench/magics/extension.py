"""``%load_ext workbench``."""

from __future__ import annotations

from typing import Any

from workbench.magics.checkpoint import CheckpointMagic
from workbench.magics.completion import Completions
from workbench.magics.progress import ProgressMagic
from workbench.magics.sql import SqlMagic
from workbench.magics.stateful.magic import StatefulMagic
from workbench.magics.stream import StreamMagic
from workbench.magics.streams import StreamsMagic
from workbench.ui import install, uninstall

MAGICS = (StreamMagic, StatefulMagic, StreamsMagic, SqlMagic, ProgressMagic, CheckpointMagic)


def load_ipython_extension(shell: Any) -> None:
    """Bring the magics, and let streaming queries and DataFrames show themselves; ``wb.session()`` does the latter too."""
    shell.register_magics(*MAGICS)
    install(shell)
    shell.workbench_completions = Completions(shell)
    shell.workbench_completions.register()


def unload_ipython_extension(shell: Any) -> None:
    """Show streams as PySpark does again."""
    uninstall(shell)
    shell.workbench_completions.unregister()
