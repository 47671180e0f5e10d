"""Errors as the user of PySpark sees them."""

from __future__ import annotations

import pytest
from pyspark.errors import (
    AnalysisException,
    ArithmeticException,
    ParseException,
    SparkNoSuchElementException,
    UnsupportedOperationException,
)
from pyspark.errors.exceptions.connect import SparkConnectGrpcException, SparkException

from workbench.base.errors import AnalysisError, DateTimeFault, ExecutionError, UserCodeError
from workbench.connect import errors


def test_an_unknown_column_is_an_analysis_exception_with_a_suggestion(spark):
    with pytest.raises(AnalysisException) as raised:
        spark.range(3).select("idd").collect()
    assert raised.value.getCondition() == "UNRESOLVED_COLUMN.WITH_SUGGESTION"
    assert raised.value.getMessageParameters()["objectName"] == "`idd`"
    assert raised.value.getSqlState() == "42703"
    assert "`id`" in str(raised.value)


def test_the_schema_of_a_wrong_plan_raises_the_same(spark):
    with pytest.raises(AnalysisException) as raised:
        spark.range(3).select("idd").schema  # noqa: B018 - asking is the step
    assert raised.value.getCondition() == "UNRESOLVED_COLUMN.WITH_SUGGESTION"


def test_wrong_sql_is_a_parse_exception(spark):
    with pytest.raises(ParseException) as raised:
        spark.sql("selec 1").collect()
    assert raised.value.getCondition() == "PARSE_SYNTAX_ERROR"


def test_division_by_zero_is_an_arithmetic_exception(spark):
    with pytest.raises(ArithmeticException) as raised:
        spark.range(1).selectExpr("1 / id").collect()
    assert raised.value.getCondition() == "DIVIDE_BY_ZERO"


def test_an_unknown_configuration_key_is_no_such_element(spark):
    with pytest.raises(SparkNoSuchElementException) as raised:
        spark.conf.get("spark.no.such.key")
    assert raised.value.getCondition() == "SQL_CONF_NOT_FOUND"
    assert spark.conf.get("spark.no.such.key", "fallback") == "fallback"


def test_what_is_not_supported_says_so_by_name(spark):
    with pytest.raises(UnsupportedOperationException) as raised:
        spark.range(3).write.bucketBy(2, "id").saveAsTable("buckets")
    assert raised.value.getCondition() == "UNSUPPORTED_FEATURE.BUCKET_BY"


def test_an_error_without_a_name_arrives_with_its_python_traceback(spark, monkeypatch):
    from workbench.engine.session import EngineSession

    def broken(self, relation, observed, cancel):
        raise LookupError("a shelf is missing")

    monkeypatch.setattr(EngineSession, "execute", broken)
    with pytest.raises(SparkException) as raised:
        spark.range(1).collect()
    assert raised.value.getCondition() == "INTERNAL_ERROR"
    assert "LookupError: a shelf is missing" in str(raised.value)
    assert "in broken" in str(raised.value)
    monkeypatch.undo()
    assert spark.range(1).count() == 1


def test_an_empty_plan_is_a_named_error(raw):
    import grpc
    from grpc_status import rpc_status

    with pytest.raises(grpc.RpcError) as raised:
        list(raw.stub.ExecutePlan(raw.request(raw.pb.ExecutePlanRequest)))
    assert "CONNECT_INVALID_PLAN.FIELD_MISSING" in rpc_status.from_call(raised.value).message


def chained():
    try:
        try:
            raise AnalysisError("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", objectName="`a`")  # noqa: TRY301
        except AnalysisError as inner:
            raise ExecutionError("INTERNAL_ERROR", message="outer") from inner
    except ExecutionError as error:
        return error


def test_the_whole_chain_can_be_fetched():
    outer, inner = errors.to_details(chained())
    assert outer.cause_idx == 1
    assert not inner.HasField("cause_idx")
    assert inner.spark_throwable.error_class == "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION"
    assert outer.stack_trace[0].method_name == "chained"


def test_a_message_longer_than_the_trailers_is_cut_there_and_whole_in_the_details():
    error = ExecutionError("INTERNAL_ERROR", message="x" * 100_000)
    assert len(errors.to_status(error, "id").SerializeToString()) < 8000
    assert len(errors.to_details(error)[0].message) > 100_000


def test_java_parents_are_named_for_clients_that_know_only_them():
    classes = errors.facts(DateTimeFault("INTERNAL_ERROR", message="m")).classes
    assert classes[:2] == ("org.apache.spark.SparkDateTimeException", "java.time.DateTimeException")


def test_a_users_failing_function_shows_the_users_own_lines():
    lines = 'Traceback (most recent call last):\n  File "cell", line 1, in f\nValueError: boom'
    told = errors.facts(UserCodeError("INTERNAL_ERROR", message="f", traceback=lines))
    assert lines in told.message


def test_a_session_the_server_never_had_cannot_be_gone_back_to(raw):
    import grpc

    stale = raw.request(raw.pb.AnalyzePlanRequest, client_observed_server_side_session_id="other")
    stale.spark_version.SetInParent()
    with pytest.raises(grpc.RpcError, match=r"INVALID_HANDLE\.SESSION_CHANGED"):
        raw.stub.AnalyzePlan(stale)


def test_a_session_id_must_be_a_uuid(raw):
    import grpc

    request = raw.pb.AnalyzePlanRequest(session_id="mine")
    request.spark_version.SetInParent()
    with pytest.raises(grpc.RpcError, match=r"INVALID_HANDLE\.FORMAT"):
        raw.stub.AnalyzePlan(request)


def test_a_forgotten_error_id_gives_no_details(raw):
    raw.stub.AnalyzePlan(_version(raw))
    answer = raw.stub.FetchErrorDetails(raw.request(raw.pb.FetchErrorDetailsRequest, error_id="x"))
    assert not answer.HasField("root_error_idx")


def _version(raw):
    request = raw.request(raw.pb.AnalyzePlanRequest)
    request.spark_version.SetInParent()
    return request


def test_client_exceptions_carry_the_grpc_code(spark):
    with pytest.raises(SparkConnectGrpcException) as raised:
        spark.range(1).select("no").collect()
    assert raised.value.getGrpcStatusCode().name == "INTERNAL"
