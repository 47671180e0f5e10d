"""The themes the catalogue is made of."""

from __future__ import annotations

from workbench.engine.functions.themes import (
    absent,
    aggregates,
    collections,
    conditionals,
    generators,
    lambdas,
    maps,
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
    absent,
    collections,
    maps,
    lambdas,
)
