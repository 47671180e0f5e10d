"""``spark.sql``: commands at once, queries when asked for, arguments and frames inside the text."""

from __future__ import annotations

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import Row


def test_a_query_takes_named_and_positional_arguments(spark):
    assert spark.sql("select :a + 1 as b", {"a": 1}).collect() == [Row(b=2)]
    assert spark.sql("select ? as b", ["x"]).collect() == [Row(b="x")]


def test_a_frame_can_stand_in_the_text(spark):
    frame = spark.range(4)
    assert spark.sql("select max(id) as m from {frame}", frame=frame).collect() == [Row(m=3)]


def test_a_command_has_run_before_its_rows_are_asked_for(spark):
    spark.sql("create or replace temp view made_by_sql as select 1 as a")
    assert spark.table("made_by_sql").collect() == [Row(a=1)]


@pytest.mark.parametrize("text", ["select * from no_such_table", "select no_such_column"])
def test_a_text_that_is_wrong_fails_before_its_rows_are_asked_for(spark, text):
    with pytest.raises(AnalysisException):
        spark.sql(text)
