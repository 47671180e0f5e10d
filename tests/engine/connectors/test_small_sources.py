"""The sources that need no file: rate, rate-micro-batch, socket, replay."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from workbench.base.errors import AnalysisError, IllegalArgument, IllegalState
from workbench.base.replay_clock import ReplayClock
from workbench.engine.connectors import rate, rate_micro_batch, registry, replay
from workbench.engine.connectors.contract import SourceContext
from workbench.engine.connectors.replay_table import REPLAYS

NOW = 1_795_410_246_119


class Clock:
    def __init__(self):
        self.ms = NOW

    def __call__(self):
        return self.ms


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def context(tmp_path, clock):
    return SourceContext(tmp_path / "sources/0", lambda key: "", clock)


def opened(name, context, **options):
    connector = registry.find(name)
    schema = connector.schema(options, None, True, lambda key: "")
    return connector.source(options, schema, context)


def test_rate_gives_so_many_rows_a_second(context, clock):
    source = opened("rate", context, rowsPerSecond="5")
    assert (
        source.description
        == "RateStreamV2[rowsPerSecond=5, rampUpTimeSeconds=0, numPartitions=default"
    )
    assert source.latest_offset(None) == "0"
    clock.ms += 4_900
    assert source.latest_offset("0") == "4"
    rows = source.batch("0", "4")
    assert rows.column("value").to_pylist() == list(range(20))
    first, second = rows.column("timestamp")[:2].cast(pa.int64()).to_pylist()
    assert (first, second - first) == (NOW * 1000, 200_000)


def test_rate_remembers_when_it_was_born(context, clock, tmp_path):
    opened("rate", context)
    assert (tmp_path / "sources/0/0").read_text() == f"v1\n{NOW}"
    clock.ms += 10_000
    assert opened("rate", context).latest_offset("3") == "10"


def test_rate_gives_the_same_rows_for_the_same_offsets(context, clock):
    before = opened("rate", context, rowsPerSecond="7").batch("3", "9")
    clock.ms += 100_000
    assert opened("rate", context, rowsPerSecond="7").batch("3", "9").equals(before)


def test_rate_never_goes_back_when_the_clock_does(context, clock):
    source = opened("rate", context)
    clock.ms += 5_000
    assert source.latest_offset("0") == "5"
    clock.ms -= 60_000
    assert source.latest_offset("5") == "5"


def test_rate_climbs():
    pace = rate.Pace(6, ramp_up=2)
    assert [pace.value_at(second) for second in range(6)] == [0, 2, 6, 12, 18, 24]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rowsPerSecond": "-1"}, "must be positive"),
        ({"rowsPerSecond": "0"}, "must be positive"),
        ({"rampUpTime": "-3s"}, "must not be negative"),
        ({"rowsPerSecond": "abc"}, "abc"),
    ],
)
def test_rate_refuses_what_makes_no_sense(context, options, words):
    with pytest.raises(IllegalArgument, match=words):
        opened("rate", context, **options)


def test_rate_micro_batch_is_the_same_in_every_run(context):
    source = opened("rate-micro-batch", context, rowsPerBatch="3", startTimestamp="5000")
    end = source.latest_offset(None)
    assert end == '{"offset":3,"timestamp":6000}'
    rows = source.batch(None, end)
    assert rows.column("value").to_pylist() == [0, 1, 2]
    assert set(rows.column("timestamp").to_pylist()) == {datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)}
    assert source.latest_offset(end) == '{"offset":6,"timestamp":7000}'


def test_rate_micro_batch_gives_one_batch_at_a_time_when_all_is_asked(context):
    source = opened("rate-micro-batch", context, rowsPerBatch="3")
    source.prepare_available_now()
    end = source.latest_offset(None, available_now=True)
    assert source.latest_offset(end, available_now=True) == end


def test_rate_micro_batch_needs_its_size(context):
    with pytest.raises(IllegalArgument, match="rowsPerBatch"):
        rate_micro_batch.CONNECTOR.schema({}, None, True, lambda key: "")


@pytest.fixture
def server():
    listening = socket.create_server(("127.0.0.1", 0))
    yield listening
    listening.close()


def serve(server, text, ended):
    def talk():
        connection, _ = server.accept()
        with connection:
            connection.sendall(text.encode())
            ended.wait(10)

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    return thread


def waited(look, wanted):
    for _ in range(2000):
        if look() == wanted:
            return
        threading.Event().wait(0.002)
    raise AssertionError(look())


def test_socket_gives_lines(context, server):
    ended = threading.Event()
    thread = serve(server, "one\ntwo\r\n", ended)
    port = str(server.getsockname()[1])
    source = opened("socket", context, host="127.0.0.1", port=port, includeTimestamp="true")
    waited(lambda: source.latest_offset(None), "1")
    rows = source.batch("-1", "1")
    assert rows.column("value").to_pylist() == ["one", "two"]
    assert rows.schema.names == ["value", "timestamp"]
    source.commit("0")
    assert source.batch("0", "1").column("value").to_pylist() == ["two"]
    with pytest.raises(IllegalState, match="again"):
        source.batch("-1", "1")
    source.stop()
    ended.set()
    thread.join()


@pytest.mark.parametrize("options", [{}, {"host": "localhost"}])
def test_socket_needs_a_host_and_a_port(context, options):
    with pytest.raises(AnalysisError, match="to read from"):
        opened("socket", context, **options)


def test_socket_says_when_nobody_listens(context):
    source = opened("socket", context, host="127.0.0.1", port="1")
    with pytest.raises(OSError):
        source.latest_offset(None)


@pytest.fixture
def flights():
    hours = [datetime(2024, 1, 1, hour, tzinfo=UTC) for hour in (3, 1, 2, 9)]
    return pa.table({"at": pa.array(hours, pa.timestamp("us", "UTC")), "n": [3, 1, 2, 9]})


def replaying(flights, context, speed, **options):
    clock = ReplayClock(speed)
    name = REPLAYS.add(flights, "at", None, None, clock)
    return opened("workbench-replay", context, replay=name, **options), clock


def test_replay_gives_rows_as_they_arrive(flights, context, clock):
    source, _ = replaying(flights, context, 3600)
    assert source.latest_offset(None) == '{"row":1}'
    clock.ms += 2_000
    end = source.latest_offset('{"row":1}')
    assert end == '{"row":3}'
    assert source.batch('{"row":1}', end).column("n").to_pylist() == [2, 3]
    source.stop()


def test_replay_by_steps_waits_to_be_asked(flights, context, clock):
    source, steps = replaying(flights, context, None)
    assert source.latest_offset(None) == '{"row":1}'
    clock.ms += 1_000_000
    assert source.latest_offset('{"row":1}') == '{"row":1}'
    steps.step(hours=1)
    assert source.latest_offset('{"row":1}') == '{"row":2}'


def test_replay_gives_everything_when_all_is_asked(flights, context):
    source, _ = replaying(flights, context, None)
    source.prepare_available_now()
    assert source.latest_offset(None, available_now=True) == '{"row":4}'


def test_replay_batches_can_be_limited_and_tuned(flights, context):
    source, _ = replaying(flights, context, float("inf"), maxRowsPerTrigger="1")
    assert source.latest_offset(None) == '{"row":1}'
    source.tune(max_rows_per_trigger=2)
    assert source.latest_offset('{"row":1}') == '{"row":3}'


def test_a_restarted_replay_goes_on_where_it_was(flights, context, clock):
    source, _ = replaying(flights, context, 3600)
    assert source.latest_offset('{"row":3}') == '{"row":3}'
    clock.ms += 6_000
    assert source.latest_offset('{"row":3}') == '{"row":4}'


def test_an_unknown_replay_says_so():
    with pytest.raises(IllegalArgument, match="nobody"):
        replay.CONNECTOR.schema({"replay": "nobody"}, None, True, lambda key: "")
