"""What users see of the live view: `wb.live`, `wb.display` and what IPython shows for streams."""

from __future__ import annotations

from workbench.ui.compare import compare
from workbench.ui.display_hook import display, install, uninstall
from workbench.ui.live import LiveQuery, live, tune

__all__ = ["LiveQuery", "compare", "display", "install", "live", "tune", "uninstall"]
