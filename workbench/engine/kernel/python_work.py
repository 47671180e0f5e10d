"""User functions as work: what crosses to a worker, how their rows divide, how the answers join.

Each class holds a function and the columns it sees, none of the rows. ``open()`` gives the function of the rows that the kernel
calls, in whichever process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from workbench.base.errors import Unsupported
from workbench.engine.kernel import python_groups as groups
from workbench.engine.kernel.python_conventions import CONVENTIONS
from workbench.engine.kernel.python_loading import by_place, load
from workbench.engine.kernel.python_table import table_function
from workbench.engine.kernel.python_table_work import partition_starts
from workbench.engine.plan.python_function import PythonFunction
from workbench.engine.plan.typed import Attribute, PythonCall
from workbench.engine.workers.wire import sent_once

if TYPE_CHECKING:
    from pyspark.sql.types import DataType

    from workbench.engine.plan import operators as o

sent_once(PythonFunction)

PIECE_ROWS = 1024
"""More rows than this a worker are cut finer, so that one that is quicker takes more of them."""
_FINEST = 4


def ranges(rows: int, workers: int) -> list[tuple[int, int]]:
    """Cut rows into even ranges: at least one a worker where there are rows enough.

    >>> ranges(5, 2), ranges(0, 2), ranges(3000, 2)
    ([(0, 2), (2, 5)], [(0, 0)], [(0, 1000), (1000, 2000), (2000, 3000)])
    """
    count = max(1, min(rows, max(workers, min(_FINEST * workers, -(-rows // PIECE_ROWS)))))
    edges = [rows * i // count for i in range(count + 1)]
    return list(pairwise(edges))


@sent_once
@dataclass(frozen=True, slots=True)
class ColumnWork:
    """A scalar function, or an aggregate over lists of rows: columns in, one column out."""

    call: PythonCall

    @staticmethod
    def of(call: PythonCall, kinds: Sequence[DataType] | None = None) -> ColumnWork:
        """Return the work of a call; its arguments become plain columns, of ``kinds`` when they are given in another form."""
        if call.function.eval_type not in CONVENTIONS:
            raise Unsupported(
                "UNSUPPORTED_FEATURE.PYTHON_EVAL_TYPE", evalType=call.function.eval_type
            )
        types = [a.type for a in call.arguments] if kinds is None else kinds
        return ColumnWork(
            replace(
                call, arguments=tuple(Attribute("", kind, nullable=True, id=0) for kind in types)
            )
        )

    @property
    def name(self) -> str:
        """The function's name."""
        return self.call.function.name

    def open(self) -> Callable[[list[pa.Array], int], pa.Array]:
        """Return the function in its convention."""
        convention = CONVENTIONS[self.call.function.eval_type]
        return groups.guarded(
            self.name,
            convention(
                by_place(load(self.call.function.command), self.call.keywords),
                [a.type for a in self.call.arguments],
                self.call,
            ),
        )

    def split(self, given: tuple[Any, ...], workers: int) -> list[tuple[Any, ...]]:
        """Cut the columns; a function answers each row from that row alone."""
        columns, rows = given
        return [([c.slice(a, b - a) for c in columns], b - a) for a, b in ranges(rows, workers)]

    def join(self, results: Sequence[pa.Array]) -> pa.Array:
        """Return the answers one after the other."""
        return results[0] if len(results) == 1 else pa.concat_arrays(results)


class _TableWork:
    """Work whose answers are tables."""

    __slots__ = ()
    function: PythonFunction

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.name

    def join(self, results: Sequence[pa.Table]) -> pa.Table:
        """Return the answers one after the other."""
        return pa.concat_tables(results)


