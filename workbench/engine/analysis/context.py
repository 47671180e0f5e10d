"""What the analysis asks of its surroundings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql.types import StructType
    from pyspark.sql.udtf import AnalyzeResult

    from workbench.engine.analysis.scope import Resolved
    from workbench.engine.plan.expressions import Expression
    from workbench.engine.plan.python_function import PythonFunction
    from workbench.engine.plan.relations import PythonTableFunction, Relation
    from workbench.engine.plan.typed import Typed


class Context(Protocol):
    """A session as the analysis sees it."""

    conf: Callable[[str], str]
    """``conf(key)``: session configuration, defaults filled in."""

    def table(
        self, parts: tuple[str, ...], is_streaming: bool, options: Mapping[str, str]
    ) -> Relation | Resolved:
        """Return what a table name stands for: a view's plan, or a table already understood.

        Raises
        ------
        AnalysisError
            ``TABLE_OR_VIEW_NOT_FOUND``.
        """

    def source(
        self,
        name: str | None,
        schema: StructType | None,
        options: Mapping[str, str],
        paths: tuple[str, ...],
        is_streaming: bool,
    ) -> Resolved:
        """Return the scan of a format; ``spark.read`` or ``spark.readStream``."""

    def function(self, name: str) -> PythonFunction | None:
        """Return a registered Python function."""

    def table_function(self, name: str) -> PythonTableFunction | None:
        """Return a registered Python table function."""

    def analyze(
        self,
        function: PythonFunction,
        arguments: tuple[Typed | StructType, ...],
        keywords: tuple[str, ...],
    ) -> tuple[AnalyzeResult, bytes]:
        """Ask a Python table function for its columns, and what it wants of a table.

        ``keywords`` are the names of the last arguments; a table is told by its columns. The answer comes pickled too.
        """

    def cached(self, relation_id: str) -> Resolved:
        """Return a relation the server keeps for the client."""

    def catalog_call(self, kind: str, parameters: Mapping[str, object]) -> Resolved:
        """Return the table a ``spark.catalog`` call answers."""

    def parse_expression(self, text: str) -> Expression:
        """Parse an expression's SQL text."""

    def parse_query(
        self, text: str, named: Mapping[str, Expression], positional: tuple[Expression, ...]
    ) -> Relation:
        """Parse a query's SQL text with its parameters."""

    def infer(self, name: str, texts: object, options: Mapping[str, str]) -> StructType:
        """Return the columns of texts in a format."""

    def is_constant(self, expression: Typed) -> bool:
        """Whether an expression has one value, known without any row."""

    def value(self, constant: Typed) -> object:
        """Return the value of such an expression."""

    def rows(self, resolved: Resolved) -> object:
        """Run an understood plan now and return its Arrow table (pivot values, transpose, statistics)."""
