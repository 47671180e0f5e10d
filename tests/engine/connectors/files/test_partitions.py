"""Every expected schema is what Apache Spark 4.2.1 answered for the same folders."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from workbench.base.errors import AnalysisError, ExecutionError

ONE = '{"v":1}\n'


def put(files, *folders):
    for folder in folders:
        files.put(f"t/{folder}/f.json", ONE)


CASES = [
    (["k=1", "k=2", "k=__HIVE_DEFAULT_PARTITION__"], "k:int", [1, 2, None]),
    (["k=1", "k=a"], "k:string", ["1", "a"]),
    (["k=1", "k=99999999999"], "k:bigint", [1, 99999999999]),
    (["k=1", "k=1.5"], "k:double", [1.0, 1.5]),
    (["k=99999999999999999999"], "k:decimal(20,0)", [Decimal(99999999999999999999)]),
    (["k=2020-01-01"], "k:date", [date(2020, 1, 1)]),
    (
        ["k=2020-01-01", "k=2020-01-01 10%3A00%3A00"],
        "k:timestamp",
        [datetime(2020, 1, 1, h, tzinfo=UTC) for h in (0, 10)],
    ),
    (["k=true"], "k:string", ["true"]),
    (["k=007"], "k:int", [7]),
    (["k=a%2Fb%3Dc d%25é"], "k:string", ["a/b=c d%é"]),
    (["_x", "k=1", ".y"], "k:int", [1]),
    (["", "k=1"], "k:int", [1]),
]


@pytest.mark.parametrize(("folders", "column", "values"), CASES)
def test_folder_names_become_a_typed_column(files, folders, column, values):
    put(files, *folders)
    assert files.schema("json", "t").simpleString() == f"struct<v:bigint,{column}>"
    assert [row[1] for row in files.rows("json", "t")] == values


def test_a_schema_decides_the_type_and_the_folders_the_place(files):
    put(files, "k=1", "k=2")
    assert (
        files.schema("json", "t", ddl="k string, v int").simpleString() == "struct<v:int,k:string>"
    )
    assert files.rows("json", "t", ddl="k string, v int") == [(1, "1"), (1, "2")]


def test_one_partition_alone_has_no_column_unless_its_base_is_given(files):
    put(files, "k=1")
    assert files.rows("json", "t/k=1") == [(1,)]
    assert files.rows("json", "t/k=1", basePath=files.path("t")) == [(1, 1)]
    assert files.rows("json", "t/k={1,2}") == [(1,)]


def test_folders_that_name_different_columns_are_refused(files):
    put(files, "a=1", "b=1")
    with pytest.raises(ExecutionError) as caught:
        files.schema("json", "t")
    assert caught.value.condition == "CONFLICTING_PARTITION_COLUMN_NAMES"


def test_rows_are_written_to_the_folders_of_their_values(files):
    table = pa.table(
        {
            "v": [1],
            "d": [date(2020, 1, 2)],
            "t": pa.array(
                [datetime(2020, 1, 2, 3, 4, 5, 500000, tzinfo=UTC)], pa.timestamp("us", "UTC")
            ),
            "b": [True],
            "x": [1.0],
            "m": pa.array([Decimal("1.50")], pa.decimal128(5, 2)),
            "e": [""],
            "z": pa.array([datetime(2020, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC")),
        }
    )
    files.write("json", table, "out", partition_by=["d", "t", "b", "x", "m", "e", "z"])

    written = next((files.folder / "out").rglob("part-*"))
    assert str(written.parent.relative_to(files.folder / "out")) == (
        "d=2020-01-02/t=2020-01-02 03%3A04%3A05.5/b=true/x=1.0/m=1.50/e=__HIVE_DEFAULT_PARTITION__/z=2020-01-01 00%3A00%3A00"
    )
    assert written.read_text() == '{"v":1}\n'


def test_many_values_there_and_back(files):
    keys = [f"k{i % 7}/=%" if i % 7 else None for i in range(1000)]
    files.write("parquet", pa.table({"k": keys, "v": list(range(1000))}), "out", partition_by=["k"])

    scan = files.read("parquet", "out")

    back = {
        row["v"]: values[0]
        for path, values in zip(scan.paths, scan.partitions, strict=True)
        for row in pa.parquet.ParquetFile(path).read().to_pylist()
    }
    assert back == dict(enumerate(keys))
    assert scan.rows == 1000


def test_partition_columns_that_cannot_be(files):
    table = pa.table({"id": [1], "l": [[1]]})
    for partition_by, expected in (
        (["l"], "INVALID_PARTITION_COLUMN_DATA_TYPE"),
        (["zz"], "_LEGACY_ERROR_TEMP_1155"),
        (["id", "l"], "INVALID_PARTITION_COLUMN_DATA_TYPE"),
    ):
        with pytest.raises(AnalysisError) as caught:
            files.write("json", table, "out", partition_by=partition_by)
        assert caught.value.condition == expected
    with pytest.raises(AnalysisError) as caught:
        files.write("json", table.select(["id"]), "out", partition_by=["id"])
    assert caught.value.condition == "ALL_PARTITION_COLUMNS_NOT_ALLOWED"
