"""The state of a query: what its progress tells, and the keys themselves, read from its checkpoint."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from workbench.base.errors import IllegalArgument, IllegalState, Unsupported
from workbench.ui import wording
from workbench.ui.feed import now_ms
from workbench.ui.history import History
from workbench.ui.state_columns import (
    distinct,
    flat,
    holding,
    matching,
    names_of,
    size_of,
    value_of,
    without_wrap,
)
from workbench.ui.state_expiry import TTL, expiry_of, time_of
from workbench.ui.state_parts import (
    BY_CLOCK,
    SIDES,
    Parts,
    has_variables,
    is_join,
    parts_of,
)
from workbench.ui.state_rows import (
    SHOWN,
    SHOWN_BATCHES,
    after_each,
    in_order,
    keys_that_differ,
    rows_of_one,
)
from workbench.ui.steering import Steering

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import DataFrame

LOOK_BACK = 50
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
    batch after which to look (the newest by default). A join is read by `side`, "left" or "right". The state of
    `transformWithState` is read by `variable`, the name of a state variable, and its timers by `timers`.

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
        self.known: dict[int, Parts] = {}

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
        side: str | None = None,
    ) -> DataFrame:
        """Return the state as a DataFrame of `key`, `value` and `partition_id`; elements and entries have columns of their own."""
        options = {"operatorId": operator, "storeName": store, "batchId": batch}
        return self.read(options | self.part(operator, store, variable, side))

    def part(
        self, operator: int, store: str | None, variable: str | None, side: str | None
    ) -> dict[str, Any]:
        """Return the options that name a part of an operator's state: where nothing is asked for, the first one."""
        name = self.name_of(operator)
        if store is None and side is None and is_join(name):
            side = SIDES[0]
        if store is None and variable is None and has_variables(name):
            variable = next(iter(self.parts(operator).variables), None)
        return {"stateVarName": variable, "joinSide": side}

    def name_of(self, operator: int) -> str:
        """Return an operator's name, as its progress tells it; "" before the first."""
        names = self.history.shape.operators
        return names[operator] if operator < len(names) else ""

    def parts(self, operator: int) -> Parts:
        """Return an operator's variables, from the checkpoint; they stay the same for a query's life."""
        if not self.known.get(operator):
            self.known[operator] = parts_of(self.stores, operator)
        return self.known[operator]

    def read(self, options: dict[str, Any]) -> DataFrame:
        """Return what Spark's state reader gives for these options; those that are None are left out."""
        checkpoint = self.checkpoint
        reader = self.session.read.format("statestore")
        for name, value in options.items():
            if value is not None:
                reader = reader.option(name, value)
        return without_wrap(distinct(reader.load(checkpoint)))

    def partitions(self, **where: Any) -> pd.DataFrame:
        """Return each partition's keys, their bytes as JSON, and its share of what an even spread would give.

        A share of 3 is a skew: that partition holds three times what it would if keys were spread evenly.
        """
        rows = self.table(**where)
        counted = rows.groupBy("partition_id").agg({"*": "count"})
        sized = rows.selectExpr("partition_id", f"{size_of(rows)} AS bytes").groupBy("partition_id")
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
        self, key: Any, first: int = 0, last: int | None = None, **where: Any
    ) -> pd.DataFrame:
        """Return every change of one key from batch `first` to `last`, oldest first.

        Where a key has many rows, as in a join or a list, these are its rows after each batch, of the last `SHOWN_BATCHES`.
        """
        found = self.changes(first, last, **where)
        return in_order(found.where(matching(found, key)))

    def over_batches_of(self, text: str, last: int | None = None, **where: Any) -> pd.DataFrame:
        """Return every change, up to batch `last`, of the keys that hold some words, as `find` takes them."""
        found = self.changes(0, last, **where)
        return in_order(found.where(holding(found, text)))

    def changes(self, first: int, last: int | None, **where: Any) -> DataFrame:
        """Return every change of the state from batch `first` to `last`; of many rows a key, all rows after each batch."""
        newest = self.table(batch=last, **where)
        operator = where.get("operator", 0)
        if self.has_many(operator, newest):
            kept = self.stores.query("operatorId == @operator")
            end = int(kept["maxBatchId"].max()) if last is None else last
            begin = max(first, int(kept["minBatchId"].max()), end - SHOWN_BATCHES + 1)
            return after_each(lambda batch: self.table(batch=batch, **where), range(begin, end + 1))
        options = {"operatorId": operator, "storeName": where.get("store"), "readChangeFeed": True}
        part = self.part(operator, where.get("store"), where.get("variable"), where.get("side"))
        batches = {"changeStartBatchId": first, "changeEndBatchId": last}
        return self.read(options | batches | part)

    def has_many(self, operator: int, found: DataFrame) -> bool:
        """Whether a key may have many rows: those of a join's side, elements of a list, entries of a map."""
        return is_join(self.name_of(operator)) or "value" not in found.columns

    def top(self, n: int = 10, by: str | None = None, **where: Any) -> pd.DataFrame:
        """Return the `n` keys with the greatest value in column `by`, the first one by default.

        `size` is for the longest keys and values, `age` for the rows that wait longest: those that leave first.
        """
        if by == "age":
            return self.oldest(n, **where)
        found = self.table(**where)
        value = value_of(found)
        names = names_of(found, value)
        if by == "size":
            sized = found.selectExpr("*", f"{size_of(found)} AS size")
            return flat(sized.orderBy("size", ascending=False)).limit(n).toPandas()
        column = by or names[0]
        if column not in names:
            raise IllegalArgument(
                "WORKBENCH_STATE.NO_COLUMN", name=column, names=", ".join([*names, "size", "age"])
            )
        return (
            flat(found.orderBy(found[value].getField(column), ascending=False)).limit(n).toPandas()
        )

    def oldest(self, n: int, **where: Any) -> pd.DataFrame:
        """Return the rows that leave first; of a join, whose rows do not say when that is, those of the earliest time."""
        if not is_join(self.name_of(where.get("operator", 0))):
            return self.expiring(n, **where)
        found = self.table(**where)
        times = time_of(found)
        return flat(found.orderBy(times) if times else found).limit(n).toPandas()

    def expiring(self, n: int = 20, **where: Any) -> pd.DataFrame:
        """Return the rows that leave next, the earliest first: `leaves_at` and `after`, how far that is from now.

        Now is the watermark, where the query has one: a window leaves when the watermark reaches its end. For timers and
        what lives for a time, it is the clock where they wait for that. Of `transformWithState`, these are the timers, unless
        a variable is named.
        """
        operator = where.get("operator", 0)
        if has_variables(self.name_of(operator)) and not where.get("variable"):
            return self.timers(n, operator, where.get("batch"))
        return self.by_expiry(self.table(**where), n, operator)

    def timers(self, n: int = 20, operator: int = 0, batch: int | None = None) -> pd.DataFrame:
        """Return the timers that `transformWithState` registered, the next one first."""
        name = self.name_of(operator)
        if name and not has_variables(name):
            raise Unsupported("WORKBENCH_STATE.NO_TIMERS", operator=operator, name=name)
        found = self.read({"operatorId": operator, "batchId": batch, "readRegisteredTimers": True})
        return self.by_expiry(found, n, operator)

    def by_expiry(self, found: DataFrame, n: int, operator: int) -> pd.DataFrame:
        """Return the rows of a state reader that leave next."""
        expiry = None if self.history.output_mode == "complete" else expiry_of(found)
        if expiry is None:
            raise Unsupported(
                "WORKBENCH_STATE.NO_EXPIRY", operator=operator, reason=self.keeps(operator)
            )
        times = (f"{expiry} AS leaves_at", f"unix_millis(CAST({expiry} AS TIMESTAMP)) AS after")
        rows = found.selectExpr(*times, "*").where("leaves_at IS NOT NULL")
        made = flat(rows.orderBy("leaves_at")).limit(n).toPandas()
        mark = self.history.tail(LOOK_BACK).last("watermark")
        now = now_ms() if math.isnan(mark) or self.is_by_clock(found, operator) else mark
        return made.assign(after=[wording.duration(float(at) - now) for at in made["after"]])

    def is_by_clock(self, found: DataFrame, operator: int) -> bool:
        """Whether what leaves waits for the clock and not for the watermark."""
        if TTL in found.columns:
            return True
        waits = self.history.newest.get(f"state.{operator}.timer", math.nan)
        is_timed = has_variables(self.name_of(operator))
        return not math.isnan(waits) or (is_timed and self.parts(operator).time_mode == BY_CLOCK)

    def keeps(self, operator: int) -> str:
        """Return why rows stay, or what else tells when they leave."""
        name = self.name_of(operator)
        if self.history.output_mode == "complete":
            return "in complete mode every group stays"
        if is_join(name):
            return "a row of a join leaves when nothing can match it any more. `top(by='age')` gives those of the earliest time"
        if has_variables(name):
            return "the variable has no time to live. `timers()` tells what is due next"
        return "there is no window, event time or timeout in its keys and values"

    def find(self, text: str, **where: Any) -> pd.DataFrame:
        """Return the rows whose key holds each of some words, separated by commas, as a field's whole text."""
        found = self.table(**where)
        return flat(found.where(holding(found, text))).limit(SHOWN).toPandas()

    def diff(self, first: int, second: int, **where: Any) -> pd.DataFrame:
        """Return the keys that are not the same after batch `first` and after batch `second`.

        Where a key has many rows, as in a join or a list, these are the rows that only one of the two has.
        """
        before, after = (self.table(batch=batch, **where) for batch in (first, second))
        is_many = self.has_many(where.get("operator", 0), before)
        made = rows_of_one(before, after) if is_many else keys_that_differ(before, after)
        return flat(made).limit(SHOWN).toPandas()

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