@sent_once
@dataclass(frozen=True, slots=True)
class BatchesWork(_TableWork):
    """``mapInPandas``, ``mapInArrow``: the function is called once a worker, as on a cluster once a partition."""

    function: PythonFunction
    given: tuple[Attribute, ...]
    output: tuple[Attribute, ...]

    @staticmethod
    def of(operator: o.MapBatches) -> BatchesWork:
        """Return an operator's work."""
        return BatchesWork(operator.function, operator.child.output, operator.output)

    def open(self) -> Callable[[pa.Table], pa.Table]:
        """Return the function over an iterator of batches."""
        return groups.map_batches(self.function, self.given, self.output)

    def split(self, given: tuple[Any, ...], workers: int) -> list[tuple[Any, ...]]:
        """Cut the rows into one piece a worker: a function may prepare a lot before its first batch."""
        (rows,) = given
        count = max(1, min(workers, rows.num_rows))
        edges = [rows.num_rows * i // count for i in range(count + 1)]
        return [(rows.slice(a, b - a),) for a, b in pairwise(edges)]


@sent_once
@dataclass(frozen=True, slots=True)
class GroupWork(_TableWork):
    """``applyInPandas``, ``applyInArrow``: groups stay whole and keep their order."""

    function: PythonFunction
    grouping: tuple[Attribute, ...]
    values: tuple[Attribute, ...]
    output: tuple[Attribute, ...]

    @staticmethod
    def of(operator: o.GroupMap) -> GroupWork:
        """Return an operator's work."""
        return GroupWork(operator.function, operator.grouping, operator.values, operator.output)

    def open(self) -> Callable[[pa.Table], pa.Table]:
        """Return the function over each group."""
        return groups.group_map(self.function, self.grouping, self.values, self.output)

    def split(self, given: tuple[Any, ...], workers: int) -> list[tuple[Any, ...]]:
        """Cut between groups, nearest to even numbers of rows."""
        (rows,) = given
        order, starts = groups.cut(rows, self.grouping)
        pieces = ranges(rows.num_rows, workers)
        edges = _between(starts, [b for _, b in pieces])
        if len(edges) <= 2:
            return [(rows,)]
        ordered = rows.take(pa.array(order))
        return [(ordered.slice(a, b - a),) for a, b in pairwise(edges)]


def _between(starts: list[int], wanted: list[int]) -> list[int]:
    """Return the first start of a group at or after each wanted edge, each once, from 0 to the end."""
    places = np.searchsorted(starts, wanted)
    return sorted({0, *(starts[int(place)] for place in places)})


@sent_once
@dataclass(frozen=True, slots=True)
class CoGroupWork(_TableWork):
    """``cogroup``: the two groups of a key go to one worker."""

    function: PythonFunction
    left_grouping: tuple[Attribute, ...]
    right_grouping: tuple[Attribute, ...]
    left_values: tuple[Attribute, ...]
    right_values: tuple[Attribute, ...]
    output: tuple[Attribute, ...]

    @staticmethod
    def of(operator: o.CoGroupMap) -> CoGroupWork:
        """Return an operator's work."""
        return CoGroupWork(
            operator.function, operator.left_grouping, operator.right_grouping,
            operator.left_values, operator.right_values, operator.output,
        )  # fmt: skip

    def open(self) -> Callable[[pa.Table, pa.Table], pa.Table]:
        """Return the function over each pair of groups."""
        return groups.cogroup_map(self)

    def split(self, given: tuple[Any, ...], workers: int) -> list[tuple[Any, ...]]:
        """Number the keys of both sides together and cut between two numbers."""
        left, right = given
        both = pa.concat_tables(
            [_keys(left, self.left_grouping), _keys(right, self.right_grouping)]
        )
        order, starts = groups.cut(
            both, tuple(replace(a, id=i) for i, a in enumerate(self.left_grouping))
        )
        edges = _between(starts, [b for _, b in ranges(both.num_rows, workers)])
        if len(edges) <= 2:
            return [(left, right)]
        shares = [np.sort(order[a:b]) for a, b in pairwise(edges)]
        count = left.num_rows
        return [
            (left.take(pa.array(s[s < count])), right.take(pa.array(s[s >= count] - count)))
            for s in shares
        ]


def _keys(rows: pa.Table, grouping: tuple[Attribute, ...]) -> pa.Table:
    return pa.Table.from_arrays(
        [rows.column(a.column) for a in grouping], names=[f"c{i}" for i in range(len(grouping))]
    )


@sent_once
@dataclass(frozen=True, slots=True)
class TableFunctionWork(_TableWork):
    """A table function: ``arguments`` are columns and their types, beside those ``kept``; the rows of a table are at ``table_at``.

    Rows divide where a column of ``partition`` changes; without any anywhere, and nowhere when they ``is_single``.
    """

    function: PythonFunction
    arguments: tuple[tuple[str, DataType], ...]
    kept: tuple[Attribute, ...]
    generated: tuple[Attribute, ...]
    keywords: tuple[str, ...] = ()
    analysis: bytes = b""
    partition: tuple[Attribute, ...] = ()
    is_single: bool = False
    table_at: int | None = None

    @staticmethod
    def over(operator: o.PythonTableOver) -> TableFunctionWork:
        """Return the work of a function over a table."""
        arguments = tuple((a.column, a.type) for a in operator.arguments)
        return TableFunctionWork(
            operator.function, arguments, operator.kept, operator.generated, operator.keywords,
            operator.analysis, operator.partition, operator.is_single, operator.table_at,
        )  # fmt: skip

    @staticmethod
    def beside(operator: o.PythonTable, arguments: Sequence[str]) -> TableFunctionWork:
        """Return the work of a function beside each row."""
        kinds = [one.type for one in operator.arguments]
        return TableFunctionWork(
            operator.function,
            tuple(zip(arguments, kinds, strict=True)),
            operator.child.output,
            operator.generated,
            operator.keywords,
            operator.analysis,
        )

    def open(self) -> Callable[[pa.Table], pa.Table]:
        """Return the function over rows."""
        return groups.guarded(self.function.name, table_function(self))

    def split(self, given: tuple[Any, ...], workers: int) -> list[tuple[Any, ...]]:
        """Cut the rows; partitions stay whole."""
        (rows,) = given
        if self.is_single:
            return [given]
        pieces = ranges(rows.num_rows, workers)
        if self.partition:
            starts = partition_starts(rows, self.partition)
            pieces = list(pairwise(_between(starts, [b for _, b in pieces])))
        return [(rows.slice(a, b - a),) for a, b in pieces]
