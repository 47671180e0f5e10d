"""The kernel's side of the JupyterLab panel: it tells the page of every query, and does what its buttons ask."""

from __future__ import annotations

from workbench.panel.answer import answer
from workbench.panel.beacon import attach

__all__ = ["answer", "attach"]
