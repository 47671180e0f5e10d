"""The decorator that puts a function into the analyzer's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.engine.analysis.analyzer import RESOLVE

if TYPE_CHECKING:
    from collections.abc import Callable


def understands(kind: type) -> Callable:
    """Register a function as the one that understands relations of ``kind``."""

    def put(function: Callable) -> Callable:
        RESOLVE[kind] = function
        return function

    return put
