"""SQL text to the neutral plan."""

from workbench.engine.sql.identifiers import parse_identifier
from workbench.engine.sql.parser import parse_expression, parse_query, parse_statement

__all__ = ["parse_expression", "parse_identifier", "parse_query", "parse_statement"]
