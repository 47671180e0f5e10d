"""The themes the catalogue is made of."""

from __future__ import annotations

from workbench.engine.functions.themes import (
    absent,
    aggregates,
    collections,
    conditionals,
    generators,
    hashes,
    intervals,
    lambdas,
    maps,
    mathematics,
    miscellaneous,
    operators,
    patterns,
    records,
    strings,
    structures,
    temporal,
    urls,
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
    hashes,
    urls,
    records,
    intervals,
)
