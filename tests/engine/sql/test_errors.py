"""What cannot be read names the condition, the token and the place; what is not supported says so."""

from __future__ import annotations

import pickle

import pytest
from pyspark.sql import types as t

from workbench.base.errors import AnalysisError, ParseError, Unsupported
from workbench.engine.plan.expressions import Alias, Function, Literal, Name
from workbench.engine.plan.relations import Project
from workbench.engine.sql import parse_expression, parse_identifier, parse_query, parse_statement

# Read off Apache Spark 4.2.
PLACES = [
    ("SELECT a b c FROM t", "'c'", "(line 1, pos 11)"),
    ("SELECT a\nFROM t\nWHERE a = 1 b", "'b'", "(line 3, pos 12)"),
    ("SELECT a FROM t u v", "'v'", "(line 1, pos 18)"),
    ("SELECT (1", "end of input", "(line 1, pos 9)"),
    ("FOO BAR", "'FOO'", "(line 1, pos 0)"),
    ("SELECT CASE WHEN a THEN 1 FROM t", "'FROM'", "(line 1, pos 26)"),
]


@pytest.mark.parametrize(("text", "token", "place"), PLACES)
def test_a_syntax_error_shows_the_token_and_its_place(text, token, place):
    with pytest.raises(ParseError) as caught:
        parse_statement(text)
    error = caught.value
    assert error.condition == "PARSE_SYNTAX_ERROR"
    assert error.parameters["error"] == token
    assert place in str(error)
    assert "^^^" in str(error)


def test_an_error_keeps_its_place_between_processes():
    with pytest.raises(ParseError) as caught:
        parse_statement("SELECT a b c")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_nothing_is_no_statement():
    with pytest.raises(ParseError) as caught:
        parse_statement("  ")
    assert caught.value.condition == "PARSE_EMPTY_STATEMENT"


UNSUPPORTED = [
    "SELECT TRANSFORM(a) USING 'cat' FROM t",
    "SELECT a:b.c FROM t",
    "SELECT * FROM t VERSION AS OF 3",
    "SELECT * FROM t UNPIVOT ((v, w) FOR n IN ((a, b)))",
    "FROM t INSERT INTO u SELECT a",
    "INSERT INTO t PARTITION (a = 1) SELECT 2",
    "INSERT OVERWRITE DIRECTORY '/tmp/x' SELECT 1",
    "CREATE VIEW v AS SELECT 1",
    "CREATE FUNCTION f AS 'x'",
    "CREATE TABLE t LIKE u",
    "CREATE TABLE t (a INT DEFAULT 3) USING parquet",
    "ALTER TABLE t ADD COLUMN a INT",
    "TRUNCATE TABLE t",
    "DELETE FROM t",
    "UPDATE t SET a = 1",
    "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE",
    "USE CATALOG c",
    "SHOW TABLE EXTENDED LIKE 'a'",
    "EXPLAIN CREATE TABLE t AS SELECT 1",
    "DECLARE x INT",
    "BEGIN SELECT 1; END",
]


@pytest.mark.parametrize("text", UNSUPPORTED)
def test_what_is_not_supported_is_named(text):
    with pytest.raises(Unsupported) as caught:
        parse_statement(text)
    assert caught.value.condition == "UNSUPPORTED_FEATURE.SQL"


def test_a_marker_without_a_value_is_named():
    with pytest.raises(AnalysisError) as caught:
        parse_statement("SELECT :missing")
    assert caught.value.condition == "UNBOUND_SQL_PARAMETER"
    assert caught.value.parameters == {"name": "missing"}
    with pytest.raises(AnalysisError) as caught:
        parse_statement("SELECT ?, ?", positional=(Literal(1, t.IntegerType()),))
    assert caught.value.parameters == {"name": "_10"}


def test_markers_take_their_values_in_order():
    values = tuple(Literal(number, t.IntegerType()) for number in (1, 2, 3))
    plan = parse_statement("SELECT (?), ? FROM t WHERE ? > 0", positional=values)
    assert plan.expressions == values[:2]
    assert plan.child.condition.arguments[0] == values[2]


def test_a_window_nobody_defined_is_named():
    for read in (parse_query, parse_expression):
        with pytest.raises(ParseError) as caught:
            read("SELECT sum(a) OVER w FROM t" if read is parse_query else "sum(a) OVER w")
        assert caught.value.condition == "MISSING_WINDOW_SPECIFICATION"


def test_too_deep_a_nesting_is_named_not_a_crash():
    with pytest.raises(ParseError) as caught:
        parse_statement(f"SELECT {'(' * 5000}1{')' * 5000}")
    assert caught.value.condition == "FAILED_TO_PARSE_TOO_COMPLEX"


def test_a_long_chain_is_no_deep_nesting():
    plan = parse_statement(f"SELECT {' OR '.join(f'a = {n}' for n in range(5000))}")
    assert isinstance(plan, Project)


def test_a_command_is_no_query():
    with pytest.raises(ParseError):
        parse_query("DROP TABLE t")


def test_an_expression_may_have_a_name():
    total = Function("+", (Name(("a",)), Literal(1, t.IntegerType())))
    assert parse_expression("a + 1 AS b") == Alias(total, ("b",))
    with pytest.raises(ParseError):
        parse_expression("a + 1 b c")


def test_a_watermark_of_an_expression_needs_a_name():
    with pytest.raises(ParseError) as caught:
        parse_query("SELECT * FROM STREAM t WATERMARK f(a) DELAY OF INTERVAL 1 SECOND")
    assert caught.value.condition == "REQUIRES_EXPLICIT_NAME_IN_WATERMARK_CLAUSE"


NAMES = [
    ("a", ("a",)),
    ("a.b.c", ("a", "b", "c")),
    ("`a.b`.c", ("a.b", "c")),
    ("`a``b`", ("a`b",)),
    ("1a.2b", ("1a", "2b")),
]


@pytest.mark.parametrize(("text", "parts"), NAMES)
def test_a_name_has_parts(text, parts):
    assert parse_identifier(text) == parts


@pytest.mark.parametrize("text", ["", "a.", "a b", "a..b", ".a", "a-b", "'a'"])
def test_what_is_no_name_is_refused(text):
    with pytest.raises(ParseError):
        parse_identifier(text)


def test_days_and_moments_of_the_run_are_left_to_the_run():
    assert parse_expression("DATE 'today'") == Function("current_date")
    assert parse_expression("TIMESTAMP 'now'") == Function("current_timestamp")
