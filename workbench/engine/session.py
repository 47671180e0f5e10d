"""One session of the engine: configuration, tables, functions, streams. The composition root."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.arrow_types import spark_schema
from workbench.base.ddl import parse_ddl, parse_type
from workbench.base.errors import ParseError
from workbench.engine.analysis import relations as _relations
from workbench.engine.analysis.analyzer import analyze
from workbench.engine.analysis.lowering import for_batch
from workbench.engine.analysis.relations.inputs import attributes
from workbench.engine.analysis.streaming_rules import check_batch
from workbench.engine.caching import Caching
from workbench.engine.commands import run_command
from workbench.engine.conf import SessionConf
from workbench.engine.connectors import registry
from workbench.engine.forks import fork
from workbench.engine.kept import KeptQueries
from workbench.engine.kernel.kernel import Kernel
from workbench.engine.kernel.running import stoppable
from workbench.engine.plan import operators as o
from workbench.engine.plan import relations as r
from workbench.engine.plan.walk import operators_of
from workbench.engine.results import CommandResult
from workbench.engine.rows import Rows
from workbench.engine.session_context import SessionContext
from workbench.engine.streaming.manager import StreamingQueryManager
from workbench.engine.tables import Tables
from workbench.engine.tree import plan_tree, schema_tree
from workbench.engine.workers.session_calls import SessionCalls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import SparkSession

    from workbench.engine.analysis.scope import Resolved
    from workbench.engine.connectors.contract import Connector
    from workbench.engine.plan.commands import Command
    from workbench.engine.plan.python_function import PythonFunction
    from workbench.engine.streaming.query import StreamingQuery

_RELATIONS = _relations.__all__
"""The analysis's table is filled by importing this package."""

USER_CODE = (
    "workbench.engine.kernel.python_work",
    "workbench.engine.operators.python_state.group_calls",
    "workbench.engine.operators.python_state.processor_calls",
)
"""The modules that call user code: what a worker imports before it is ready."""


@dataclass(frozen=True, slots=True)
class Analyzed:
    """A relation understood: its schema and what it reads."""

    operator: o.Operator
    kernel: Kernel
    kept: KeptQueries

    @property
    def schema(self) -> t.StructType:
        """The columns."""
        return schema_of(self.operator)

    @property
    def is_streaming(self) -> bool:
        """Whether a streaming source is read."""
        return any(isinstance(one, o.StreamScan) for one in operators_of(self.operator))

    @property
    def is_local(self) -> bool:
        """Whether the rows are at hand without running anything."""
        return isinstance(self.operator, o.LocalTable)

    @property
    def input_files(self) -> Sequence[str]:
        """The files read."""
        scans = [one for one in operators_of(self.operator) if isinstance(one, o.Scan)]
        return [path for scan in scans for path in getattr(scan.reader, "files", ())]

    def tree(self, level: int | None = None) -> str:
        """Return ``printSchema``'s text."""
        return schema_tree(self.schema, level)

    def explain(self, mode: str) -> str:
        """Return the plan as text; the physical plan is DataFusion's."""
        physical = "== Physical Plan ==\n" + self._physical()
        if mode == "simple":
            return physical
        return f"== Analyzed Logical Plan ==\n{plan_tree(self.operator)}\n{physical}"

    def _physical(self) -> str:
        """DataFusion's own plan, where it would plan all: a stream has several, and what is kept would be read to plan it."""
        used = self.kept.use(self.operator)
        if self.is_streaming or used is not self.operator:
            return plan_tree(used)
        return self.kernel.explain(for_batch(self.operator))


def schema_of(operator: o.Operator) -> t.StructType:
    """Return an operator's columns as a Spark schema."""
    fields = [
        t.StructField(a.name, a.type, a.nullable, _metadata(a.metadata)) for a in operator.output
    ]
    return t.StructType(fields)


def _metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if not key.startswith("spark.timeWindow")}


def sql_text(relation: r.Relation) -> r.SqlQuery | None:
    """Return the SQL text a relation is, whatever plan ids and names stand around it."""
    while isinstance(relation, (r.Tagged, r.WithNames)):
        relation = relation.child
    return relation if isinstance(relation, r.SqlQuery) else None


