"""The themes the catalogue is made of."""

from __future__ import annotations

from workbench.engine.functions.themes import aggregates, conditionals, operators, windows

THEMES = (operators, conditionals, aggregates, windows)
