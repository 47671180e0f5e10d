"""Every aggregate over a stream, stopped half-way and started again, gives what Apache Spark gives and is kept in Spark's columns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.parity.providers import on_providers
from tests.parity.stream_aggregates.queries import QUERIES, REFUSED, answers, called, whole
from tests.parity.streams.running import plain
from workbench.engine.functions import catalog
from workbench.engine.functions.row import AGGREGATE

ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text())
CASES = on_providers(QUERIES)
OPAQUE = {
    "lists", "sets", "text", "histogram", "percentile", "percentile in a group", "percentile_approx", "mode",
}  # fmt: skip
"""Spark keeps these buffers as bytes of its own; here they are lists of values and are shown as such."""
LARGER = {"regression"}
"""Spark keeps fewer moments for most of these."""
ELSEWHERE = {"approx_percentile", "grouping", "grouping_id", "product"}


def rounded(states):
    """Rows of state with numbers to nine digits."""
    return [plain(json.loads(row)) for row in states]


@pytest.mark.parametrize(("name", "provider"), CASES)
def test_an_aggregate_goes_on_after_a_restart_as_on_spark(partitioned, tmp_path, name, provider):
    partitioned.conf.set("spark.sql.streaming.stateStore.providerClass", provider)
    found = json.loads(json.dumps(answers(partitioned, name, tmp_path)))
    wanted = ANSWERS[name]
    assert found["batches"] == wanted["batches"]
    assert found["batches"][-1] == json.loads(json.dumps(whole(partitioned, name, tmp_path)))
    if name in OPAQUE:
        assert found["schema"].count("buf:array<") == wanted["schema"].count("buf:binary")
    elif name not in LARGER:
        assert found["schema"] == wanted["schema"]
        assert rounded(found["state"]) == rounded(wanted["state"])


@pytest.mark.parametrize("call", REFUSED)
def test_a_distinct_aggregate_does_not_stream(spark, call):
    rows = spark.readStream.format("rate").load().selectExpr("value x", "string(value) s")
    from pyspark.sql import functions as F  # noqa: N812 - the usual name

    with pytest.raises(Exception, match="istinct"):
        rows.groupBy().agg(F.expr(call)).writeStream.outputMode("complete").format("noop").start()


def test_no_aggregate_of_the_catalogue_is_missing():
    known = {
        row.name for row in catalog.rows().values() if row.kind == AGGREGATE and not row.reason
    }
    distinct = {name for name in known if "distinct" in name and not name.startswith("approx")}
    assert known - distinct - ELSEWHERE <= called()
