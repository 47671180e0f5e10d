"""The state of a query: what its progress tells, and the keys themselves, read from its checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.base.errors import IllegalArgument, IllegalState
from workbench.ui import wording
from workbench.ui.history import History
from workbench.ui.state_columns import flat, matching, names_of
from workbench.ui.steering import Steering

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import DataFrame

SHOWN = 1_000
_PROGRESS = {
    "operatorName": "operator",
    "numRowsTotal": "rows",
    "numRowsUpdated": "updated",
    "numRowsRemoved": "removed",
    "numRowsDroppedByWatermark": "late",
    "memoryUsedBytes": "bytes",
    "numShufflePartitions": "partitions",
    "commitTimeMs": "commit_ms",
}


class StateBrowser:
    """What a query keeps between batches, now and after any batch whose state is retained.

    The figures come with the progress. Keys and values are read from the checkpoint by Spark's own state readers
    (`format("statestore")`), so this works on any server that can see the checkpoint. Every method that reads
    takes `operator`, the number of the stateful operator, `store`, the name of one of its stores, and `batch`, the
    batch after which to look (the newest by default).

    Parameters
    ----------
    history : History
        What the query did.
    session : pyspark.sql.connect.session.SparkSession
        Reads the state.
    steering : Steering
        Knows the checkpoint of a query on the embedded engine.
    path : str, optional
        The checkpoint's location.
    """

    def __init__(
        self, history: History, session: Any, steering: Steering, path: str | None = None
    ) -> None:
        self.history = history
        self.session = session
        self.steering = steering
        self.path = path

    def at(self, path: str) -> StateBrowser:
        """Return the browser of the checkpoint at `path`, for a server that does not tell where it is."""
        return StateBrowser(self.history, self.session, self.steering, path)

    @property
    def checkpoint(self) -> str:
        """Where the checkpoint is."""
        if self.path is None and not self.steering.facts.get("checkpoint"):
            self.steering.look()
        found = self.path or self.steering.facts.get("checkpoint")
        if not found:
            raise IllegalState("WORKBENCH_STATE.NO_CHECKPOINT", query=self.history.title)
        return str(found)

    @property
    def operators(self) -> pd.DataFrame:
        """One row a stateful operator, from the newest progress."""
        import pandas as pd  # heavy, and only needed here

        rows = list((self.history.last or {}).get("stateOperators") or ())
        return pd.DataFrame(
            [{name: row.get(key) for key, name in _PROGRESS.items()} for row in rows],
            columns=list(_PROGRESS.values()),
        )

    @property
    def stores(self) -> pd.DataFrame:
        """One row a store, with the batches whose state can be read, from the checkpoint."""
        return self.session.read.format("state-metadata").load(self.checkpoint).toPandas()

    def table(
        self, operator: int = 0, store: str | None = None, batch: int | None = None
    ) -> DataFrame:
        """Return the state as a DataFrame of `key`, `value` and `partition_id`."""
        return self.read({"operatorId": operator, "storeName": store, "batchId": batch})

    def read(self, options: dict[str, Any]) -> DataFrame:
        """Return what Spark's state reader gives for these options; those that are None are left out."""
        checkpoint = self.checkpoint
        reader = self.session.read.format("statestore")
        for name, value in options.items():
            if value is not None:
                reader = reader.option(name, value)
        return reader.load(checkpoint)

    def partitions(self, **where: Any) -> pd.DataFrame:
        """Return how many keys each partition holds, and its share of what an even spread would give."""
        found = self.table(**where).groupBy("partition_id").count().toPandas()
        found = found.sort_values("partition_id", ignore_index=True)
        return found.assign(share=found["count"] / max(found["count"].mean(), 1))

    def lookup(self, key: Any, **where: Any) -> pd.DataFrame:
        """Return the rows of one key: a value, a tuple of the key's fields in order, or a dict of some of them.

        A field that is a window is given by its start.
        """
        found = self.table(**where)
        return flat(found.where(matching(found, key))).limit(SHOWN).toPandas()

    def over_batches(
        self,
        key: Any,
        first: int = 0,
        last: int | None = None,
        operator: int = 0,
        store: str | None = None,
    ) -> pd.DataFrame:
        """Return every change of one key from batch `first` to `last`, oldest first."""
        found = self.read(
            {"operatorId": operator, "storeName": store, "readChangeFeed": True,
             "changeStartBatchId": first, "changeEndBatchId": last}
        )  # fmt: skip
        chosen = flat(found.where(matching(found, key))).limit(SHOWN).toPandas()
        return chosen.sort_values("batch_id", kind="stable", ignore_index=True)

    def top(self, n: int = 10, by: str | None = None, **where: Any) -> pd.DataFrame:
        """Return the `n` keys with the greatest value in column `by`, the first one by default; `size`: the longest values."""
        found = self.table(**where)
        names = names_of(found, "value")
        if by == "size":
            ordered = found.selectExpr("*", "length(to_json(value)) AS size").orderBy(
                "size", ascending=False
            )
            return flat(ordered).limit(n).toPandas()
        column = by or names[0]
        if column not in names:
            raise IllegalArgument(
                "WORKBENCH_STATE.NO_COLUMN", name=column, names=", ".join([*names, "size"])
            )
        return (
            flat(found.orderBy(found["value"].getField(column), ascending=False))
            .limit(n)
            .toPandas()
        )

    def diff(
        self, first: int, second: int, operator: int = 0, store: str | None = None
    ) -> pd.DataFrame:
        """Return the keys that are not the same after batch `first` and after batch `second`."""
        before = self.table(operator, store, first).selectExpr("key", "value AS before")
        after = self.table(operator, store, second).selectExpr("key", "value AS after")
        both = before.join(after, "key", "full_outer").where("NOT (before <=> after)")
        change = "CASE WHEN before IS NULL THEN 'added' WHEN after IS NULL THEN 'removed' ELSE 'changed' END AS change"
        return flat(both.selectExpr(change, "key", "before", "after")).limit(SHOWN).toPandas()

    def __repr__(self) -> str:
        """Return the operators as text."""
        if not self.history.shape.operators:
            return f"{self.history.title} keeps no state, as far as its progress tells."
        rows = self.operators
        lines = [
            f"  {number} {row.operator}: {wording.count(row.rows)} rows in {row.partitions} partitions,"
            f" {wording.size(row.bytes)}, +{wording.count(row.updated)} -{wording.count(row.removed)}"
            for number, row in enumerate(rows.itertuples())
        ]
        hint = "  .table() .lookup(key) .over_batches(key) .top(n) .diff(batch, batch) .partitions() .stores"
        return "\n".join([f"State of {self.history.title}", *lines, hint])
