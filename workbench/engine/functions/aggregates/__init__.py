"""Aggregate functions as DataFusion expressions."""

from workbench.engine.functions.aggregates.contract import Aggregate
from workbench.engine.functions.aggregates.registry import find

__all__ = ["Aggregate", "find"]
