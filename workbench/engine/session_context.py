"""A session as the analysis sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql.types import StructType

from workbench.base.errors import AnalysisError
from workbench.engine.analysis.relations.inputs import attributes, one_row
from workbench.engine.analysis.scope import Resolved, Scope
from workbench.engine.connectors.options import with_paths
from workbench.engine.plan import operators as o
from workbench.engine.plan.relations import Relation
from workbench.engine.plan.typed import (
    SUBQUERIES,
    Attribute,
    Named,
    PythonCall,
)
from workbench.engine.plan.walk import has
from workbench.engine.streaming.pushdown import is_deterministic

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from pyspark.sql.udtf import AnalyzeArgument, AnalyzeResult

    from workbench.engine.plan.commands import Command
    from workbench.engine.plan.expressions import Expression
    from workbench.engine.plan.python_function import PythonFunction
    from workbench.engine.plan.relations import PythonTableFunction
    from workbench.engine.plan.typed import Typed
    from workbench.engine.session import EngineSession

_OF_ROWS = (Attribute, PythonCall, *SUBQUERIES)


@dataclass(frozen=True, slots=True)
class SessionContext:
    """Answers the analysis's questions from one session."""

    session: EngineSession

    def conf(self, key: str) -> str:
        """Return a setting."""
        return self.session.conf(key)

    def table(
        self, parts: tuple[str, ...], is_streaming: bool, options: Mapping[str, str]
    ) -> Relation | Resolved:
        """Return what a table name stands for."""
        return self.session.tables.find(parts, is_streaming, options)

    def source(
        self,
        name: str | None,
        schema: StructType | None,
        options: Mapping[str, str],
        paths: tuple[str, ...],
        is_streaming: bool,
    ) -> Resolved:
        """Return the scan of a format."""
        connector = self.session.connector(name)
        wanted = connector.source if is_streaming else connector.read
        if wanted is None:
            way = "streamed reading" if is_streaming else "reading"
            raise AnalysisError("UNSUPPORTED_DATA_SOURCE_MODE", source=connector.name, operator=way)
        given = with_paths(options, paths)
        asked = None if is_streaming else (connector.name, given, schema)
        kept = None if asked is None else self.session.kept.reader(asked)
        if kept is not None:
            return Resolved(o.Scan(kept, attributes(kept.schema), asked), Scope(()))
        columns = schema
        if connector.schema is not None:
            columns = connector.schema(given, schema, is_streaming, self.conf)
        output = attributes(columns)
        if is_streaming:
            made: o.Operator = o.StreamScan(connector.name, given, columns, output)
        else:
            made = o.Scan(connector.read(given, columns, self.conf), output, asked)
        return Resolved(made, Scope(()))

    def function(self, name: str) -> PythonFunction | None:
        """Return a registered Python function."""
        return self.session.functions.get(name.lower())

    def table_function(self, name: str) -> PythonTableFunction | None:
        """Return a registered Python table function."""
        return self.session.table_functions.get(name.lower())

    def analyze(
        self,
        function: PythonFunction,
        arguments: tuple[Typed | StructType, ...],
        keywords: tuple[str, ...],
    ) -> tuple[AnalyzeResult, bytes]:
        """Ask a Python table function for its columns, in this process."""
        from workbench.engine.kernel.python_analysis import analyzed

        return analyzed(function, [self._told(one) for one in arguments], keywords)

    def _told(self, argument: Typed | StructType) -> AnalyzeArgument:
        """Return what ``analyze`` is told of an argument: its value too, where it has one whatever the row."""
        from pyspark.sql.udtf import AnalyzeArgument

        if isinstance(argument, StructType):
            return AnalyzeArgument(argument, None, isTable=True, isConstantExpression=False)
        constant = self.is_constant(argument)
        value = self.value(argument) if constant else None
        return AnalyzeArgument(argument.type, value, isTable=False, isConstantExpression=constant)

    @staticmethod
    def is_constant(expression: Typed) -> bool:
        """Whether an expression has one value, known without any row."""
        return is_deterministic(expression) and not has(expression, _OF_ROWS)

    def value(self, constant: Typed) -> object:
        """Return the value of an expression that needs no row."""
        from workbench.engine.kernel.python_values import user_list

        named = Named(constant, Attribute("value", constant.type, constant.nullable))
        rows = self.session.run(o.Project(one_row(), (named,)))
        return user_list(rows.column(0), constant.type)[0]

    def cached(self, relation_id: str) -> Resolved:
        """Return a relation kept for the client."""
        found = self.session.cached.get(relation_id)
        if found is None:
            raise AnalysisError("CACHED_RELATION_NOT_FOUND", relationId=relation_id)
        if isinstance(found, Relation):
            return self.session.understand(found)
        return Resolved(self.session.local_table(found), Scope(()))

    def catalog_call(self, kind: str, parameters: Mapping[str, object]) -> Resolved:
        """Return the table a catalogue call answers."""
        table = self.session.tables.call(kind, parameters)
        return Resolved(self.session.local_table(table), Scope(()))

    def parse_expression(self, text: str) -> Expression:
        """Parse an expression."""
        from workbench.engine.sql import parse_expression

        return parse_expression(text, self.conf("spark.sql.session.timeZone"))

    def parse_query(
        self, text: str, named: Mapping[str, Expression], positional: tuple[Expression, ...]
    ) -> Relation:
        """Parse a query with its parameters; a command where a query is expected runs, and its answer is the rows."""
        made = self.parse_statement(text, named, positional)
        if isinstance(made, Relation):
            return made
        return self.session.run_statement(made)

    def parse_statement(
        self, text: str, named: Mapping[str, Expression], positional: tuple[Expression, ...]
    ) -> Relation | Command:
        """Parse a statement with its parameters."""
        from workbench.engine.sql import parse_statement

        zone = self.conf("spark.sql.session.timeZone")
        return parse_statement(text, named=named, positional=positional, zone=zone)

    def rows(self, resolved: Resolved) -> pa.Table:
        """Run an understood plan now."""
        return self.session.run(resolved.operator)

    def infer(self, name: str, texts: pa.ChunkedArray, options: Mapping[str, str]) -> StructType:
        """Return the columns of texts in a format."""
        from workbench.engine.connectors.formats import infer

        return infer(name, texts, options)
