"""The core operators a query is made of once it is understood.

Every relation of :mod:`workbench.engine.plan.relations` becomes some of these. Each has ``output``, its columns in order, and
``children``. Nothing here computes; the kernel does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.types import StructType

    from workbench.engine.plan.python_function import PythonFunction
    from workbench.engine.plan.typed import Attribute, GeneratorCall, Named, SortKey, Typed


class Operator:
    """The base of all operators."""

    __slots__ = ()
    output: tuple[Attribute, ...]

    @property
    def children(self) -> tuple[Operator, ...]:
        """The operators this one reads."""
        return tuple(
            getattr(self, name) for name in ("child", "left", "right") if hasattr(self, name)
        )


class SameColumns(Operator):
    """An operator whose columns are its child's."""

    __slots__ = ()
    child: Operator

    @property
    def output(self) -> tuple[Attribute, ...]:
        """The child's columns."""
        return self.child.output


@dataclass(frozen=True, slots=True, eq=False)
class LocalTable(Operator):
    """Rows in memory; ``table``'s columns are in ``output``'s order, their names do not matter."""

    table: pa.Table
    output: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class Range(Operator):
    """``start, start + step, …`` below ``end``."""

    start: int
    end: int
    step: int
    output: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scan(Operator):
    """A bounded source: ``reader`` is a ``connectors.contract.Reader`` (its files, schema and options inside).

    ``asked``: the format, the options and the schema a user named; None where the rows were named otherwise.
    """

    reader: Any
    output: tuple[Attribute, ...]
    asked: tuple | None = None


