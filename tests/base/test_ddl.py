"""A schema is written as text, as Spark users write it; the answer is Spark's own types."""

from __future__ import annotations

import pytest
from pyspark.sql import types as t

from workbench.base.ddl import parse_ddl, parse_type
from workbench.base.errors import AnalysisError, ParseError

TYPES = [
    ("INT", t.IntegerType()),
    ("long", t.LongType()),
    ("byte", t.ByteType()),
    ("void", t.NullType()),
    ("decimal", t.DecimalType(10, 0)),
    ("numeric(4)", t.DecimalType(4, 0)),
    ("DEC(38, 18)", t.DecimalType(38, 18)),
    ("char(5)", t.CharType(5)),
    ("varchar( 7 )", t.VarcharType(7)),
    ("string", t.StringType()),
    ("string collate utf8_lcase", t.StringType("UTF8_LCASE")),
    ("timestamp", t.TimestampType()),
    ("timestamp_ltz", t.TimestampType()),
    ("timestamp without time zone", t.TimestampNTZType()),
    ("time(3)", t.TimeType(3)),
    ("interval", t.CalendarIntervalType()),
    ("interval day to second", t.DayTimeIntervalType(0, 3)),
    ("interval hour", t.DayTimeIntervalType(1, 1)),
    ("INTERVAL YEAR TO MONTH", t.YearMonthIntervalType(0, 1)),
    ("variant", t.VariantType()),
    ("geometry(4326)", t.GeometryType(4326)),
    (
        "array<map<string, array<int>>>",
        t.ArrayType(t.MapType(t.StringType(), t.ArrayType(t.IntegerType()))),
    ),
    ("struct<>", t.StructType([])),
    (
        "struct<b int not null comment 'q', c: date>",
        t.StructType(
            [
                t.StructField("b", t.IntegerType(), False, {"comment": "q"}),
                t.StructField("c", t.DateType()),
            ]
        ),
    ),
    ("int int", t.StructType([t.StructField("int", t.IntegerType())])),
    ('"long"', t.LongType()),
]


@pytest.mark.parametrize(("text", "expected"), TYPES, ids=[text for text, _ in TYPES])
def test_a_type_is_read(text, expected):
    assert parse_type(text) == expected


def test_columns_carry_nullability_and_comments():
    schema = parse_ddl(
        "a INT NOT NULL COMMENT 'it''s \\'q', `b c` STRING -- the name\n, select DATE"
    )
    assert schema == t.StructType(
        [
            t.StructField("a", t.IntegerType(), False, {"comment": "it's 'q"}),
            t.StructField("b c", t.StringType()),
            t.StructField("select", t.DateType()),
        ]
    )


def test_a_schema_survives_its_own_json():
    schema = parse_ddl(
        "a STRUCT<b: ARRAY<INT>>, m MAP<STRING, DECIMAL(10,2)>, i INTERVAL DAY TO SECOND"
    )
    assert parse_ddl(schema.json()) == schema


def test_a_struct_type_is_a_schema_too():
    assert parse_ddl("struct<a: int>") == parse_ddl("a int")


# Conditions and parameters as Apache Spark 4.2's StructType.fromDDL gives them.
REFUSED = [
    ("a foo", "UNSUPPORTED_DATATYPE", {"typeName": '"FOO"'}, "(line 1, pos 2)"),
    ("a int,", "PARSE_SYNTAX_ERROR", {"error": "end of input", "hint": ""}, "(line 1, pos 6)"),
    ("a: int", "PARSE_SYNTAX_ERROR", {"error": "':'", "hint": ""}, "(line 1, pos 1)"),
    ("a int b", "PARSE_SYNTAX_ERROR", {"error": "'b'", "hint": ""}, "(line 1, pos 6)"),
    ("a int,\nb int b", "PARSE_SYNTAX_ERROR", {"error": "'b'", "hint": ""}, "(line 2, pos 6)"),
    ("INT", "PARSE_SYNTAX_ERROR", {"error": "end of input", "hint": ""}, "(line 1, pos 3)"),
    ("a int(3)", "UNSUPPORTED_DATATYPE", {"typeName": '"INT(3)"'}, "(line 1, pos 2)"),
    ("a timestamp(3)", "UNSUPPORTED_DATATYPE", {"typeName": '"TIMESTAMP(3)"'}, "(line 1, pos 2)"),
    ("a char", "DATATYPE_MISSING_SIZE", {"type": '"CHAR"'}, "(line 1, pos 2)"),
    ("a array", "INCOMPLETE_TYPE_DEFINITION.ARRAY", {"elementType": "<INT>"}, "(line 1, pos 2)"),
    (
        "a interval second to day",
        "PARSE_SYNTAX_ERROR",
        {"error": "'to'", "hint": ""},
        "(line 1, pos 18)",
    ),
    (
        "a int default 3",
        "PARSE_SYNTAX_ERROR",
        {"error": "'default'", "hint": ""},
        "(line 1, pos 6)",
    ),
    ("é int", "INVALID_IDENTIFIER", {"ident": "é"}, "(line 1, pos 0)"),
    ("", "PARSE_EMPTY_STATEMENT", {}, "(line 1, pos 0)"),
]


@pytest.mark.parametrize(("text", "condition", "parameters", "where"), REFUSED)
def test_a_bad_schema_names_its_place(text, condition, parameters, where):
    with pytest.raises(ParseError) as caught:
        parse_ddl(text)
    assert (caught.value.condition, caught.value.parameters) == (condition, parameters)
    assert where in str(caught.value)


def test_too_wide_a_decimal_is_refused():
    with pytest.raises(ParseError, match="DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION"):
        parse_ddl("a decimal(50,2)")


def test_a_type_that_is_no_struct_is_no_schema():
    with pytest.raises(AnalysisError) as caught:
        parse_ddl('"long"')
    assert caught.value.condition == "INVALID_SCHEMA.NON_STRUCT_TYPE"
