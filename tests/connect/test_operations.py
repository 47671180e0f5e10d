"""Operations: reattached, released, interrupted, looked at."""

from __future__ import annotations

import threading
import time
import uuid

import grpc
import pytest
from pyspark.errors.exceptions.connect import SparkConnectGrpcException
from pyspark.sql import functions as F  # noqa: N812 - its usual name
from pyspark.sql.connect.proto import base_pb2 as b

from workbench.connect import arrow_out

State = b.GetStatusResponse.OperationStatus


@pytest.fixture
def many_answers(monkeypatch):
    """Small messages, so that a small result has many."""
    monkeypatch.setattr(arrow_out, "BATCH_BYTES", 8 * 100)


def execute(raw, plan, *, reattachable=True, **fields):
    option = b.ExecutePlanRequest.RequestOption(
        reattach_options=b.ReattachOptions(reattachable=reattachable)
    )
    return raw.request(
        b.ExecutePlanRequest,
        plan=plan,
        operation_id=str(uuid.uuid4()),
        request_options=[option],
        **fields,
    )


def rows(responses):
    return sum(one.arrow_batch.row_count for one in responses)


def test_a_lost_connection_loses_no_row(raw, many_answers):
    request = execute(raw, raw.range_plan(1000))
    stream = raw.stub.ExecutePlan(request)
    seen = [next(stream), next(stream)]
    stream.cancel()
    again = raw.request(
        b.ReattachExecuteRequest,
        operation_id=request.operation_id,
        last_response_id=seen[-1].response_id,
    )
    rest = list(raw.stub.ReattachExecute(again))
    assert rows(seen) + rows(rest) == 1000
    assert rest[-1].HasField("result_complete")


def test_the_same_request_sent_twice_is_one_operation(raw, many_answers):
    # More than gRPC sends ahead of a slow reader: the first one must still be reading when the second comes.
    request = execute(raw, raw.range_plan(100_000))
    first = raw.stub.ExecutePlan(request)
    next(first)
    assert rows(raw.stub.ExecutePlan(request)) == 100_000
    with pytest.raises(grpc.RpcError, match=r"INVALID_CURSOR\.DISCONNECTED"):
        list(first)


def test_an_operation_id_cannot_stand_for_another_plan(raw):
    request = execute(raw, raw.range_plan(10))
    list(raw.stub.ExecutePlan(request))
    request.plan.CopyFrom(raw.range_plan(11))
    with pytest.raises(grpc.RpcError, match=r"INVALID_HANDLE\.OPERATION_ALREADY_EXISTS"):
        list(raw.stub.ExecutePlan(request))


def test_released_answers_are_gone_and_a_released_operation_too(raw, many_answers):
    request = execute(raw, raw.range_plan(1000))
    ids = [one.response_id for one in raw.stub.ExecutePlan(request)]
    until = raw.request(b.ReleaseExecuteRequest, operation_id=request.operation_id)
    until.release_until.response_id = ids[3]
    raw.stub.ReleaseExecute(until)
    back = raw.request(b.ReattachExecuteRequest, operation_id=request.operation_id)
    back.last_response_id = ids[0]
    with pytest.raises(grpc.RpcError, match=r"INVALID_CURSOR\.POSITION_NOT_AVAILABLE"):
        list(raw.stub.ReattachExecute(back))
    back.last_response_id = ids[3]
    assert len(list(raw.stub.ReattachExecute(back))) == len(ids) - 4
    everything = raw.request(b.ReleaseExecuteRequest, operation_id=request.operation_id)
    everything.release_all.SetInParent()
    assert raw.stub.ReleaseExecute(everything).operation_id == request.operation_id
    assert raw.stub.ReleaseExecute(everything).operation_id == ""
    with pytest.raises(grpc.RpcError, match=r"INVALID_HANDLE\.OPERATION_NOT_FOUND"):
        list(raw.stub.ReattachExecute(back))


def test_an_answer_that_never_was_cannot_be_gone_back_to(raw):
    request = execute(raw, raw.range_plan(10))
    list(raw.stub.ExecutePlan(request))
    back = raw.request(
        b.ReattachExecuteRequest, operation_id=request.operation_id, last_response_id="99"
    )
    with pytest.raises(grpc.RpcError, match=r"INVALID_CURSOR\.POSITION_NOT_FOUND"):
        list(raw.stub.ReattachExecute(back))


def test_an_operation_not_meant_for_it_cannot_be_reattached(raw):
    request = execute(raw, raw.range_plan(10), reattachable=False)
    stream = raw.stub.ExecutePlan(request)
    next(stream)
    back = raw.request(b.ReattachExecuteRequest, operation_id=request.operation_id)
    with pytest.raises(grpc.RpcError, match="INVALID_"):
        list(raw.stub.ReattachExecute(back))


