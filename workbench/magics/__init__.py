"""What ``%load_ext workbench`` brings."""

from __future__ import annotations

from workbench.magics.extension import load_ipython_extension, unload_ipython_extension

__all__ = ["load_ipython_extension", "unload_ipython_extension"]
