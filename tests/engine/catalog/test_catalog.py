from __future__ import annotations

import itertools

import pyarrow as pa
import pytest
from pyspark.sql import types as t

from workbench.base.arrow_types import spark_schema
from workbench.base.errors import AnalysisError, ExecutionError
from workbench.engine.catalog.answers import CALLS, Answers, FunctionEntry
from workbench.engine.catalog.session_catalog import SessionCatalog
from workbench.engine.catalog.storage import Storage
from workbench.engine.catalog.warehouse import Warehouse

IDS = pa.table({"id": pa.array([0, 1], pa.int64())})


class Session:
    """A session's catalogue over a folder; views are schemas, which is all these tests need of a plan."""

    def __init__(self, folder, global_views=None):
        ticks = itertools.count(1_700_000_000_000)
        self.catalog = SessionCatalog(
            Warehouse(folder, lambda: next(ticks)), global_views if global_views is not None else {}
        )
        self.storage = Storage(self.catalog, {"spark.sql.session.timeZone": "UTC"}.get)
        functions = [FunctionEntry("abs", "the absolute value", "Abs"), FunctionEntry("upper")]
        self.answers = Answers(
            self.catalog, self.storage, lambda relation: relation, lambda: functions
        )

    def call(self, kind, **given):
        return self.answers.call(kind, given).to_pylist()

    def save(self, name, table=IDS, mode="error", provider=None, partition_by=(), **options):
        self.storage.save(
            table, spark_schema(table.schema), (name,), provider, mode, partition_by, options
        )

    def rows(self, name, as_table=False):
        table = self.catalog.table((name,))
        scan = self.storage.reader(table).rows()
        if isinstance(scan, pa.Table):
            return scan.to_pylist()
        return pa.concat_tables(
            [pa.parquet.read_table(path, partitioning=None) for path in scan.paths]
        ).to_pylist()


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path / "w")


def condition(error):
    return error.value.condition


def test_a_saved_table_is_there_in_the_next_session(tmp_path):
    Session(tmp_path / "w").save("T1")

    later = Session(tmp_path / "w")

    assert later.rows("t1") == [{"id": 0}, {"id": 1}]
    assert later.call("get_table", table_name="default.t1", db_name=None) == [
        {
            "name": "t1",
            "catalog": "spark_catalog",
            "namespace": ["default"],
            "description": None,
            "tableType": "MANAGED",
            "isTemporary": False,
        }
    ]


def test_a_table_is_saved_once_unless_the_mode_says_otherwise(session):
    session.save("t1")
    with pytest.raises(AnalysisError) as error:
        session.save("t1")
    assert condition(error) == "TABLE_OR_VIEW_ALREADY_EXISTS"
    assert error.value.parameters == {"relationName": "`spark_catalog`.`default`.`t1`"}

    session.save("t1", mode="ignore")
    assert len(session.rows("t1")) == 2
    session.save("t1", mode="append")
    assert len(session.rows("t1")) == 4
    session.save("t1", pa.table({"z": [10]}), mode="overwrite")
    assert session.rows("t1") == [{"z": 10}]


@pytest.mark.parametrize(
    ("table", "options", "expected"),
    [
        (pa.table({"id": [1], "b": [1]}), {}, "_LEGACY_ERROR_TEMP_1161"),
        (pa.table({"x": [1]}), {}, "_LEGACY_ERROR_TEMP_1162"),
        (IDS, {"provider": "json"}, "_LEGACY_ERROR_TEMP_1159"),
        (IDS, {"partition_by": ("id",)}, "_LEGACY_ERROR_TEMP_1163"),
    ],
)
def test_appending_what_does_not_go_together_with_the_table_is_refused(
    session, table, options, expected
):
    session.save("t1")

    with pytest.raises(AnalysisError) as error:
        session.save("t1", table, mode="append", **options)

    assert condition(error) == expected
    assert len(session.rows("t1")) == 2


