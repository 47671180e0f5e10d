"""Sessions on one server: apart, copied, released."""

from __future__ import annotations

import grpc
import pyarrow as pa
import pyarrow.parquet as pq
import pytest


def test_a_clone_starts_with_the_views_and_settings_and_goes_its_own_way(spark):
    spark.conf.set("spark.cloned.key", "before")
    spark.range(3).createOrReplaceTempView("shared_view")
    clone = spark.cloneSession()
    assert clone.conf.get("spark.cloned.key") == "before"
    assert clone.table("shared_view").count() == 3
    clone.conf.set("spark.cloned.key", "after")
    clone.range(1).createOrReplaceTempView("shared_view")
    assert spark.conf.get("spark.cloned.key") == "before"
    assert spark.table("shared_view").count() == 3
    clone.client.release_session()
    clone.client.close()


def version(raw):
    request = raw.request(raw.pb.AnalyzePlanRequest)
    request.spark_version.SetInParent()
    return raw.stub.AnalyzePlan(request)


def test_a_released_session_stays_closed(raw):
    first = version(raw).server_side_session_id
    released = raw.stub.ReleaseSession(raw.request(raw.pb.ReleaseSessionRequest))
    assert released.server_side_session_id == first
    with pytest.raises(grpc.RpcError, match=r"INVALID_HANDLE\.SESSION_CLOSED"):
        version(raw)


def test_a_session_released_to_reconnect_starts_anew(raw):
    first = version(raw).server_side_session_id
    raw.stub.ReleaseSession(raw.request(raw.pb.ReleaseSessionRequest, allow_reconnect=True))
    assert version(raw).server_side_session_id != first


def test_releasing_a_session_stops_its_queries(spark):
    from workbench.connect.sessions import Sessions
    from workbench.engine.session import EngineSession

    sessions = Sessions(EngineSession)
    session = sessions.get("u", "00112233-4455-6677-8899-aabbccddeeff")
    closed = []
    session.on_close.append(lambda: closed.append(True))
    sessions.release("u", session.id)
    assert closed == [True]


def test_an_idle_session_is_forgotten_and_a_used_one_is_not():
    from workbench.connect.sessions import Sessions
    from workbench.engine.session import EngineSession

    sessions = Sessions(EngineSession)
    old = sessions.get("u", "00112233-4455-6677-8899-aabbccddeef0")
    new = sessions.get("u", "00112233-4455-6677-8899-aabbccddeef1")
    old.used_at -= 100
    sessions.forget_idle(50)
    assert sessions.all() == [new]
    sessions.close()


def test_a_checkpointed_frame_keeps_its_rows(spark, tmp_path):
    pq.write_table(pa.table({"id": [1, 2, 3]}), tmp_path / "rows.parquet")
    kept = spark.read.parquet(str(tmp_path)).localCheckpoint()
    pq.write_table(pa.table({"id": [1]}), tmp_path / "rows.parquet")
    assert kept.count() == 3