@dataclass(eq=False)
class EngineSession:
    """One session. Every call may come from any thread.

    Attributes
    ----------
    conf : SessionConf
        Its configuration.
    tables : Tables
        Its views and the catalogue's tables.
    functions, table_functions : dict
        Registered Python functions, by lower-case name.
    data_sources : dict
        Registered Python data sources, by lower-case name.
    streams : StreamingQueryManager
        Its streaming queries.
    cached : dict
        Relations the client knows by an id: tables or plans.
    kept : KeptQueries
        Queries whose rows stay in memory; shared with clones.
    caching : Caching
        How this session asks for that.
    client : callable or None
        Returns the session's own PySpark client, for functions that run here.
    """

    conf: SessionConf = field(default_factory=SessionConf)
    kernel: Kernel = field(default_factory=Kernel)
    functions: dict[str, PythonFunction] = field(default_factory=dict)
    table_functions: dict[str, r.PythonTableFunction] = field(default_factory=dict)
    data_sources: dict[str, Connector] = field(default_factory=dict)
    cached: dict[str, Any] = field(default_factory=dict)
    kept: KeptQueries = field(default_factory=KeptQueries)
    client: Callable[[], SparkSession] | None = None

    def __post_init__(self) -> None:
        self.calls = SessionCalls(self.conf, USER_CODE)
        self.kernel = self.kernel.calling(self.calls)
        self.streams = StreamingQueryManager()
        self.tables = Tables(self)
        self.context = SessionContext(self)
        self.caching = Caching(self)

    def understand(self, relation: r.Relation) -> Resolved:
        """Return the operators of a relation; nothing runs."""
        return analyze(relation, self.context)

    def analyze(self, relation: r.Relation) -> Analyzed:
        """Return a relation's schema and plan; nothing runs."""
        return Analyzed(self.understand(relation).operator, self.kernel, self.kept)

    def run(self, operator: o.Operator, observed: dict[str, pa.Table] | None = None) -> pa.Table:
        """Return the rows of a batch operator, columns in the kernel's names."""
        check_batch(operator)
        return self.kernel.run(for_batch(self.kept.use(operator)), observed=observed)

    def execute(
        self, relation: r.Relation, observed: dict[str, pa.Table], cancel: threading.Event
    ) -> Rows:
        """Run a relation; see :class:`workbench.connect.engine.EngineSession`."""
        with stoppable(cancel):
            operator = self.understand(relation).operator
        check_batch(operator)
        return Rows(schema_of(operator), self.kept.use(operator), self.kernel, observed, cancel)

    def connector(self, name: str | None) -> Connector:
        """Return the connector of a format, the session's own data sources among them; None: the default format."""
        return registry.find(name or self.conf("spark.sql.sources.default"), self.data_sources)

    def schema_of(self, operator: o.Operator) -> t.StructType:
        """Return an operator's columns."""
        return schema_of(operator)

    def local_table(self, table: pa.Table) -> o.LocalTable:
        """Return the operator of a table at hand."""
        return o.LocalTable(table, attributes(spark_schema(table.schema)))

    def run_command(self, command: Command, cancel: threading.Event) -> CommandResult:
        """Run a command to its end (a stream: until it has started)."""
        return run_command(self, command, cancel)

    def fork(self, query: StreamingQuery, name: str, settings: Mapping[str, Any]) -> StreamingQuery:
        """Start a query once more beside itself; see :func:`workbench.engine.forks.fork`."""
        return fork(self, query, name, settings)

    def run_sql(self, relation: r.Relation, cancel: threading.Event) -> CommandResult:
        """Look at SQL text: a query is handed back to run later, a command runs now."""
        text = sql_text(relation)
        if text is None:
            return CommandResult(relation=relation)
        made = self.context.parse_statement(text.text, text.named, text.positional)
        if isinstance(made, r.Relation):
            return CommandResult(relation=relation)
        result = run_command(self, made, cancel)
        return CommandResult(table=pa.table({}) if result.table is None else result.table)

    def run_statement(self, command: Command) -> r.Relation:
        """Run a command found where a query was expected; return its answer as a relation."""
        result = run_command(self, command, threading.Event())
        if result.relation is not None:
            return result.relation
        table = result.table if result.table is not None else pa.table({})
        return r.LocalData(table, spark_schema(table.schema))

    def parse_ddl(self, text: str) -> t.DataType:
        """Return a type written as DDL: columns, or one type."""
        try:
            return parse_ddl(text)
        except ParseError:
            return parse_type(text)

    def clone(self) -> EngineSession:
        """Return a new session with a copy of this one's configuration, views and functions, and no streams."""
        copies = dict(self.functions), dict(self.table_functions), dict(self.data_sources)
        made = EngineSession(self.conf.copy(), self.kernel, *copies, kept=self.kept)
        made.tables = Tables(made, self.tables)
        return made

    def close(self) -> None:
        """Stop every stream and end every worker."""
        for query in tuple(self.streams.active):
            query.stop()
        self.calls.close()
