"""``spark.conf`` over the wire."""

from __future__ import annotations

import pytest


def test_set_get_unset(spark):
    spark.conf.set("spark.my.key", "1")
    assert spark.conf.get("spark.my.key") == "1"
    assert spark.conf.getAll["spark.my.key"] == "1"
    spark.conf.unset("spark.my.key")
    assert spark.conf.get("spark.my.key", None) is None


def test_what_the_client_counts_on_has_sparks_default(spark):
    assert spark.conf.get("spark.sql.session.localRelationCacheThreshold") == "1048576"
    assert spark.conf.get("spark.sql.timestampType") == "TIMESTAMP_LTZ"


@pytest.mark.parametrize(
    ("key", "can"), [("spark.sql.shuffle.partitions", True), ("spark.sql.warehouse.dir", False)]
)
def test_whether_a_key_can_be_set_is_known(spark, key, can):
    assert spark.conf.isModifiable(key) is can


def test_a_prefix_selects_and_is_cut_off(raw):
    request = raw.request(raw.pb.ConfigRequest)
    request.operation.set.pairs.add(key="a.b.c", value="1")
    raw.stub.Config(request)
    asked = raw.request(raw.pb.ConfigRequest)
    asked.operation.get_all.prefix = "a.b."
    assert [(pair.key, pair.value) for pair in raw.stub.Config(asked).pairs] == [("c", "1")]


def test_sessions_do_not_share_configuration(spark, raw):
    spark.conf.set("spark.only.here", "1")
    asked = raw.request(raw.pb.ConfigRequest)
    asked.operation.get_option.keys.append("spark.only.here")
    (pair,) = raw.stub.Config(asked).pairs
    assert not pair.HasField("value")
