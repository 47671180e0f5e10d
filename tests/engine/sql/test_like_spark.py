"""What Apache Spark 4.2's parser said, recorded by ``record_spark.py``, is what ours says."""

from __future__ import annotations

import json
from functools import singledispatch
from pathlib import Path

import pytest
from pyspark.sql import types as t

from workbench.base.errors import WorkbenchError
from workbench.engine.plan import expressions as e
from workbench.engine.sql import parse_expression, parse_statement

FIXTURES = Path(__file__).parents[2] / "fixtures" / "sql"
STATEMENTS = json.loads((FIXTURES / "accepted.json").read_text("utf-8"))
EXPRESSIONS = json.loads((FIXTURES / "expressions.json").read_text("utf-8"))
MARKER = e.Literal(1, t.IntegerType())


def condition_of(text):
    """None when the text is read, else the error's condition."""
    try:
        parse_statement(text, {"x": MARKER}, (MARKER,))
    except WorkbenchError as error:
        return error.condition
    return None


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_statement_is_taken_or_refused_as_by_spark(text):
    assert condition_of(text) == STATEMENTS[text]


# Spark takes a missing expression for a column named FROM; here it is the mistake it looks like.
MISTAKES = ["SELECT FROM t", "SELECT a, FROM t", "SELECT 1 + FROM t"]


@pytest.mark.parametrize("text", MISTAKES)
def test_a_missing_expression_is_no_column_named_from(text):
    assert condition_of(text) == "PARSE_SYNTAX_ERROR"


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_operators_group_as_in_spark(text):
    expected = EXPRESSIONS[text].replace(" IS UNKNOWN", " IS NULL")
    assert spark_sql(parse_expression(text)) == expected


BINARY = {"==": "=", "and": "AND", "or": "OR"}
INFIX = {
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "|",
    "^",
    "<<",
    ">>",
    ">>>",
    "<",
    ">",
    "<=",
    ">=",
    "<=>",
    "div",
    *BINARY,
}
POSTFIX = {"isnull": "IS NULL", "isnotnull": "IS NOT NULL"}
PREFIX = {"not": "NOT ", "-": "- "}


@singledispatch
def spark_sql(node) -> str:
    """The text Spark's ``Expression.sql`` gives, with all parentheses."""
    raise NotImplementedError(type(node))


@spark_sql.register
def _(node: e.Name):
    return ".".join(node.parts)


@spark_sql.register
def _(node: e.Literal):
    return f"'{node.value}'" if isinstance(node.value, str) else str(node.value).lower()


@spark_sql.register
def _(node: e.Extract):
    return f"{spark_sql(node.child)}[{spark_sql(node.key)}]"


@spark_sql.register
def _(node: e.Cast):
    return f"CAST({spark_sql(node.child)} AS {node.type.simpleString().upper()})"


@spark_sql.register
def _(node: e.Function):
    parts = [spark_sql(argument) for argument in node.arguments]
    name = node.name
    if name in INFIX and len(parts) == 2:
        return f"({parts[0]} {BINARY.get(name, name)} {parts[1]})"
    if name in POSTFIX:
        return f"({parts[0]} {POSTFIX[name]})"
    if name in PREFIX:
        return f"({PREFIX[name]}{parts[0]})"
    return special(name, parts)


def special(name, parts):
    if name == "~":
        return f"~{parts[0]}"
    if name == "in":
        return f"({parts[0]} IN ({', '.join(parts[1:])}))"
    if name == "like":
        escape = f" ESCAPE {parts[2]}" if len(parts) > 2 else ""
        return f"{parts[0]} LIKE {parts[1]}{escape}"
    if name == "rlike":
        return f"RLIKE({', '.join(parts)})"
    if name == "when":
        branches = "".join(
            f" WHEN {test} THEN {value}"
            for test, value in zip(parts[::2], parts[1::2], strict=False)
        )
        return f"CASE{branches}{f' ELSE {parts[-1]}' if len(parts) % 2 else ''} END"
    return f"{name}({', '.join(parts)})"
