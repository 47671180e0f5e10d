"""Every expected answer is Apache Spark 4.2.1's own on the same text and options."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from workbench.base.errors import AnalysisError, ExecutionError
from workbench.engine.connectors import formats

INFERRED = [
    ("fields are sorted, numbers widen, empty structs go", {},
     '{"b":1,"a":"x","c":{"z":1,"y":[1,2.5]}}\n{"a":1,"b":2.5,"d":null,"e":[],"f":{},"g":true}\n',
     "struct<a:string,b:double,c:struct<y:array<double>,z:bigint>,d:string,e:array<string>,g:boolean>"),
    ("what does not go together is text", {},
     '{"a":12345678901234567890,"b":1e5,"c":"2020-01-01T00:00:00Z","d":true,"e":[1,"x"],"f":1}\n{"a":1,"d":1,"f":{"x":1}}\n',
     "struct<a:decimal(20,0),b:double,c:string,d:string,e:array<string>,f:string>"),
    ("bad records add a column", {}, '{"a":1}\nfoo\n\n{"a":2\n', "struct<_corrupt_record:string,a:bigint>"),
    ("primitivesAsString", {"primitivesAsString": "true"}, '{"a":1,"b":true,"c":[1.50]}\n', "struct<a:string,b:string,c:array<string>>"),
    ("huge numbers are doubles", {}, '{"a":1.25,"b":1e400,"c":12345678901234567890123456789012345678901}\n',
     "struct<a:double,b:double,c:double>"),
    ("inferTimestamp", {"inferTimestamp": "true"}, '{"a":"2020-01-01T00:00:00Z","b":"2020-01-01","c":"x"}\n',
     "struct<a:timestamp,b:timestamp,c:string>"),
    ("dropFieldIfAllNull", {"dropFieldIfAllNull": "true"}, '{"a":null,"b":[],"c":{},"d":1}\n', "struct<d:bigint>"),
    ("single quotes", {}, "{'a':'x'}\n", "struct<a:string>"),
    ("comments", {"allowComments": "true"}, '{"a":1 /*x*/}\n', "struct<a:bigint>"),
    ("blank lines", {}, '  {"a":1}  \n   \n', "struct<a:bigint>"),
    ("multiLine", {"multiLine": "true"}, '[{"a":1},\n {"a":2}]\n', "struct<a:bigint>"),
    ("an empty file", {}, "", "struct<>"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "text", "expected"),
    [case[1:] for case in INFERRED],
    ids=[case[0] for case in INFERRED],
)
def test_the_schema_is_inferred_as_spark_infers_it(files, options, text, expected):
    files.put("t.json", text)
    assert files.schema("json", "t.json", **options).simpleString() == expected


ROWS = [
    ("numbers and objects in text as written", "a int, b string, c double, _corrupt_record string",
     '{"a":1,"b":2.50,"c":1}\n{"a":"x","b":{"p": 1},"c":"NaN"}\n{"a":3.5,"b":true,"c":"1.5"}\nbad\n{"a":4,"b":[1, 2]}\n',
     [(1, "2.50", 1.0, None), (None, '{"p": 1}', "nan", '{"a":"x","b":{"p": 1},"c":"NaN"}'),
      (None, "true", None, '{"a":3.5,"b":true,"c":"1.5"}'), (None, None, None, "bad"), (4, "[1, 2]", None, None)]),
    ("only the first value of a line", "a int", '{"a":1} {"a":2}\n{"a":5,"a":6}\n{"A":7}\n', [(1,), (6,), (None,)]),
    ("an array of objects is several rows", "a int", '[{"a":3},{"a":4}]\n{"a":5}\n', [(3,), (4,), (5,)]),
    ("what is no object is a row of nulls", "a int", '5\n[1]\n"x"\nnull\n', [(None,)] * 4),
    ("nested values", "m map<string,int>, s struct<x:int,y:string>, l array<struct<q:int>>",
     ('{"m":{"a":1,"b":null},"s":{"x":1,"z":3},"l":[{"q":1},{}]}\n{"m":[1],"s":5,"l":{"q":1}}\n'
     '{"s":{"x":"bad","y":"ok"},"l":[{"q":"z"},{"q":2}]}\n'),
     [([("a", 1), ("b", None)], {"x": 1, "y": None}, [{"q": 1}, {"q": None}]), (None, None, None),
      (None, {"x": None, "y": "ok"}, [{"q": None}, {"q": 2}])]),
    ("empty text is null but in strings", "a int, b string, c double, d date, t timestamp",
     '{"a":"","b":"","c":"","d":"","t":""}\n', [(None, "", None, None, None)]),
    ("escapes", "a string", '{"a":"\\u00e9\\n\\"q\\/"}\n', [('é\n"q/',)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ddl", "text", "expected"), [case[1:] for case in ROWS], ids=[case[0] for case in ROWS]
)
def test_records_become_rows_as_spark_reads_them(files, ddl, text, expected):
    files.put("t.json", text)
    rows = [
        tuple("nan" if isinstance(value, float) and math.isnan(value) else value for value in row)
        for row in files.rows("json", "t.json", ddl=ddl)
    ]
    assert rows == expected


def test_values_of_every_type_or_null(files):
    files.put(
        "t.json",
        '{"t":"2020-01-01T10:00:00+01:00","d":"2020-01-01","n":"2020-01-01T10:00:00","x":1.234,"f":"Infinity","l":"5","b":"QUJD",'
        '"o":"true","s":5}\n'
        '{"t":1577836800,"d":18262,"n":"x","x":"1.5","f":1e40,"l":5.0,"b":"!!","o":1,"s":70000}\n',
    )
    ddl = "t timestamp, d date, n timestamp_ntz, x decimal(5,2), f float, l bigint, b binary, o boolean, s smallint"
    infinity = float("inf")

    assert files.rows("json", "t.json", ddl=ddl) == [
        (
            datetime(2020, 1, 1, 9, tzinfo=UTC),
            date(2020, 1, 1),
            datetime(2020, 1, 1, 10),
            Decimal("1.23"),
            infinity,
            None,
            b"ABC",
            None,
            5,
        ),
        (
            datetime(2020, 1, 1, tzinfo=UTC),
            None,
            None,
            Decimal("1.50"),
            infinity,
            None,
            None,
            None,
            None,
        ),
    ]


def test_one_odd_record_among_many_changes_no_other(files):
    lines = [f'{{"a":{i},"t":"2020-01-01T00:00:{i % 60:02}Z"}}' for i in range(10_000)]
    lines[7_000] = '{"a":"odd"}'
    files.put("t.json", "\n".join(lines))

    rows = files.rows("json", "t.json", ddl="a int, t timestamp, _corrupt_record string")

    assert len(rows) == 10_000
    assert rows[7_000] == (None, None, '{"a":"odd"}')
    assert [row[0] for row in rows[:7_000]] == list(range(7_000))
    assert sum(row[2] is not None for row in rows) == 1


def test_an_empty_text_says_nothing_about_the_type(files):
    files.put("t.json", '{"a":""}\n{"c":1e2, "a":1.0}\n{"d":""}\n')
    assert files.schema("json", "t.json").simpleString() == "struct<a:double,c:double,d:string>"


def test_decimals_that_are_none(files):
    files.put("t.json", '{"a":"NaN"}\n{"a":-0}\n')
    ddl = "a decimal(6,2), _corrupt_record string"
    assert files.rows("json", "t.json", ddl=ddl) == [(None, '{"a":"NaN"}'), (Decimal("0.00"), None)]


def test_patterns_for_dates_and_times(files):
    files.put(
        "t.json", '{"t":"01/02/2020","d":"03.04.2020"}\n{"t":"2020-01-01","d":"2020-01-01"}\n'
    )
    rows = files.rows(
        "json",
        "t.json",
        ddl="t timestamp, d date",
        timestampFormat="dd/MM/yyyy",
        dateFormat="dd.MM.yyyy",
    )
    assert rows == [(datetime(2020, 2, 1, tzinfo=UTC), date(2020, 4, 3)), (None, None)]


def test_dropmalformed_and_failfast(files):
    files.put("t.json", '{"a":1,"b":2.50}\n{"a":"x","b":"q"}\nbad\n')

    assert files.rows("json", "t.json", ddl="a int, b string", mode="DROPMALFORMED") == [
        (1, "2.50")
    ]
    with pytest.raises(ExecutionError) as caught:
        files.rows("json", "t.json", ddl="a int, b string", mode="FAILFAST")
    assert caught.value.condition == "FAILED_READ_FILE.NO_HINT"
    assert caught.value.__cause__.parameters["badRecord"] == "[null,q]"
    with pytest.raises(ExecutionError) as caught:
        files.schema("json", "t.json", mode="FAILFAST")
    assert caught.value.condition == "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION"


@pytest.mark.parametrize(
    ("options", "text", "expected"),
    [
        ({}, '{"a":NaN,"b":-Infinity,"c":+INF}\n', [("nan", -math.inf, math.inf)]),
        ({"allowUnquotedFieldNames": "true"}, "{a:'x'}\n", [("x",)]),
        ({"allowNumericLeadingZeros": "true"}, '{"a":01}\n', [(1,)]),
    ],
)
def test_jacksons_leniences(files, options, text, expected):
    files.put("t.json", text)
    rows = files.rows("json", "t.json", **options)
    assert [tuple("nan" if value != value else value for value in row) for row in rows] == expected  # noqa: PLR0124


@pytest.mark.parametrize("options", [{"allowSingleQuotes": "false"}, {"mode": "PERMISSIVE"}])
def test_nothing_but_bad_records_cannot_be_read(files, options):
    files.put("t.json", "{'a':'x'\n" if "mode" in options else "{'a':'x'}\n")
    with pytest.raises(AnalysisError) as caught:
        files.rows("json", "t.json", **options)
    assert caught.value.condition == "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN"


def test_two_columns_of_one_name_are_refused(files):
    files.put("t.json", '{"a":1,"A":2}\n')
    with pytest.raises(AnalysisError) as caught:
        files.schema("json", "t.json")
    assert caught.value.condition == "COLUMN_ALREADY_EXISTS"


def test_records_in_a_column_are_read_like_those_in_files():
    texts = pa.chunked_array([['{"a":1}', None], ['{"a":2.5}']])
    schema = formats.infer("json", texts, {})
    assert schema.simpleString() == "struct<a:double>"
    assert formats.parse("json", texts, schema, {}).to_pylist() == [{"a": 1.0}, {"a": 2.5}]

    texts = pa.chunked_array([["x,y", "1,b"]])
    schema = formats.infer("csv", texts, {"header": "true", "inferSchema": "true"})
    assert schema.simpleString() == "struct<x:int,y:string>"
    assert formats.parse("csv", texts, schema, {"header": "true"}).to_pylist() == [
        {"x": 1, "y": "b"}
    ]
