"""Rows of state compared, or put in order: what changed between two batches, and what happened over many."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.errors import PySparkException

from workbench.base.errors import Unsupported
from workbench.ui.state_columns import flat

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import DataFrame

SHOWN = 1_000
SHOWN_BATCHES = 20
NO_CHANGELOG = ".changelog does not exist"
"""What Apache Spark says where its RocksDB store has no changelog, which a change feed is read from."""


def in_order(found: DataFrame) -> pd.DataFrame:
    """Return changes, oldest first."""
    try:
        rows = flat(found).limit(SHOWN).toPandas()
    except PySparkException as failure:
        if NO_CHANGELOG in str(failure):
            raise Unsupported("WORKBENCH_STATE.NO_CHANGES") from failure
        raise
    return rows.sort_values("batch_id", kind="stable", ignore_index=True)


def after_each(table: Callable[[int], DataFrame], batches: Iterable[int]) -> DataFrame:
    """Return the rows after each batch, with the batch's number."""
    tables = (table(batch).selectExpr(f"{batch}L AS batch_id", "*") for batch in batches)
    return reduce(lambda one, other: one.union(other), tables)


def keys_that_differ(before: DataFrame, after: DataFrame) -> DataFrame:
    """Return the keys that were added, removed or changed, with both values."""
    was = before.selectExpr("key", "value AS before")
    both = was.join(after.selectExpr("key", "value AS after"), "key", "full_outer")
    change = "CASE WHEN before IS NULL THEN 'added' WHEN after IS NULL THEN 'removed' ELSE 'changed' END AS change"
    return both.where("NOT (before <=> after)").selectExpr(change, "key", "before", "after")


def rows_of_one(before: DataFrame, after: DataFrame) -> DataFrame:
    """Return the rows that only one of two states has."""
    added = after.exceptAll(before).selectExpr("'added' AS change", "*")
    return added.union(before.exceptAll(after).selectExpr("'removed' AS change", "*"))
