"""Every expected text is what Apache Spark 4.2.1 wrote from the same rows and options."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workbench.base.arrow_types import SPARK_TYPE
from workbench.base.errors import AnalysisError, IllegalArgument

MOMENT = pa.array([datetime(2020, 1, 2, 3, 4, 5, 500000, tzinfo=UTC)], pa.timestamp("us", "UTC"))
LOCAL = pa.array([datetime(2020, 1, 1, 1, 2, 3, 456789)], pa.timestamp("us"))


def text(**columns):
    return pa.table({name: pa.array([value], pa.string()) for name, value in columns.items()})


def numbers(**more):
    return {
        "g": pa.array([1.0], pa.float32()),
        "h": pa.array([1e20]),
        "k": pa.array([1e-5]),
        "i": pa.array([float("nan")]),
        "j": pa.array([float("inf")]),
        "l": pa.array([True]),
        "m": pa.array([b"ABC"]),
        "n": LOCAL,
        "o": pa.array([Decimal("1.000")], pa.decimal128(10, 3)),
        **more,
    }


def with_year_month(table):
    field = pa.field("u", pa.int32(), True, {SPARK_TYPE: b"interval year to month"})
    return table.append_column(field, pa.array([14], pa.int32()))


def test_csv_is_quoted_where_it_must_be(files):
    files.write(
        "csv",
        text(
            a="a,b",
            b='q"x',
            c=None,
            d="",
            e=" w ",
            f="back\\slash",
            h="line\nb",
            i="#c",
            j='q\\"y',
            k="plain",
            l="a\tb",
        ),
        "out",
    )
    assert files.texts("out") == [
        '"a,b","q\\"x",,"",w,back\\slash,"line\nb",#c,"q\\\\\\"y",plain,a\tb\n'
    ]


def test_csv_with_options(files):
    values = text(a="a,b", b='q"x', c=None, d="", e=" w ")
    table = pa.table(
        {
            **{n: values.column(n) for n in values.column_names},
            **numbers(q=pa.array([1e7]), r=pa.array([123456.7])),
        }
    )
    span = pa.array([timedelta(days=1, hours=2, minutes=3, seconds=4.5)], pa.duration("us"))
    table = with_year_month(
        table.append_column("s", pa.array([0.1], pa.float32())).append_column("t", span)
    )

    files.write("csv", table, "out", quoteAll="true", nullValue="NA", emptyValue="E", header="true")

    assert files.texts("out") == [
        (
            '"a","b","c","d","e","g","h","k","i","j","l","m","n","o","q","r","s","t","u"\n'
            '"a,b","q\\"x","NA","E","w","1.0","1.0E20","1.0E-5","NaN","Infinity","true","[41 42 43]",'
            '"2020-01-01T01:02:03.456","1.000","1.0E7","123456.7","0.1","INTERVAL \'1 02:03:04.5\' DAY TO SECOND",'
            "\"INTERVAL '1-2' YEAR TO MONTH\"\n"
        )
    ]


def test_json_of_every_type(files):
    table = pa.table(
        numbers(
            p=pa.array([None], pa.int32()),
            q=pa.array(['é"\n/\u0001']),
            r=pa.array([[None, 1]], pa.list_(pa.int32())),
            s=pa.array([[(1, "x")]], pa.map_(pa.int32(), pa.string())),
            t=pa.array(
                [{"a": None, "b": date(2020, 1, 1)}],
                pa.struct([("a", pa.int32()), ("b", pa.date32())]),
            ),
            v=pa.array([datetime(1500, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC")),
        )
    )
    files.write("json", table, "out", ignoreNullFields="false")

    assert files.texts("out") == [
        (
            '{"g":1.0,"h":1.0E20,"k":1.0E-5,"i":"NaN","j":"Infinity","l":true,"m":"QUJD","n":"2020-01-01T01:02:03.456","o":1.000,'
            '"p":null,"q":"é\\"\\n/\\u0001","r":[null,1],"s":{"1":"x"},"t":{"a":null,"b":"2020-01-01"},'
            '"v":"1500-01-01T00:00:00.000Z"}\n'
        )
    ]


def test_json_leaves_nulls_out_of_objects_only(files):
    pair = pa.struct([("a", pa.int32()), ("b", pa.int32())])
    table = pa.table(
        {
            "p": pa.array([None], pa.int32()),
            "r": pa.array([[None, 1]], pa.list_(pa.int32())),
            "s": pa.array([[(1, None)]], pa.map_(pa.int32(), pa.string())),
            "t": pa.array([{"a": None}], pa.struct([("a", pa.int32())])),
            "u": pa.array([[{"a": None, "b": 1}]], pa.list_(pair)),
        }
    )
    files.write("json", table, "out")
    assert files.texts("out") == ['{"r":[null,1],"s":{"1":null},"t":{},"u":[{"b":1}]}\n']


def test_json_of_slices_and_null_lists(files):
    lists = pa.array([[9], [1, 2], None, []], pa.list_(pa.int64())).slice(1)
    maps = pa.array([[("z", 9)], [("a", 1)], None, []], pa.map_(pa.string(), pa.int64())).slice(1)
    files.write("json", pa.table({"l": lists, "m": maps}), "out")
    assert files.texts("out") == ['{"l":[1,2],"m":{"a":1}}\n{}\n{"l":[],"m":{}}\n']


def test_patterns_and_the_session_time_zone(files):
    table = pa.table({"t": MOMENT, "d": [date(2020, 1, 2)]})
    files.write(
        "csv", table, "a", timestampFormat="dd/MM/yy HH:mm:ss.SSSSSS xxx", dateFormat="E d MMM yyyy"
    )
    files.conf["spark.sql.session.timeZone"] = "America/New_York"
    files.write("csv", table, "b")

    assert files.texts("a") == ["02/01/20 03:04:05.500000 +00:00,Thu 2 Jan 2020\n"]
    assert files.texts("b") == ["2020-01-01T22:04:05.500-05:00,2020-01-02\n"]


@pytest.mark.parametrize("format", ["csv", "json", "text"])
def test_compressed_text_is_read_back(files, format):
    files.write(format, text(value="hello"), "out", compression="gzip")
    assert next((files.folder / "out").glob("part-*")).name.endswith(".gz")
    assert files.rows(format, "out", ddl="value string") == [("hello",)]


@pytest.mark.parametrize("format", ["csv", "json", "parquet", "orc"])
def test_an_unknown_codec_is_refused_and_nothing_is_left(files, format):
    with pytest.raises(IllegalArgument) as caught:
        files.write(format, text(a="x"), "out", compression="foo")
    assert caught.value.condition == "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION"
    assert list((files.folder / "out").rglob("*")) == []


def test_text_is_one_column_of_strings(files):
    with pytest.raises(AnalysisError) as caught:
        files.write("text", pa.table({"id": [1]}), "out")
    assert caught.value.condition == "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE"
    with pytest.raises(AnalysisError) as caught:
        files.write("text", text(a="x", b="y"), "out")
    assert caught.value.condition == "_LEGACY_ERROR_TEMP_1290"


def test_parquet_keeps_sparks_schema_in_its_footer(files):
    span = pa.array([timedelta(days=1)], pa.duration("us"))
    files.write("parquet", with_year_month(pa.table({"s": span, "t": MOMENT, "n": LOCAL})), "out")

    footer = pq.ParquetFile(next((files.folder / "out").glob("part-*.snappy.parquet")))

    assert [footer.schema.column(i).physical_type for i in range(4)] == [
        "INT64",
        "INT64",
        "INT64",
        "INT32",
    ]
    assert files.schema("parquet", "out").simpleString() == (
        "struct<s:interval day to second,t:timestamp,n:timestamp_ntz,u:interval year to month>"
    )


def test_orc_there_and_back(files):
    table = pa.table({"t": MOMENT, "l": [[1, None]], "k": ["a"]})
    files.write("orc", table, "out", partition_by=["k"])

    assert (
        files.schema("orc", "out").simpleString() == "struct<t:timestamp,l:array<bigint>,k:string>"
    )
    assert files.rows("orc", "out") == [(MOMENT[0].as_py(), [1, None], "a")]


def csv_text(folder):
    (file,) = folder.glob("part-*")
    return file.read_text()


def test_csv_quotes_inside_a_value_may_stay_as_they_are(spark, tmp_path):
    frame = spark.createDataFrame([('a"b', "x"), ('"q"', "é"), ("c,d", "y")], "a string, b string")
    frame.coalesce(1).write.csv(str(tmp_path / "on"))
    frame.coalesce(1).write.option("escapeQuotes", False).csv(str(tmp_path / "off"))
    assert csv_text(tmp_path / "on") == '"a\\"b",x\n"\\"q\\"",é\n"c,d",y\n'
    assert csv_text(tmp_path / "off") == 'a"b,x\n"\\"q\\"",é\n"c,d",y\n'


def test_csv_files_may_have_another_ending(spark, tmp_path):
    spark.range(2).coalesce(1).write.option("extension", "tsv").csv(str(tmp_path / "out"))
    assert [file.suffix for file in (tmp_path / "out").glob("part-*")] == [".tsv"]


def test_json_can_be_written_in_ascii(spark, tmp_path):
    spark.createDataFrame([("é",), ("x",), ("😀",)], "b string").coalesce(1).write.option(
        "writeNonAsciiCharacterAsCodePoint", True
    ).json(str(tmp_path / "out"))
    assert csv_text(tmp_path / "out") == '{"b":"\\u00E9"}\n{"b":"x"}\n{"b":"\\uD83D\\uDE00"}\n'