def test_inserting_goes_by_position_and_casts(session):
    session.save("t1")
    table = session.catalog.table(("t1",))

    def insert(rows, **how):
        session.storage.insert(rows, spark_schema(rows.schema), table, overwrite=False, **how)

    insert(pa.table({"other": pa.array([7], pa.int32())}))
    assert {"id": 7} in session.rows("t1")
    with pytest.raises(AnalysisError) as error:
        insert(pa.table({"a": [1], "b": [2]}))
    assert condition(error) == "INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS"
    with pytest.raises(AnalysisError) as error:
        insert(pa.table({"a": ["x"]}))
    assert condition(error) == "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST"


def test_partition_columns_stand_last_and_are_folders(session):
    session.save(
        "t2", pa.table({"k": [0, 1], "v": ["a", "b"]}), provider="json", partition_by=("k",)
    )

    assert session.rows("t2") == [{"v": "a", "k": 0}, {"v": "b", "k": 1}]
    assert [
        (c["name"], c["dataType"], c["isPartition"])
        for c in session.call("list_columns", table_name="t2")
    ] == [
        ("v", "string", False),
        ("k", "bigint", True),
    ]
    assert session.call("list_partitions", table_name="t2") == [
        {"partition": "k=0"},
        {"partition": "k=1"},
    ]


def test_an_external_table_keeps_its_files_when_it_is_dropped(session, tmp_path):
    session.save("t3", path=str(tmp_path / "ext"))
    session.save("t4")
    managed = session.catalog.table(("t4",)).location
    assert [row["tableType"] for row in session.call("list_tables")] == ["EXTERNAL", "MANAGED"]

    session.catalog.drop(("t3",), is_view=False, if_exists=False)
    session.catalog.drop(("t4",), is_view=False, if_exists=False)

    assert list((tmp_path / "ext").glob("*.parquet"))
    assert not pa.fs.LocalFileSystem().get_file_info(managed).type.value


def test_a_folder_with_files_is_not_taken_for_a_new_table(session, tmp_path):
    (tmp_path / "w" / "zz").mkdir(parents=True)
    (tmp_path / "w" / "zz" / "x").touch()

    with pytest.raises(ExecutionError) as error:
        session.save("zz")

    assert condition(error) == "LOCATION_ALREADY_EXISTS"


def test_a_temporary_view_hides_a_table_and_a_global_one_is_shared(tmp_path):
    shared = {}
    one, other = Session(tmp_path / "w", shared), Session(tmp_path / "w", shared)
    schema = t.StructType([t.StructField("x", t.LongType(), False)])
    one.save("v")
    one.catalog.create_view("v", schema, is_global=False, replace=False)
    one.catalog.create_view("g", schema, is_global=True, replace=False)

    assert one.call("get_table", table_name="v")[0]["isTemporary"]
    assert not other.call("get_table", table_name="v")[0]["isTemporary"]
    assert other.call("get_table", table_name="global_temp.g")[0]["namespace"] == ["global_temp"]
    assert [row["name"] for row in other.call("list_tables", db_name="global_temp")] == ["g"]
    with pytest.raises(AnalysisError) as error:
        one.catalog.create_view("V", schema, is_global=False, replace=False)
    assert condition(error) == "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS"
    assert one.call("drop_temp_view", view_name="v") == [{"value": True}]
    assert one.call("drop_temp_view", view_name="v") == [{"value": False}]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.b", "TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS"), ("a b", "_LEGACY_ERROR_TEMP_1321")],
)
def test_a_view_has_one_plain_name(session, name, expected):
    with pytest.raises(AnalysisError) as error:
        session.catalog.create_view(name, t.StructType([]), is_global=False, replace=False)
    assert condition(error) == expected


