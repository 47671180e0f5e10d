"""Every expected answer is Apache Spark 4.2.1's own on the same text and options."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from workbench.base.errors import AnalysisError, ExecutionError, IllegalArgument

HEADER = {"header": "true"}
BAD = "a,b\n1,x\n2\n3,y,z\n\nfoo,q\n"

TEXTS = [
    ("doubled quotes stand as written", HEADER, 'a,b\n"x""y",2\n"he said ""hi""",4\n"a"",5\n',
     [('"x""y"', "2"), ('"he said ""hi"""', "4"), ('a"', "5")]),
    ("escaped quotes", HEADER, 'a,b\n"p\\"q",3\n', [('p"q', "3")]),
    ("a backslash outside quotes is itself", {}, 'a\\,b,c\n"a\\\\b","c\\n"\n', [("a\\", "b", "c"), ("a\\b", "c\\n", None)]),
    ("a quote as escape", {"escape": '"'}, '"x""y",2\n', [('x"y', "2")]),
    ("text after a closing quote", HEADER, 'a,b\n"x"y,1\n"p" ,3\nq"r,5\n', [('"x"y', "1"), ("p", "3"), ('q"r', "5")]),
    ("an unclosed quote ends with its line", HEADER, 'a,b\n"x,1\n2,3\n', [("x,1", None), ("2", "3")]),
    ("a quoted line end needs multiLine", HEADER, 'a,b\n"x\ny",1\n2,3\n', [("x", None), ('y"', "1"), ("2", "3")]),
    ("multiLine", {**HEADER, "multiLine": "true"}, 'a,b\n"x\ny",1\n\n2,3\n', [("x\ny", "1"), ("2", "3")]),
    ("empty is null, quoted or not", HEADER, 'a,b\n,""\n"",x\n', [(None, None), (None, "x")]),
    ("nullValue and emptyValue", {**HEADER, "nullValue": "NA", "emptyValue": "E"}, 'a,b\nNA,""\n,x\n"NA",y\n',
     [(None, "E"), (None, "x"), (None, "y")]),
    ("spaces are kept", HEADER, 'a, b\n 1 , x \n" 2 ", y\n', [(" 1 ", " x "), (" 2 ", " y")]),
    ("spaces are trimmed outside quotes",
     {**HEADER, "ignoreLeadingWhiteSpace": "true", "ignoreTrailingWhiteSpace": "true"}, 'a, b\n 1 , x \n" 2 ", y\n',
     [("1", "x"), (" 2 ", "y")]),
    ("comments", {**HEADER, "comment": "#"}, "#hi\na,b\n#x\n1,2\n3,4#z\n", [("1", "2"), ("3", "4#z")]),
    ("a separator of two characters", {**HEADER, "sep": "||"}, "a||b\n1||2\n", [("1", "2")]),
    ("an escaped tab", {**HEADER, "sep": "\\t"}, "a\tb\n1\t2\n", [("1", "2")]),
    ("a line separator", {"lineSep": ";"}, "1,2;3,4;", [("1", "2"), ("3", "4")]),
    ("every line end", HEADER, "a,b\r\n1,2\r\n3,4\r5,6\n", [("1", "2"), ("3", "4"), ("5", "6")]),
    ("a byte-order mark", HEADER, "\ufeffa,b\n1,2\n", [("1", "2")]),
    ("an unknown mode is permissive", {**HEADER, "mode": "xx"}, "a,b\n1,2\n", [("1", "2")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "text", "expected"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS]
)
def test_text_becomes_fields_as_spark_splits_it(files, options, text, expected):
    files.put("t.csv", text)
    assert files.rows("csv", "t.csv", **options) == expected


