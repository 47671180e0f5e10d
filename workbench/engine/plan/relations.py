"""Relations as a user wrote them: the neutral plan where Spark Connect messages and SQL text meet.

The analysis turns them into the operators of :mod:`workbench.engine.plan.operators`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.engine.plan.typed import next_id

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.types import DataType, StructType

    from workbench.engine.plan.expressions import Expression, Literal, SortOrder
    from workbench.engine.plan.python_function import PythonFunction


class Relation:
    """The base of all relations."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Tagged(Relation):
    """A relation with the client's ``plan_id``, which ``df.column`` references name."""

    child: Relation
    plan_id: int


@dataclass(frozen=True, slots=True)
class ReadTable(Relation):
    """A table or view by name."""

    parts: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    is_streaming: bool = False


@dataclass(frozen=True, slots=True)
class ReadSource(Relation):
    """``spark.read`` or ``spark.readStream``. ``schema``: DDL or JSON text as the user gave it, "" for none."""

    format: str | None
    schema: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    predicates: tuple[str, ...] = ()
    is_streaming: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class LocalData(Relation):
    """Rows sent by the client."""

    table: pa.Table
    schema: StructType


@dataclass(frozen=True, slots=True)
class Range(Relation):
    """``spark.range``: a column ``id`` of longs, ``end`` excluded."""

    start: int
    end: int
    step: int


@dataclass(frozen=True, slots=True)
class Values(Relation):
    """SQL ``VALUES``; columns are ``col1, col2, …``."""

    rows: tuple[tuple[Expression, ...], ...]


@dataclass(frozen=True, slots=True)
class OneRow(Relation):
    """One row of no columns (``SELECT 1``)."""


@dataclass(frozen=True, slots=True)
class SqlQuery(Relation):
    """SQL text with its parameters; the analysis parses it through ``engine.sql``."""

    text: str
    named: Mapping[str, Expression] = field(default_factory=dict)
    positional: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class WithNames(Relation):
    """Named sub-plans in scope of the child: SQL ``WITH`` and the client's named references."""

    child: Relation
    names: tuple[tuple[str, Relation], ...]


@dataclass(frozen=True, slots=True)
class Recursive(Relation):
    """A named query of ``WITH RECURSIVE`` that reads itself: rows to begin with ``UNION ALL`` what a step makes of the last.

    ``max_level``: how many steps there may be; None: what the session says.
    """

    name: str
    child: Relation
    columns: tuple[str, ...] = ()
    max_level: int | None = None


@dataclass(frozen=True, slots=True)
class LastRows(Relation):
    """The rows of a recursive query's last step, read inside its next."""

    key: str
    schema: StructType


@dataclass(frozen=True, slots=True)
class Cached(Relation):
    """A relation the server keeps for the client (``foreachBatch``'s frame, checkpoints)."""

    relation_id: str


@dataclass(frozen=True, slots=True)
class Project(Relation):
    """``select``. With no child: one row."""

    child: Relation | None
    expressions: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Filter(Relation):
    """``where``."""

    child: Relation
    condition: Expression


@dataclass(frozen=True, slots=True)
class Aggregate(Relation):
    """``groupBy().agg()``. The output is the grouping columns, then the aggregates, unless ``from_sql``.

    ``kind``: groupby, rollup, cube, grouping_sets, pivot. ``from_sql``: aggregates are the whole select list.
    """

    child: Relation
    kind: str
    grouping: tuple[Expression, ...]
    aggregates: tuple[Expression, ...]
    grouping_sets: tuple[tuple[Expression, ...], ...] = ()
    pivot: Expression | None = None
    pivot_values: tuple[Expression, ...] = ()
    having: Expression | None = None
    from_sql: bool = False


@dataclass(frozen=True, slots=True)
class Join(Relation):
    """``kind``: inner, left, right, full, semi, anti, cross. ``natural`` comes from SQL only."""

    left: Relation
    right: Relation
    kind: str
    condition: Expression | None = None
    using: tuple[str, ...] = ()
    natural: bool = False
    lateral: bool = False


@dataclass(frozen=True, slots=True)
class AsOfJoin(Relation):
    """``merge_asof`` of pandas-on-Spark."""

    left: Relation
    right: Relation
    left_on: Expression
    right_on: Expression
    kind: str
    condition: Expression | None = None
    using: tuple[str, ...] = ()
    tolerance: Expression | None = None
    allow_exact_matches: bool = True
    direction: str = "backward"


@dataclass(frozen=True, slots=True)
class SetOperation(Relation):
    """``kind``: union, intersect, except."""

    left: Relation
    right: Relation
    kind: str
    is_all: bool
    by_name: bool = False
    allow_missing_columns: bool = False


@dataclass(frozen=True, slots=True)
class Sort(Relation):
    """``orderBy`` (global) or ``sortWithinPartitions``."""

    child: Relation
    order: tuple[SortOrder, ...]
    is_global: bool = True


@dataclass(frozen=True, slots=True)
class Limit(Relation):
    """The first ``count`` rows."""

    child: Relation
    count: Expression | int


@dataclass(frozen=True, slots=True)
class Offset(Relation):
    """All rows but the first ``count``."""

    child: Relation
    count: Expression | int


@dataclass(frozen=True, slots=True)
class Tail(Relation):
    """The last ``count`` rows."""

    child: Relation
    count: int


