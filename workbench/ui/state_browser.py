"""The state of a query: what its progress tells, and the keys themselves, read from its checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.base.errors import IllegalArgument, IllegalState, Unsupported
from workbench.ui import wording
from workbench.ui.history import History
from workbench.ui.state_columns import distinct, flat, holding, matching, names_of
from workbench.ui.state_expiry import expiry_of
from workbench.ui.steering import Steering

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import DataFrame

SHOWN = 1_000
LOOK_BACK = 50
SIZE = "length(to_json(struct(key, value)))"
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
    batch after which to look (the newest by default). The state of `transformWithState` is read by `variable`, the name
    of a state variable, and its timers by `timers`.

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
        """Return the browser of the checkpoint at `path`, for a server that does not tell where it is.

        The dashboard looks there too from now on.
        """
        self.history.checkpoint = path
        return StateBrowser(self.history, self.session, self.steering, path)

    @property
    def checkpoint(self) -> str:
        """Where the checkpoint is."""
        known = self.path or self.history.checkpoint
        if not known and not self.steering.facts.get("checkpoint"):
            self.steering.look()
        found = known or self.steering.facts.get("checkpoint")
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
        self,
        operator: int = 0,
        store: str | None = None,
        batch: int | None = None,
        variable: str | None = None,
    ) -> DataFrame:
        """Return the state as a DataFrame of `key`, `value` and `partition_id`."""
        return self.read(
            {
                "operatorId": operator,
                "storeName": store,
                "batchId": batch,
                "stateVarName": variable,
            }
        )

    def read(self, options: dict[str, Any]) -> DataFrame:
        """Return what Spark's state reader gives for these options; those that are None are left out."""
        checkpoint = self.checkpoint
        reader = self.session.read.format("statestore")
        for name, value in options.items():
            if value is not None:
                reader = reader.option(name, value)
        return distinct(reader.load(checkpoint))

    def partitions(self, **where: Any) -> pd.DataFrame:
        """Return each partition's keys, their bytes as JSON, and its share of what an even spread would give.

        A share of 3 is a skew: that partition holds three times what it would if keys were spread evenly.
        """
        rows = self.table(**where)
        counted = rows.groupBy("partition_id").agg({"*": "count"})
        sized = rows.selectExpr("partition_id", f"{SIZE} AS bytes").groupBy("partition_id")
        found = counted.join(sized.agg({"bytes": "sum"}), "partition_id").toPandas()
        found.columns = ["partition_id", "count", "bytes"]
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
        found = self.changes(first, last, operator, store)
        return self.in_order(found.where(matching(found, key)))

    def over_batches_of(
        self, text: str, last: int | None = None, operator: int = 0
    ) -> pd.DataFrame:
        """Return every change, up to batch `last`, of the keys that hold some words, as `find` takes them."""
        found = self.changes(0, last, operator, None)
        return self.in_order(found.where(holding(found, text)))

    def changes(self, first: int, last: int | None, operator: int, store: str | None) -> DataFrame:
        """Return every change of the state from batch `first` to `last`."""
        return self.read(
            {"operatorId": operator, "storeName": store, "readChangeFeed": True,
             "changeStartBatchId": first, "changeEndBatchId": last}
        )  # fmt: skip

    def in_order(self, found: DataFrame) -> pd.DataFrame:
        """Return changes, oldest first."""
        return (
            flat(found)
            .limit(SHOWN)
            .toPandas()
            .sort_values("batch_id", kind="stable", ignore_index=True)
        )

    def top(self, n: int = 10, by: str | None = None, **where: Any) -> pd.DataFrame:
        """Return the `n` keys with the greatest value in column `by`, the first one by default.

        `size` is for the longest keys and values, `age` for the rows that wait longest: those that leave first.
        """
        if by == "age":
            return self.expiring(n, **where)
        found = self.table(**where)
        names = names_of(found, "value")
        if by == "size":
            ordered = found.selectExpr("*", f"{SIZE} AS size").orderBy("size", ascending=False)
            return flat(ordered).limit(n).toPandas()
        column = by or names[0]
        if column not in names:
            raise IllegalArgument(
                "WORKBENCH_STATE.NO_COLUMN", name=column, names=", ".join([*names, "size", "age"])
            )
        return (
            flat(found.orderBy(found["value"].getField(column), ascending=False))
            .limit(n)
            .toPandas()
        )

    def expiring(self, n: int = 20, **where: Any) -> pd.DataFrame:
        """Return the rows that leave next, the earliest first: `leaves_at` and `after`, how far that is from now.

        Now is the watermark, where the query has one: a window leaves when the watermark reaches its end.
        """
        found = self.table(**where)
        return self.by_expiry(found, n, where.get("operator", 0))

    def timers(self, n: int = 20, operator: int = 0, batch: int | None = None) -> pd.DataFrame:
        """Return the timers that `transformWithState` registered, the next one first."""
        found = self.read({"operatorId": operator, "batchId": batch, "readRegisteredTimers": True})
        return self.by_expiry(found, n, operator)

    def by_expiry(self, found: DataFrame, n: int, operator: int) -> pd.DataFrame:
        """Return the rows of a state reader that leave next."""
        expiry = None if self.history.output_mode == "complete" else expiry_of(found)
        if expiry is None:
            raise Unsupported("WORKBENCH_STATE.NO_EXPIRY", operator=operator, reason=self.keeps())
        times = (f"{expiry} AS leaves_at", f"unix_millis(CAST({expiry} AS TIMESTAMP)) AS after")
        rows = found.selectExpr(*times, "*").where("leaves_at IS NOT NULL")
        made = flat(rows.orderBy("leaves_at")).limit(n).toPandas()
        mark = self.history.tail(LOOK_BACK).last("watermark")
        return made.assign(after=[wording.duration(float(at) - mark) for at in made["after"]])

    def keeps(self) -> str:
        """Return why rows stay."""
        if self.history.output_mode == "complete":
            return "in complete mode every group stays"
        return "there is no window, event time or timeout in its keys and values"

    def find(self, text: str, **where: Any) -> pd.DataFrame:
        """Return the rows whose key holds each of some words, separated by commas, as a field's whole text."""
        found = self.table(**where)
        return flat(found.where(holding(found, text))).limit(SHOWN).toPandas()

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
        hint = "  .table() .lookup(key) .over_batches(key) .top(n) .expiring(n) .timers(n) .diff(batch, batch) .partitions() .stores"
        return "\n".join([f"State of {self.history.title}", *lines, hint])
