"""The themes the catalogue is made of."""

from __future__ import annotations

from workbench.engine.functions.themes import conditionals, operators

THEMES = (operators, conditionals)
