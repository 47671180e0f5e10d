"""A workbench for exploring, tuning and teaching streams in Jupyter.

>>> import workbench as wb
>>> spark = wb.session()  # doctest: +SKIP

Each name below is imported from its module when it is first used, so that ``import workbench`` costs next to nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from workbench.version import __version__

PLACES = {
    "clock": "workbench.base.replay_clock",
    "compare": "workbench.ui",
    "datasets": "workbench.datasets",
    "display": "workbench.ui",
    "live": "workbench.ui",
    "load_ipython_extension": "workbench.magics",
    "replay": "workbench.replaying",
    "session": "workbench.session",
    "tune": "workbench.ui",
    "unload_ipython_extension": "workbench.magics",
    "workers": "workbench.session",
}

__all__ = ["__version__", *PLACES]  # noqa: PLE0604 - the keys are strings


class Package(ModuleType):
    """The package, in which ``session`` stays the function when somebody imports the module of that name."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name == "session" and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = Package


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        message = f"module 'workbench' has no attribute {name!r}"
        raise AttributeError(message)
    module = import_module(PLACES[name])
    globals()[name] = value = module if name == "datasets" else getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