def test_status_tells_how_an_operation_ended(raw):
    good, bad = execute(raw, raw.range_plan(3)), execute(raw, b.Plan())
    list(raw.stub.ExecutePlan(good))
    with pytest.raises(grpc.RpcError):
        list(raw.stub.ExecutePlan(bad))
    asked = raw.request(b.GetStatusRequest)
    asked.operation_status.operation_ids.extend([good.operation_id, bad.operation_id, "unheard of"])
    states = [one.state for one in raw.stub.GetStatus(asked).operation_statuses]
    assert states == [
        State.OPERATION_STATE_SUCCEEDED,
        State.OPERATION_STATE_FAILED,
        State.OPERATION_STATE_UNKNOWN,
    ]


class Waiting:
    """A thread that waits for a query that never ends, and what it was interrupted with."""

    def __init__(self, spark, query, tag=None):
        self.error = None
        self._spark, self._query, self._tag = spark, query, tag
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        if self._tag:
            self._spark.addTag(self._tag)
        try:
            self._query.awaitTermination()
        except SparkConnectGrpcException as error:
            self.error = error

    def __enter__(self):
        self._thread.start()
        time.sleep(0.3)
        return self

    def __exit__(self, *_):
        self._thread.join(20)
        assert not self._thread.is_alive()


def test_all_can_be_interrupted_and_the_query_lives_on(spark, rate):
    query = rate("interrupt_all")
    with Waiting(spark, query) as waiting:
        assert len(spark.interruptAll()) == 1
    assert waiting.error.getCondition() == "OPERATION_CANCELED"
    assert query.isActive


def test_a_tag_interrupts_only_what_carries_it(spark, rate):
    query = rate("interrupt_tag")
    with Waiting(spark, query, "slow") as tagged, Waiting(spark, query) as other:
        assert len(spark.interruptTag("slow")) == 1
        tagged._thread.join(20)
        assert other._thread.is_alive()
        spark.interruptAll()
    assert tagged.error.getCondition() == other.error.getCondition() == "OPERATION_CANCELED"


def test_one_operation_can_be_interrupted_by_its_id(spark, rate):
    query = rate("interrupt_one")
    with Waiting(spark, query) as waiting:
        running = [
            one.operation_id
            for one in spark.client._get_operation_statuses().operation_statuses
            if one.state == State.OPERATION_STATE_RUNNING
        ]
        assert spark.interruptOperation(running[0]) == running
    assert waiting.error is not None


def test_nothing_running_interrupts_nothing(spark):
    assert spark.interruptTag("nobody") == []


def test_many_threads_share_one_session(spark):
    failed = []

    def work(number):
        try:
            for count in range(1, 15):
                assert len(spark.range(count * number).collect()) == count * number
        except BaseException as error:  # noqa: BLE001 - told to the thread that asserts
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []


def test_what_was_read_to_its_end_is_not_kept(spark):
    for _ in range(5):
        spark.range(3).collect()
    time.sleep(0.5)
    assert list(spark.client._get_operation_statuses().operation_statuses) == []


def is_idle(seconds=0.5):
    """Whether this process stays nearly idle for a while; waits for that up to half a minute."""
    for _ in range(int(30 / seconds)):
        before = time.process_time()
        time.sleep(seconds)
        if time.process_time() - before < seconds * 0.2:
            return True
    return False


def slow_frames(spark):
    """Queries that would run for hours, each another kind of work."""
    rows = spark.range(2_000_000)
    others = rows.select((F.col("id") % 6).alias("key"), F.col("id").alias("other"))
    slow = F.udf(lambda value: sum(range(3000)) + value, "long")
    return {
        "a join of every pair": rows.join(others, rows.id > others.other + 5_000_000),
        "a join on few keys": rows.select((F.col("id") % 6).alias("k"))
        .join(others, F.col("k") == others.key)
        .groupBy("k")
        .count(),
        "a generator": rows.select(F.explode(F.sequence(F.lit(1), F.lit(2000)))).agg(F.sum("col")),
        "a Python function": rows.select(slow("id").alias("sum")).agg(F.sum("sum")),
    }


@pytest.mark.parametrize(
    "kind", ["a join of every pair", "a join on few keys", "a generator", "a Python function"]
)
def test_what_is_interrupted_stops_working(spark, kind):
    frame = slow_frames(spark)[kind]
    threading.Timer(0.7, spark.interruptAll).start()

    with pytest.raises(SparkConnectGrpcException) as caught:
        frame.collect()

    assert caught.value.getCondition() == "OPERATION_CANCELED"
    assert is_idle(), f"{kind} goes on after it was interrupted"
    assert spark.range(3).count() == 3


def test_a_write_that_is_interrupted_stops_and_leaves_no_file(spark, tmp_path):
    frame = slow_frames(spark)["a join of every pair"]
    threading.Timer(0.7, spark.interruptAll).start()

    with pytest.raises(SparkConnectGrpcException):
        frame.write.parquet(str(tmp_path / "out"))

    assert is_idle()
    assert not list(tmp_path.rglob("*.parquet"))
