"""``python -m workbench serve``."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

import workbench as wb
from workbench.base.errors import IllegalArgument
from workbench.connect.standalone import Place
from workbench.connect.tokens import read_token


@pytest.fixture
def served(tmp_path):
    token = tmp_path / "token"
    token.write_text("a-token-of-enough-length")
    token.chmod(0o600)
    words = ["-m", "workbench", "--here", "serve", "--port", "0", "--token-file", str(token)]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", *words], stderr=subprocess.PIPE, text=True
    )
    line = process.stderr.readline().strip()
    assert "a-token-of-enough-length" not in line
    yield line.replace("…", "a-token-of-enough-length")
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    process.stderr.close()


def test_a_client_with_the_token_is_served_and_one_without_is_not(served):
    spark = wb.session(served)
    assert spark.range(3).count() == 3
    where = served.partition("/;")[0]
    import grpc
    from pyspark.sql.connect.proto import base_pb2, base_pb2_grpc

    channel = grpc.secure_channel(where.removeprefix("sc://"), grpc.local_channel_credentials())
    request = base_pb2.AnalyzePlanRequest(session_id="00112233-4455-6677-8899-aabbccddeeff")
    request.spark_version.SetInParent()
    with pytest.raises(grpc.RpcError) as raised:
        base_pb2_grpc.SparkConnectServiceStub(channel).AnalyzePlan(request)
    assert raised.value.code() == grpc.StatusCode.UNAUTHENTICATED
    channel.close()
    spark.stop()


def test_a_port_other_machines_can_reach_needs_a_certificate():
    with pytest.raises(IllegalArgument, match="SERVER_NEEDS_TLS"):
        Place(host="0.0.0.0").credentials()
    assert Place(host="127.0.0.1").is_here_only
    assert not Place(host="example.org").is_here_only


@pytest.mark.parametrize(
    ("text", "mode", "problem"),
    [
        ("a-token-of-enough-length", 0o644, "chmod 600"),
        ("short", 0o600, "less than"),
        (None, 0o600, "cannot be read"),
    ],
)
def test_a_token_file_must_be_private_and_hold_a_token(tmp_path, text, mode, problem):
    path = tmp_path / "token"
    if text is not None:
        path.write_text(text)
        path.chmod(mode)
    with pytest.raises(IllegalArgument, match=problem):
        read_token(path)
