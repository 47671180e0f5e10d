"""A join of two streams."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.engine.functions.moment import at_moment
from workbench.engine.operators.contract import OperatorMetrics
from workbench.engine.operators.event_time import (
    MICROS_PER_MS,
    drop_late,
    event_time_of,
    expiry_path,
    times_of,
)
from workbench.engine.operators.join_plan import conjuncts
from workbench.engine.operators.join_times import time_bounds
from workbench.engine.operators.keyed import key_schema, names_of, schema_of, with_key
from workbench.engine.operators.stores import Stores
from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import Attribute, Named, Typed
from workbench.engine.state.arrays import as_array, distinct
from workbench.engine.state.store import StoreSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.engine.operators.contract import OperatorBatch, OperatorContext
    from workbench.engine.operators.join_plan import Side, StateJoin
    from workbench.engine.state.store import MultiStore

NAME = "symmetricHashJoin"
LEFT, RIGHT = 0, 1
_OUTER = {
    "inner": (False, False),
    "semi": (False, False),
    "left": (True, False),
    "right": (False, True),
    "full": (True, True),
}


class JoinOperator:
    """Keeps the rows of both sides and joins each new row with the other side's.

    In a batch, left's new rows meet right's stored ones and are stored; then right's new rows meet all of left's and are
    stored. So every pair is made once. A row leaves the state when the watermark says it can match no more; on an outer
    side, one that never matched goes on then, with nulls. Source: Spark's ``StreamingSymmetricHashJoinExec``.
    """

    def __init__(self, node: StateJoin, context: OperatorContext) -> None:
        self.node = node
        self.context = context
        self.outer = _OUTER[node.kind]
        self.times = tuple(event_time_of(side.columns) for side in node.sides)
        specs = [
            _spec(name, side) for name, side in zip(("left", "right"), node.sides, strict=True)
        ]
        self.specs = specs
        self.stores = Stores(NAME, context, specs)
        self.columns = [attribute.column for attribute in node.output]
        self.schema = schema_of(node.output)
        self.residual = _filter_plan(
            node.residual, (*node.sides[LEFT].columns, *node.sides[RIGHT].columns)
        )
        self.near = time_bounds(
            conjuncts(node.residual), node.sides[LEFT].columns, node.sides[RIGHT].columns
        )
        # A semi join stores no left row that has matched, so it looks at the right side first.
        self.order = (RIGHT, LEFT) if node.kind == "semi" else (LEFT, RIGHT)
        self.late = 0
        self._moment_us = 0

    def load(self, version: int) -> None:
        self.stores.load(version)

    def process(self, tables: Sequence[pa.Table], batch: OperatorBatch) -> pa.Table:
        self.stores.begin()
        self._moment_us = batch.timestamp_ms * MICROS_PER_MS
        useful = [self._useful(at, table) for at, table in enumerate(tables)]
        kept = [
            drop_late(table, time, batch.late_ms)
            for table, time in zip(useful, self.times, strict=True)
        ]
        self.late = sum(late for _, late in kept)
        inputs = [
            with_key(table, side.keys)
            for (table, _), side in zip(kept, self.node.sides, strict=True)
        ]
        shares = [
            self.stores.share(table, spec) for table, spec in zip(inputs, self.specs, strict=True)
        ]
        limits = [side.limit_ms(batch.evict_ms) * MICROS_PER_MS for side in self.node.sides]
        made = self.stores.run(
            lambda p, stores: self._one(
                [stores["left"], stores["right"]], [shares[LEFT][p], shares[RIGHT][p]], limits
            )
        )
        return pa.concat_tables([table for tables in made for table in tables])

    def _useful(self, at: int, table: pa.Table) -> pa.Table:
        """Return a side's rows without those that can neither match nor go on alone."""
        if self.outer[at] or not table.num_rows:
            return table
        usable = self._with_keys(at, table)
        passing = self._passing(self.node.sides[at], table)
        usable = passing if usable is None else usable & passing
        return table if usable.all() else table.filter(pa.array(usable))

    def _one(
        self, stores: list[MultiStore], new: list[pa.Table], limits: list[int]
    ) -> list[pa.Table]:
        made: list[pa.Table] = []
        with self.stores.tally.timed("updates"):
            for side in self.order:
                made += self._side(side, stores, new[side], limits[side])
        with self.stores.tally.timed("removals"):
            for side in (LEFT, RIGHT):
                made += self._evict(side, stores[side], limits[side])
        return made or [self.schema.empty_table()]

    # ------------------------------------------------------------------ new rows of one side

    def _side(
        self, at: int, stores: list[MultiStore], rows: pa.Table, limit: int
    ) -> list[pa.Table]:
        """Join one side's new rows with the other's stored ones, then store those that can still match."""
        if not rows.num_rows:
            return []
        mine, other = stores[at], stores[1 - at]
        side = self.node.sides[at]
        passing = self._passing(side, rows)
        made = []
        if not passing.all():
            # Only an outer side still has rows that fail: they match nothing, so they go on at once.
            made.append(self._alone(at, rows.filter(pa.array(~passing))))
            rows = rows.filter(pa.array(passing))
        places, slots = self._pairs(at, rows, other)
        matched = np.zeros(rows.num_rows, np.bool_)
        matched[places] = True
        made.append(self._matches(at, rows, other, places, slots, matched))
        if at == RIGHT:
            # As in Spark (SPARK-49829), left's rows are stored though the watermark has passed them, for right's new rows
            # to meet; right's are not, unless they are still to come out with nulls. So a semi join, right first, misses them.
            passed = self._over(side, rows, limit)
            staying = ~(passed & matched if self.outer[RIGHT] else passed)
            rows, matched = rows.filter(pa.array(staying)), matched[staying]
        self._store(mine, rows, matched, is_done=self.node.kind == "semi" and at == LEFT)
        return [table for table in made if table.num_rows]

    def _over(self, side: Side, rows: pa.Table, limit: int) -> np.ndarray:
        """Return which rows can match nothing any more."""
        if side.expiry is None:
            return np.zeros(rows.num_rows, np.bool_)
        over = pc.less_equal(times_of(rows.column(side.expiry.column)), limit)
        return pc.fill_null(over, fill_value=False).to_numpy()

    def _pairs(self, at: int, rows: pa.Table, other: MultiStore) -> tuple[np.ndarray, np.ndarray]:
        """Return the pairs of new row and stored row that match."""
        keys = rows.select(key_schema(self.node.sides[at].keys).names)
        places, slots = other.probe(_renamed(keys, other.spec.keys))
        usable = self._with_keys(at, rows)
        if usable is not None:
            wanted = usable[places]
            places, slots = places[wanted], slots[wanted]
        if self.node.has_residual and len(places):
            holds = self._near(at, rows, places, other, slots)
            if holds is None:
                holds = self._holds(at, rows.take(places), other.rows_at(slots))
            places, slots = places[holds], slots[holds]
        return places, slots

    def _near(
        self, at: int, rows: pa.Table, places: np.ndarray, other: MultiStore, slots: np.ndarray
    ) -> np.ndarray | None:
        """Return which pairs hold where the condition only says how far apart two times may be; None: the kernel knows."""
        if self.near is None:
            return None
        names = self.near.left.column, self.near.right.column
        own = rows.column(names[at])
        mine = as_array(own, own.type).take(pa.array(places))
        theirs = other.values_at(names[1 - at], slots)
        pair = (mine, theirs) if at == LEFT else (theirs, mine)
        return self.near.hold(*pair)

    def _with_keys(self, at: int, rows: pa.Table) -> np.ndarray | None:
        """Return which rows can match at all: a null equals nothing, unless the condition says ``<=>``."""
        usable: np.ndarray | None = None
        for key, safe in zip(self.node.sides[at].keys, self.node.null_safe, strict=True):
            column = rows.column(key.column)
            if column.null_count and not safe:
                valid = column.is_valid().to_numpy()
                usable = valid if usable is None else usable & valid
        return usable

    def _holds(self, at: int, new: pa.Table, stored: pa.Table) -> np.ndarray:
        pair = self._beside(at, new, stored)
        numbered = pair.append_column("place", pa.array(np.arange(pair.num_rows)))
        kept = self.context.kernel.run(self._now(self.residual), {"rows": numbered})
        return np.sort(kept.column(kept.num_columns - 1).to_numpy())

    def _now(self, plan: o.Operator) -> o.Operator:
        return at_moment(plan, self._moment_us)

    def _beside(self, at: int, new: pa.Table, stored: pa.Table) -> pa.Table:
        """Put new and stored rows side by side, left's columns first."""
        sides = self.node.sides
        mine = new.select([a.column for a in sides[at].columns])
        others = stored.select([a.column for a in sides[1 - at].columns])
        left, right = (mine, others) if at == LEFT else (others, mine)
        return pa.table([*left.columns, *right.columns], [*left.column_names, *right.column_names])

    def _matches(
        self,
        at: int,
        rows: pa.Table,
        other: MultiStore,
        places: np.ndarray,
        slots: np.ndarray,
        matched: np.ndarray,
    ) -> pa.Table:
        """Return what the pairs give, and remember that the stored rows have matched."""
        if self.node.kind == "semi":
            return self._semi(at, rows, other, slots, matched)
        if self.outer[1 - at] and len(slots):
            other.mark_matched(slots)
        if not len(places):
            return self.schema.empty_table()
        return self._output(self._beside(at, rows.take(places), other.rows_at(slots)))

    def _semi(
        self, at: int, rows: pa.Table, other: MultiStore, slots: np.ndarray, matched: np.ndarray
    ) -> pa.Table:
        """Return each left row at its first match."""
        if at == LEFT:
            return self._output(rows.filter(pa.array(matched)))
        # A left row that has matched needs no other match: it leaves the state.
        done = distinct(slots)
        rows = other.rows_at(done)
        other.remove_rows(done)
        self.stores.tally.add("removed", len(done))
        return self._output(rows)

    def _passing(self, side: Side, rows: pa.Table) -> np.ndarray:
        if not side.has_passes:
            return np.ones(rows.num_rows, np.bool_)
        plan = _filter_plan(side.passes, side.columns)
        given = rows.select([a.column for a in side.columns])
        kept = self.context.kernel.run(
            self._now(plan),
            {"rows": given.append_column("place", pa.array(np.arange(rows.num_rows)))},
        )
        passing = np.zeros(rows.num_rows, np.bool_)
        passing[kept.column(kept.num_columns - 1).to_numpy()] = True
        return passing

    def _store(
        self, mine: MultiStore, rows: pa.Table, matched: np.ndarray, *, is_done: bool
    ) -> None:
        """Keep new rows; ``is_done``: one that has matched needs no other match."""
        if is_done and matched.any():
            rows, matched = rows.filter(pa.array(~matched)), matched[~matched]
        if rows.num_rows:
            mine.append(
                rows.select(mine.spec.keys.names), rows.select(mine.spec.values.names), matched
            )
            self.stores.tally.add("stored", rows.num_rows)

    # ------------------------------------------------------------------ old rows

    def _evict(self, at: int, store: MultiStore, limit: int) -> list[pa.Table]:
        if self.node.sides[at].expiry is None:
            return []
        gone, matched = store.expire(limit)
        if not self.outer[at]:
            # Spark counts no removed rows on a side whose rows it has to look at one by one.
            self.stores.tally.add("removed", gone.num_rows)
            return []
        if matched.all():
            return []
        return [self._alone(at, gone.filter(pa.array(~matched)))]

    def _alone(self, at: int, rows: pa.Table) -> pa.Table:
        """Return rows of an outer side with nulls for the other."""
        own = {a.column for a in self.node.sides[at].columns}
        columns = [
            rows.column(f.name) if f.name in own else pa.nulls(rows.num_rows, f.type)
            for f in self.schema
        ]
        return pa.Table.from_arrays(columns, schema=self.schema)

    def _output(self, rows: pa.Table) -> pa.Table:
        return pa.Table.from_arrays(
            [rows.column(f.name).cast(f.type) for f in self.schema], schema=self.schema
        )

    # ------------------------------------------------------------------ the contract's rest

    def commit(self, version: int) -> None:
        self.stores.commit(version)

    def abort(self) -> None:
        self.stores.abort()

    def metrics(self) -> OperatorMetrics:
        waiting = {
            spec.name: 0 if side.bound is None else side.bound.shift_ms
            for spec, side, is_outer in zip(self.specs, self.node.sides, self.outer, strict=True)
            if is_outer
        }
        made = self.stores.metrics(self.late, **self.stores.next_close(waiting))
        # Spark keeps two stores a side, one of them counting the rows of a key.
        return replace(
            made,
            stores=2 * made.stores,
            rows_updated=self.stores.tally.count("stored"),
            rows_removed=self.stores.tally.count("removed"),
        )

    def wants_batch(self, evict_ms: int, next_ms: int) -> bool:
        return next_ms > evict_ms and any(side.expiry is not None for side in self.node.sides)

    def output_watermark(self, input_ms: int) -> int:
        limits = [side.limit_ms(input_ms) for side in self.node.sides if side.expiry is not None]
        return min([input_ms, *limits])

    def rescale(self, partitions: int) -> None:
        self.stores.state.rescale(partitions)

    def close(self) -> None:
        self.stores.close()


def _spec(name: str, side: Side) -> StoreSpec:
    keys = key_schema(side.keys)
    expiry = None if side.expiry is None else expiry_path(side.expiry)
    names = names_of(side.keys, [column.name for column in side.columns])
    values = schema_of(side.columns)
    return StoreSpec(keys, values, name=name, multi=True, expiry=expiry, names=names)


def _renamed(keys: pa.Table, like: pa.Schema) -> pa.Table:
    return pa.Table.from_arrays(keys.columns, names=like.names)


def _filter_plan(condition: Typed, columns: tuple[Attribute, ...]) -> o.Operator:
    place = Attribute("place", t.LongType(), False)
    rows = o.Filter(o.Placeholder("rows", (*columns, place)), condition)
    return o.Project(rows, (Named(place, place),))
