"""The themes the catalogue is made of."""

from __future__ import annotations

from workbench.engine.functions.themes import (
    aggregates,
    conditionals,
    generators,
    operators,
    structures,
    windows,
)

THEMES = (operators, conditionals, aggregates, windows, structures, generators)
