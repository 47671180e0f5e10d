"""Messages to plans, piece by piece."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pyspark.sql import Row
from pyspark.sql import types as t
from pyspark.sql.connect.proto import expressions_pb2

from workbench.base.errors import AnalysisError, Unsupported
from workbench.connect.convert import literals
from workbench.connect.convert.context import Context
from workbench.connect.convert.expressions import expression
from workbench.connect.convert.names import parse_name
from workbench.engine.plan import expressions as e

CONTEXT = Context(parse_ddl=None, blob=None, peek=None)
Literal = expressions_pb2.Expression.Literal


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ("`a.b`.c", ("a.b", "c")),
        ("`a``b`", ("a`b",)),
        ("a b", ("a b",)),
    ],
)
def test_names_are_split_at_dots_outside_backticks(text, parts):
    assert parse_name(text) == parts


@pytest.mark.parametrize("text", ["", "a.", ".a", "`a", "a`b`", "`a`b"])
def test_a_name_that_cannot_be_read_is_refused(text):
    with pytest.raises(AnalysisError, match="INVALID_ATTRIBUTE_NAME_SYNTAX"):
        parse_name(text)


def test_a_decimal_without_precision_gets_its_own():
    message = Literal(decimal=Literal.Decimal(value="12.345"))
    assert literals.literal(message, None) == e.Literal(Decimal("12.345"), t.DecimalType(5, 3))


def test_an_array_takes_its_type_from_its_elements_when_the_client_gives_none():
    message = Literal()
    message.array.elements.add(integer=1)
    assert literals.literal(message, None) == e.Literal([1], t.ArrayType(t.IntegerType()))


def test_a_specialized_array_has_no_nulls():
    message = Literal()
    message.specialized_array.longs.values.extend([1, 2])
    kind = t.ArrayType(t.LongType(), containsNull=False)
    assert literals.literal(message, None) == e.Literal([1, 2], kind)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, t.LongType()),
        (True, t.BooleanType()),
        (3, t.LongType()),
        (0.5, t.DoubleType()),
        ("x", t.StringType()),
        (Decimal("1.50"), t.DecimalType(5, 2)),
        ([1, None], t.ArrayType(t.IntegerType())),
        ({"a": 1}, t.MapType(t.StringType(), t.LongType())),
        (Row(a=1, b="x"), t.StructType().add("a", "long").add("b", "string")),
    ],
)
def test_a_metric_reaches_the_client_as_it_was(value, kind):
    from pyspark.sql.connect.expressions import LiteralExpression

    assert LiteralExpression._to_value(literals.to_proto(value, kind)) == value


def test_a_window_frame_keeps_its_bounds():
    message = expressions_pb2.Expression()
    message.window.window_function.unresolved_function.function_name = "sum"
    frame = message.window.frame_spec
    frame.frame_type = 1
    frame.lower.unbounded = True
    frame.upper.value.literal.integer = -1
    assert expression(message, CONTEXT).frame == e.Frame("rows", e.Bound(None), e.Bound(-1))


def test_a_pattern_without_backticks_is_a_name():
    message = expressions_pb2.Expression()
    message.unresolved_regex.col_name = "`a.*`"
    assert expression(message, CONTEXT) == e.Regex("a.*")
    message.unresolved_regex.col_name = "a"
    assert expression(message, CONTEXT) == e.Name(("a",))


def test_a_scala_function_is_refused():
    message = expressions_pb2.Expression()
    message.common_inline_user_defined_function.scalar_scala_udf.payload = b"x"
    with pytest.raises(Unsupported, match="JVM"):
        expression(message, CONTEXT)


def test_a_subquery_nobody_sent_is_refused():
    message = expressions_pb2.Expression()
    message.subquery_expression.plan_id = 7
    message.subquery_expression.subquery_type = 1
    with pytest.raises(AnalysisError, match="UNKNOWN_SUBQUERY"):
        expression(message, CONTEXT)