def test_databases_hold_tables_and_go_only_when_empty_or_told_to(session):
    session.catalog.create_database("db1", if_not_exists=False, comment="hi")
    with pytest.raises(AnalysisError) as error:
        session.catalog.create_database("DB1", if_not_exists=False)
    assert condition(error) == "SCHEMA_ALREADY_EXISTS"
    session.call("set_current_database", db_name="db1")
    session.save("u1")
    assert session.call("list_tables")[0]["namespace"] == ["db1"]
    with pytest.raises(AnalysisError) as error:
        session.catalog.drop_database("db1", if_exists=False, cascade=False)
    assert condition(error) == "SCHEMA_NOT_EMPTY"

    session.catalog.drop_database("db1", if_exists=False, cascade=True)

    assert session.call("current_database") == [{"value": "default"}]
    assert [row["name"] for row in session.call("list_databases")] == ["default"]
    with pytest.raises(AnalysisError) as error:
        session.call("list_tables", db_name="db1")
    assert condition(error) == "SCHEMA_NOT_FOUND"
    assert error.value.parameters == {"schemaName": "`spark_catalog`.`db1`"}


def test_an_unknown_name_says_what_was_searched(session):
    with pytest.raises(AnalysisError) as error:
        session.call("list_columns", table_name="x.y")
    assert condition(error) == "TABLE_OR_VIEW_NOT_FOUND"
    assert error.value.parameters == {
        "relationName": "`x`.`y`",
        "searchPath": "[`system`.`session`, `spark_catalog`.`default`]",
    }
    with pytest.raises(AnalysisError) as error:
        session.catalog.find(("foo", "default", "t1"))
    assert condition(error) == "REQUIRES_SINGLE_PART_NAMESPACE"
    assert session.call("table_exists", table_name="nope") == [{"value": False}]


def test_dropping_a_table_as_a_view_is_refused(session):
    session.save("t1")
    with pytest.raises(AnalysisError) as error:
        session.catalog.drop(("t1",), is_view=True, if_exists=False)
    assert condition(error) == "WRONG_COMMAND_FOR_OBJECT_TYPE"


def test_a_renamed_table_takes_its_rows_along(session):
    session.save("t1")
    session.catalog.rename(("t1",), ("t9",))

    assert session.rows("t9") == [{"id": 0}, {"id": 1}]
    assert session.call("table_exists", table_name="t1") == [{"value": False}]


def test_a_table_made_without_rows_takes_them_later(session):
    schema = t.StructType([t.StructField("id", t.LongType(), False)])
    session.call("create_table", table_name="t5", source="csv", description="dd", schema=schema)
    assert session.rows("t5") == []

    session.save("t5", mode="append")

    assert session.rows("t5") == [{"id": 0}, {"id": 1}]
    assert session.call("get_table", table_name="t5")[0]["description"] == "dd"


def test_a_stream_finds_or_makes_its_table(session):
    schema = t.StructType([t.StructField("id", t.LongType())])
    made = session.storage.sink(("st",), schema, None, (), {"checkpointLocation": "/c"})
    again = session.storage.sink(("st",), schema, "parquet", (), {})

    assert made.location == again.location
    assert made.options == {}
    with pytest.raises(AnalysisError) as error:
        session.storage.sink(("st",), schema, "json", (), {})
    assert condition(error) == "_LEGACY_ERROR_TEMP_1159"


def test_functions_are_listed_by_pattern(session):
    assert [row["name"] for row in session.call("list_functions", pattern="a*|u*")] == [
        "abs",
        "upper",
    ]
    assert session.call("get_function", function_name="ABS")[0]["className"] == "Abs"
    with pytest.raises(AnalysisError) as error:
        session.call("get_function", function_name="zz")
    assert condition(error) == "UNRESOLVED_ROUTINE"


def test_every_call_of_the_connect_message_is_answered():
    from pyspark.sql.connect.proto import catalog_pb2

    members = {
        field.name for field in catalog_pb2.Catalog.DESCRIPTOR.oneofs_by_name["cat_type"].fields
    }
    assert set(CALLS) == members
