"""Every form of constant has the type and the value that Apache Spark 4.2 reads."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import functions as F  # noqa: N812

from workbench.base.errors import WorkbenchError
from workbench.engine.plan.expressions import Literal
from workbench.engine.sql import parse_expression

RECORDED = json.loads(
    (Path(__file__).parents[2] / "fixtures" / "sql" / "literals.json").read_text("utf-8")
)


def read(text):
    """Type and value, or the error's condition, in the form the recording has."""
    try:
        found = parse_expression(text, zone="Europe/Berlin")
    except WorkbenchError as error:
        return {"error": error.condition}
    assert isinstance(found, Literal)
    return {"type": found.type.simpleString(), "value": shown(found.value)}


def shown(value):
    match value:
        case None:
            return None
        case bool():
            return str(value)
        case bytes():
            return value.hex()
        case float():
            return value
    return Decimal(value) if isinstance(value, int | Decimal) else value


def as_recorded(entry):
    """Numbers compare as numbers: Java and Python write them differently."""
    if entry.get("type") in {"double", "float"}:
        return entry | {"value": float(entry["value"])}
    if "value" in entry and entry["type"] not in {"string", "binary", "boolean", "void"}:
        return entry | {"value": Decimal(entry["value"])}
    return entry


@pytest.mark.parametrize("text", RECORDED)
def test_a_constant_is_what_spark_reads(text):
    assert read(text) == as_recorded(RECORDED[text])


@pytest.mark.parametrize(
    "text", ["TIME'12:34:56'", "CAST('12:34:56' AS TIME)", "try_cast('12:34' AS TIME(3))"]
)
def test_times_of_day_are_off_as_in_spark(spark, text):
    with pytest.raises(AnalysisException) as caught:
        spark.sql(f"SELECT {text}").collect()
    assert caught.value.getCondition() == "UNSUPPORTED_TIME_TYPE"


def test_a_timestamp_s_text_means_the_session_s_zone_wherever_it_is_written(spark):
    noon = "TIMESTAMP'2024-07-01 12:00:00'"
    spark.conf.set("spark.sql.session.timeZone", "America/Los_Angeles")
    try:
        frame = spark.range(1)
        assert spark.sql(f"SELECT hour({noon}) AS h").collect() == [(12,)]
        assert frame.selectExpr(f"hour({noon}) AS h").collect() == [(12,)]
        assert frame.select(F.hour(F.expr(noon))).collect() == [(12,)]
        assert frame.filter(f"hour({noon}) = 12").count() == 1
    finally:
        spark.conf.unset("spark.sql.session.timeZone")
