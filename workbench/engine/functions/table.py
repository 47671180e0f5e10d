"""The themes the catalogue is made of."""

from __future__ import annotations

from workbench.engine.functions.themes import (
    aggregates,
    conditionals,
    generators,
    mathematics,
    miscellaneous,
    operators,
    patterns,
    strings,
    structures,
    temporal,
    windows,
)

THEMES = (
    operators,
    conditionals,
    aggregates,
    windows,
    structures,
    generators,
    mathematics,
    strings,
    patterns,
    miscellaneous,
    temporal,
)