@dataclass(frozen=True, slots=True)
class Drop(Relation):
    """Without these columns; a name that is not there is ignored."""

    child: Relation
    columns: tuple[Expression, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deduplicate(Relation):
    """``dropDuplicates``; ``columns`` empty with ``all_columns``: ``distinct``.

    ``is_grouping``: SQL's ``DISTINCT``, which Spark plans as an aggregation; over a stream that is not the same.
    """

    child: Relation
    columns: tuple[str, ...] = ()
    all_columns: bool = False
    within_watermark: bool = False
    is_grouping: bool = False


@dataclass(frozen=True, slots=True)
class Sample(Relation):
    """A fraction [lower, upper) of the rows."""

    child: Relation
    lower: float
    upper: float
    with_replacement: bool = False
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class SubqueryAlias(Relation):
    """A name for a relation's columns; ``columns`` renames them (SQL ``AS t(a, b)``)."""

    child: Relation
    parts: tuple[str, ...]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repartition(Relation):
    """A wish about layout; rows are the same."""

    child: Relation
    count: int | None = None
    expressions: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Hint(Relation):
    """A wish about strategy; rows are the same."""

    child: Relation
    name: str
    parameters: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class ToDF(Relation):
    """All columns renamed, in order."""

    child: Relation
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WithColumns(Relation):
    """Columns added or replaced by name."""

    child: Relation
    aliases: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class RenameColumns(Relation):
    """Columns renamed; unknown names are ignored."""

    child: Relation
    renames: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ToSchema(Relation):
    """Columns reordered and cast to a schema (``df.to``)."""

    child: Relation
    schema: StructType


@dataclass(frozen=True, slots=True)
class Watermark(Relation):
    """``withWatermark``.

    Attributes
    ----------
    delay : str
        The interval text.
    mark : int
        Which watermark this is. A view or frame that is used twice has one.
    """

    child: Relation
    column: str
    delay: str
    mark: int = field(default_factory=next_id, compare=False)


@dataclass(frozen=True, slots=True)
class Unpivot(Relation):
    """``unpivot`` / ``melt``; ``values`` None: all columns that are no id."""

    child: Relation
    ids: tuple[Expression, ...]
    values: tuple[Expression, ...] | None
    variable_name: str
    value_name: str


@dataclass(frozen=True, slots=True)
class Transpose(Relation):
    """Rows become columns."""

    child: Relation
    index: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class TableFunction(Relation):
    """``range``, ``explode`` and others, used as a table; or a registered Python table function."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class PythonTableFunction(Relation):
    """An inline Python table function (``udtf``); ``return_type`` None: ``analyze`` decides."""

    function: PythonFunction
    arguments: tuple[Expression, ...]
    return_type: DataType | None = None


@dataclass(frozen=True, slots=True)
class LateralView(Relation):
    """SQL ``LATERAL VIEW [OUTER] generator alias AS columns``."""

    child: Relation
    generator: Expression
    outer: bool
    alias: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parse(Relation):
    """Rows parsed from a column of text (``spark.read.json(df)``). ``format``: csv or json."""

    child: Relation
    format: str
    schema: StructType | None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observe(Relation):
    """``df.observe``: named metrics computed on the way."""

    child: Relation
    name: str
    metrics: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class FillNulls(Relation):
    """``na.fill``: one value for all columns of its type, or one per column."""

    child: Relation
    columns: tuple[str, ...]
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class DropNulls(Relation):
    """``na.drop``: rows with fewer than ``min_non_nulls`` values go (None: rows with any null)."""

    child: Relation
    columns: tuple[str, ...]
    min_non_nulls: int | None


@dataclass(frozen=True, slots=True)
class Replace(Relation):
    """``na.replace``: pairs of old and new value."""

    child: Relation
    columns: tuple[str, ...]
    replacements: tuple[tuple[Literal, Literal], ...]


@dataclass(frozen=True, slots=True)
class Statistic(Relation):
    """``summary describe crosstab cov corr approx_quantile freq_items``; ``parameters`` as the client named them."""

    child: Relation
    kind: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SampleBy(Relation):
    """A fraction per value of a column."""

    child: Relation
    column: Expression
    fractions: tuple[tuple[Literal, float], ...]
    seed: int | None


@dataclass(frozen=True, slots=True)
class ShowText(Relation):
    """``show()``: one row, one column, the table as text. ``html``: as a notebook shows it."""

    child: Relation
    rows: int
    truncate: int
    vertical: bool = False
    html: bool = False


@dataclass(frozen=True, slots=True)
class CatalogCall(Relation):
    """``spark.catalog.…``; the result is a table. ``parameters`` as the client named them."""

    kind: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MapBatches(Relation):
    """``mapInPandas``, ``mapInArrow``."""

    child: Relation
    function: PythonFunction


@dataclass(frozen=True, slots=True)
class GroupMap(Relation):
    """``applyInPandas``, ``applyInArrow``, and ``transformWithState`` when ``stateful`` is given."""

    child: Relation
    grouping: tuple[Expression, ...]
    function: PythonFunction
    sorting: tuple[SortOrder, ...] = ()
    stateful: StatefulInfo | None = None


@dataclass(frozen=True, slots=True)
class StatefulInfo:
    """What ``transformWithState`` adds to a group map."""

    output_mode: str
    time_mode: str
    output_schema: StructType
    event_time_column: str = ""
    initial: Relation | None = None
    initial_grouping: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class CoGroupMap(Relation):
    """``cogroup().applyInPandas`` / ``applyInArrow``."""

    left: Relation
    left_grouping: tuple[Expression, ...]
    right: Relation
    right_grouping: tuple[Expression, ...]
    function: PythonFunction


@dataclass(frozen=True, slots=True)
class GroupStateMap(Relation):
    """``applyInPandasWithState``."""

    child: Relation
    grouping: tuple[Expression, ...]
    function: PythonFunction
    output_schema: StructType
    state_schema: StructType
    output_mode: str
    timeout: str
