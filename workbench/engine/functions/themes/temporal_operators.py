"""Arithmetic operators over dates, timestamps and intervals."""

from __future__ import annotations

from workbench.engine.functions.row import Request
from workbench.engine.plan import typed


def temporal_arithmetic(request: Request, operator: str, is_try: bool) -> typed.Typed | None:
    """Return the call of an operator with a date, timestamp or interval among its operands, else None."""
    return None


def interval_negation(request: Request) -> typed.Typed | None:
    """Return ``-interval``, or None for other operands."""
    return None