SCHEMAS = [
    (("a,b,c,d,e,f,g,h\n1,1.5,2020-01-01,2020-01-01 10:00:00,true,x,99999999999,\n"
     "2,3,2020-01-02,2020-01-01T10:00:00Z,FALSE,,1,\n"),
     "struct<a:int,b:double,c:date,d:timestamp,e:boolean,f:string,g:bigint,h:string>"),
    ("a,b,c,d\n12345678901234567890,1.5,1,true\n2,1e5,x,1\n", "struct<a:decimal(20,0),b:double,c:string,d:string>"),
    ("a\n2020-01-01\n2020-01-01 10:00:00\n", "struct<a:timestamp>"),
    ("a, b\n 1 , x \n", "struct<a:double, b:string>"),
    ("a,A,a,,b\n1,2,3,4,5\n", "struct<a0:int,A1:int,a2:int,_c3:int,b:int>"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SCHEMAS)
def test_types_are_inferred_as_spark_infers_them(files, text, expected):
    files.put("t.csv", text)
    assert files.schema("csv", "t.csv", inferSchema="true", **HEADER).simpleString() == expected


def test_inference_reads_given_patterns(files):
    files.put("t.csv", "01/02/2020 10:11,03.04.2021\n")
    options = {
        "inferSchema": "true",
        "timestampFormat": "dd/MM/yyyy HH:mm",
        "dateFormat": "dd.MM.yyyy",
    }

    assert (
        files.schema("csv", "t.csv", **options).simpleString() == "struct<_c0:timestamp,_c1:date>"
    )
    assert files.rows("csv", "t.csv", **options) == [
        (datetime(2020, 2, 1, 10, 11, tzinfo=UTC), date(2021, 4, 3))
    ]


def test_values_of_every_type_or_null(files):
    files.put(
        "t.csv",
        "2020-01-01,2020-01-01 10:00,2020-01-01 1:2:3.5,1.234,NaN,TRUE,+5,abc\n"
        "2020-1-1T1:02:03.123456789+05:30,2020,2020-01-01,123456,1e3,tRue, 5,x\n"
        " 2020-01-01 10:00:00 Europe/Paris ,2020-13-01,x,1,Inf,1,5.0,y\n",
    )
    ddl = "t timestamp, d date, n timestamp_ntz, x decimal(5,2), f double, o boolean, l bigint, b binary"

    first, second, third = files.rows("csv", "t.csv", ddl=ddl)

    assert first[:4] == (
        datetime(2020, 1, 1, tzinfo=UTC),
        date(2020, 1, 1),
        datetime(2020, 1, 1, 1, 2, 3, 500000),
        Decimal("1.23"),
    )
    assert str(first[4]) == "nan"
    assert first[5:] == (True, 5, b"abc")
    early = datetime(2019, 12, 31, 19, 32, 3, 123456, tzinfo=UTC)
    assert second == (early, date(2020, 1, 1), datetime(2020, 1, 1), None, 1000.0, True, None, b"x")
    assert third == (
        datetime(2020, 1, 1, 9, tzinfo=UTC),
        None,
        None,
        Decimal("1.00"),
        float("inf"),
        None,
        None,
        b"y",
    )


def test_permissive_keeps_what_can_be_read_and_the_bad_record(files):
    files.put("t.csv", BAD)
    ddl = "a int, b string, _corrupt_record string"

    assert files.rows("csv", "t.csv", ddl=ddl, **HEADER) == [
        (1, "x", None),
        (2, None, "2"),
        (3, "y", "3,y,z"),
        (None, "q", "foo,q"),
    ]


def test_bad_records_over_several_lines(files):
    files.put("t.csv", '"m\r\nn",x\r\n1,2\r\nz\r\n')
    ddl = "a int, b string, _corrupt_record string"
    rows = files.rows("csv", "t.csv", ddl=ddl, multiLine="true")
    assert rows == [(None, "x", '"m\nn",x'), (1, "2", None), (None, None, "z")]


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ('1,"\\\n', {}, [("1", None)]),
        ("1,'", {"quote": "'"}, [("1", "'")]),
        ('"a\r\nb",1\r\n', {"multiLine": "true"}, [("a\nb", "1")]),
    ],
)
def test_odd_ends_of_quoted_text(files, text, options, expected):
    files.put("t.csv", text)
    assert files.rows("csv", "t.csv", **options) == expected


def test_dropmalformed_leaves_bad_records_out(files):
    files.put("t.csv", BAD)
    assert files.rows("csv", "t.csv", ddl="a int, b string", mode="DROPMALFORMED", **HEADER) == [
        (1, "x")
    ]


def test_failfast_names_the_file_and_the_record(files):
    path = files.put("t.csv", "a,b\n1,x\nfoo,q\n")

    with pytest.raises(ExecutionError) as caught:
        files.rows("csv", "t.csv", ddl="a int, b string", mode="failfast", **HEADER)

    assert caught.value.condition == "FAILED_READ_FILE.NO_HINT"
    assert caught.value.parameters["path"] == f"file://{path}"
    cause = caught.value.__cause__
    assert cause.condition == "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION"
    assert cause.parameters == {"badRecord": "[null,q]", "failFastMode": "FAILFAST"}


def test_the_header_is_compared_when_it_is_asked_for(files):
    files.put("t.csv", "a,b\n1,2\n")

    assert files.rows("csv", "t.csv", ddl="b int, a int", **HEADER) == [(1, 2)]
    with pytest.raises(ExecutionError) as caught:
        files.rows("csv", "t.csv", ddl="x int, b int", enforceSchema="false", **HEADER)
    assert caught.value.__cause__.condition == "WORKBENCH_CSV_HEADER.NAMES"
    with pytest.raises(ExecutionError) as caught:
        files.rows("csv", "t.csv", ddl="a int", enforceSchema="false", **HEADER)
    assert caught.value.__cause__.condition == "WORKBENCH_CSV_HEADER.COUNT"


def test_another_encoding(files):
    files.put("t.csv", "café,1\n".encode("latin-1"))
    assert files.rows("csv", "t.csv", encoding="ISO-8859-1") == [("café", "1")]


@pytest.mark.parametrize(
    ("options", "error", "expected"),
    [
        ({"sep": ""}, IllegalArgument, "INVALID_DELIMITER_VALUE.EMPTY_STRING"),
        ({"quote": "ab"}, IllegalArgument, "OPTION_VALUE_EXCEEDS_ONE_CHARACTER"),
        ({"encoding": "foo"}, IllegalArgument, "INVALID_PARAMETER_VALUE.CHARSET"),
        ({"header": "foo"}, IllegalArgument, "WORKBENCH_INVALID_OPTION"),
    ],
)
def test_an_option_nobody_can_take_is_refused(files, options, error, expected):
    files.put("t.csv", "1,2\n")
    with pytest.raises(error) as caught:
        files.rows("csv", "t.csv", **options)
    assert caught.value.condition == expected


@pytest.mark.parametrize(
    ("ddl", "expected"),
    [
        ("a array<int>", "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE"),
        ("a int, _corrupt_record int", "INVALID_CORRUPT_RECORD_TYPE"),
    ],
)
def test_a_schema_csv_cannot_hold_is_refused(files, ddl, expected):
    files.put("t.csv", "1\n")
    with pytest.raises(AnalysisError) as caught:
        files.schema("csv", "t.csv", ddl=ddl)
    assert caught.value.condition == expected


def test_asking_for_bad_records_only_is_refused(files):
    files.put("t.csv", "x\n")
    with pytest.raises(AnalysisError) as caught:
        files.rows("csv", "t.csv", ddl="_corrupt_record string")
    assert caught.value.condition == "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN"