@dataclass(frozen=True, slots=True, eq=False)
class StreamScan(Operator):
    """A streaming source, not opened: a query opens it with its checkpoint's path.

    ``format`` and ``options`` name it, ``schema`` is its columns. ``key``: one per ``readStream`` in the plan, so a frame
    used twice is two scans, as in Spark.
    """

    format: str
    options: Mapping[str, str]
    schema: StructType
    output: tuple[Attribute, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Placeholder(Operator):
    """A table given at run time under ``name``; how a fragment of a streaming plan names its inputs."""

    name: str
    output: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class Project(Operator):
    """The expressions, each a column."""

    child: Operator
    expressions: tuple[Named, ...]

    @property
    def output(self) -> tuple[Attribute, ...]:
        """The named columns."""
        return tuple(expression.attribute for expression in self.expressions)


@dataclass(frozen=True, slots=True)
class Filter(SameColumns):
    """Rows for which the condition is true."""

    child: Operator
    condition: Typed


@dataclass(frozen=True, slots=True)
class Aggregate(Operator):
    """Groups and their aggregates. Output: the grouping columns, then the aggregates.

    Each grouping is a Named of any expression without aggregates; each aggregate is a Named of one AggregateCall. What a
    query computes from aggregates is a Project above. ``is_pivot``: it came from ``pivot``, which cannot stream.
    """

    child: Operator
    grouping: tuple[Named, ...]
    aggregates: tuple[Named, ...]
    is_pivot: bool = False

    @property
    def output(self) -> tuple[Attribute, ...]:
        """Grouping columns, then aggregates."""
        return tuple(column.attribute for column in (*self.grouping, *self.aggregates))


@dataclass(frozen=True, slots=True)
class Expand(Operator):
    """Each row once per projection (grouping sets, cube, rollup, unpivot, several time windows)."""

    child: Operator
    projections: tuple[tuple[Typed, ...], ...]
    output: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class Window(Operator):
    """The child's columns and, after them, window functions (each a Named of a WindowCall)."""

    child: Operator
    calls: tuple[Named, ...]

    @property
    def output(self) -> tuple[Attribute, ...]:
        """The child's columns, then the calls."""
        return (*self.child.output, *(call.attribute for call in self.calls))


@dataclass(frozen=True, slots=True)
class Sort(SameColumns):
    """Rows in order."""

    child: Operator
    keys: tuple[SortKey, ...]


@dataclass(frozen=True, slots=True)
class Limit(SameColumns):
    """``count`` rows (None: all) after the first ``offset``."""

    child: Operator
    count: int | None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Tail(SameColumns):
    """The last ``count`` rows."""

    child: Operator
    count: int


@dataclass(frozen=True, slots=True)
class Sample(SameColumns):
    """A random part of the rows: [lower, upper) of the unit interval per row, or Poisson(upper) copies."""

    child: Operator
    lower: float
    upper: float
    with_replacement: bool
    seed: int


@dataclass(frozen=True, slots=True)
class Distinct(SameColumns):
    """One row per key (all columns when ``keys`` is empty); the first seen stays.

    ``within_watermark``: a key is forgotten ``delay`` after its event time (streams only).
    """

    child: Operator
    keys: tuple[Attribute, ...]
    within_watermark: bool = False


@dataclass(frozen=True, slots=True)
class Union(Operator):
    """All rows of all inputs, column by position; types already agree."""

    inputs: tuple[Operator, ...]
    output: tuple[Attribute, ...]

    @property
    def children(self) -> tuple[Operator, ...]:
        """The inputs."""
        return self.inputs


@dataclass(frozen=True, slots=True)
class SetOperation(Operator):
    """``kind``: intersect or except, by position, null equal to null."""

    left: Operator
    right: Operator
    kind: str
    is_all: bool
    output: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class Recursive(Operator):
    """The left's rows, then ``right`` over and over until it gives none: its placeholder ``name`` is its own last rows.

    ``enough``: rows after which nobody asks for more (None: all).
    """

    left: Operator
    right: Operator
    name: str
    most_levels: int
    most_rows: int
    output: tuple[Attribute, ...]
    enough: int | None = None


@dataclass(frozen=True, slots=True)
class Join(Operator):
    """``kind``: inner, left, right, full, semi, anti. No condition: every pair.

    Output: left's columns, then right's (semi and anti: left's only), nullable where the join can leave them empty. A
    ``using`` join is a Project above.
    """

    left: Operator
    right: Operator
    kind: str
    condition: Typed | None
    output: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class Generate(Operator):
    """The child's columns, then the generator's columns, a row per generated row."""

    child: Operator
    generator: GeneratorCall
    generated: tuple[Attribute, ...]

    @property
    def output(self) -> tuple[Attribute, ...]:
        """The child's columns, then the generated."""
        return (*self.child.output, *self.generated)


@dataclass(frozen=True, slots=True)
class Watermark(Operator):
    """Rows pass; the largest event time seen moves the query's watermark.

    ``output``'s event-time attribute carries :data:`~workbench.engine.plan.typed.WATERMARK_DELAY`. ``mark`` tells several
    watermarks of a query apart: nodes of one mark are uses of one frame and move together (Spark: EventTimeWatermark.nodeId).
    """

    child: Operator
    column: Attribute
    delay_ms: int
    output: tuple[Attribute, ...]
    mark: int


@dataclass(frozen=True, slots=True)
class Observe(SameColumns):
    """Rows pass; the metrics (aggregates over all rows) are published under ``name``."""

    child: Operator
    name: str
    metrics: Operator


@dataclass(frozen=True, slots=True)
class MapBatches(Operator):
    """A Python function over batches (``mapInPandas``, ``mapInArrow``)."""

    child: Operator
    function: PythonFunction
    output: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class GroupMap(Operator):
    """A Python function over each group (``applyInPandas``, ``applyInArrow``). The child holds keys and values."""

    child: Operator
    grouping: tuple[Attribute, ...]
    values: tuple[Attribute, ...]
    function: PythonFunction
    output: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class CoGroupMap(Operator):
    """A Python function over each pair of groups of equal keys."""

    left: Operator
    right: Operator
    left_grouping: tuple[Attribute, ...]
    right_grouping: tuple[Attribute, ...]
    left_values: tuple[Attribute, ...]
    right_values: tuple[Attribute, ...]
    function: PythonFunction
    output: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class GroupStateMap(Operator):
    """``applyInPandasWithState``."""

    child: Operator
    grouping: tuple[Attribute, ...]
    values: tuple[Attribute, ...]
    function: PythonFunction
    output: tuple[Attribute, ...]
    state_schema: StructType
    output_mode: str
    timeout: str


@dataclass(frozen=True, slots=True)
class TransformWithState(Operator):
    """``transformWithState`` and ``transformWithStateInPandas``."""

    child: Operator
    grouping: tuple[Attribute, ...]
    values: tuple[Attribute, ...]
    function: PythonFunction
    output: tuple[Attribute, ...]
    output_mode: str
    time_mode: str
    event_time_column: str = ""
    initial: Operator | None = None
    initial_grouping: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class PythonTable(Operator):
    """A Python table function: each input row gives rows; lateral to the child when there is one.

    ``keywords``: the names of the last arguments, given by name. ``analysis``: what the function's ``analyze`` answered, pickled.
    """

    child: Operator
    function: PythonFunction
    arguments: tuple[Typed, ...]
    generated: tuple[Attribute, ...]
    keywords: tuple[str, ...] = ()
    analysis: bytes = b""

    @property
    def output(self) -> tuple[Attribute, ...]:
        """The child's columns, then the generated."""
        return (*self.child.output, *self.generated)


@dataclass(frozen=True, slots=True)
class PythonTableOver(Operator):
    """A Python table function over a table: the child's rows, in their order, are its calls.

    ``arguments`` are columns of the child, the one at ``table_at`` the table's row as a struct. Rows whose ``partition`` is the same stand
    side by side and are one partition; ``is_single``: all rows are one. ``keywords`` and ``analysis`` as :class:`PythonTable`. ``kept``:
    columns of the child beside which the function's rows stand.
    """

    child: Operator
    function: PythonFunction
    arguments: tuple[Attribute, ...]
    generated: tuple[Attribute, ...]
    table_at: int
    keywords: tuple[str, ...] = ()
    analysis: bytes = b""
    partition: tuple[Attribute, ...] = ()
    is_single: bool = False
    kept: tuple[Attribute, ...] = ()

    @property
    def output(self) -> tuple[Attribute, ...]:
        """The kept columns, then the generated."""
        return (*self.kept, *self.generated)
