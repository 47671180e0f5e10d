"""A table goes in unordered; slices come out in the order their rows arrived."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from workbench.base.errors import AnalysisError, IllegalArgument, IllegalState
from workbench.base.replay_clock import END_OF_TIME, ReplayClock
from workbench.engine.connectors.replay_table import Replays, ReplayTable, from_offset, to_offset

SECOND = 1_000_000


def at(*seconds, zone="UTC", unit="us"):
    scale = {"s": 1, "ms": 1_000, "us": SECOND, "ns": 1_000 * SECOND}[unit]
    values = [None if second is None else second * scale for second in seconds]
    return pa.array(values, pa.timestamp(unit, zone))


def table(*seconds, **how):
    return pa.table({"seen": at(*seconds, **how), "row": list(range(len(seconds)))})


def order(replay):
    return replay.rows(0, len(replay)).column("row").to_pylist()


def test_rows_come_in_the_order_they_arrived_and_ties_keep_the_tables_order():
    assert order(ReplayTable(table(3, 1, 2, 1), "seen")) == [1, 3, 2, 0]


def test_rows_that_never_arrive_are_left_out_and_counted():
    replay = ReplayTable(table(2, None, 1), "seen")
    assert order(replay) == [2, 0]
    assert replay.skipped == 1


def test_the_position_counts_the_rows_that_have_arrived():
    replay = ReplayTable(table(1, 2, 2, 5), "seen")
    assert [replay.position(second * SECOND) for second in (0, 1, 2, 4, 5)] == [0, 1, 3, 3, 4]
    assert replay.position(END_OF_TIME) == 4


def test_a_slice_is_what_lies_between_two_positions_and_is_no_copy():
    replay = ReplayTable(table(1, 2, 3, 4), "seen")
    middle = replay.rows(1, 3)
    assert middle.column("row").to_pylist() == [1, 2]
    whole, part = (piece.column("row").chunk(0).buffers()[1] for piece in (replay.table, middle))
    assert part.address == whole.address


def test_a_position_says_when_its_last_row_arrived():
    replay = ReplayTable(table(4, 7), "seen")
    assert [replay.arrived_at(position) for position in (0, 1, 2)] == [
        4 * SECOND,
        4 * SECOND,
        7 * SECOND,
    ]


@pytest.mark.parametrize(
    "bound",
    [datetime(1970, 1, 2, tzinfo=UTC), date(1970, 1, 2), "1970-01-02", "1970-01-01T19:00-05:00"],
)
def test_start_is_included_and_end_is_not(bound):
    day = 86_400
    two_days = table(day - 1, day, day + 1)
    assert order(ReplayTable(two_days, "seen", start=bound)) == [1, 2]
    assert order(ReplayTable(two_days, "seen", end=bound)) == [0]


def test_the_clock_starts_where_the_replay_does():
    assert ReplayTable(table(9, 8), "seen").start == 8 * SECOND
    assert ReplayTable(table(9, 8), "seen", start="1970-01-01T00:00:05").start == 5 * SECOND
    assert ReplayTable(table(), "seen").start == 0


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_any_timestamp_will_do(unit):
    assert order(ReplayTable(table(2, 1, unit=unit), "seen")) == [1, 0]
    assert order(ReplayTable(table(2, 1, unit=unit, zone=None), "seen")) == [1, 0]


def test_rows_come_out_in_the_types_spark_has():
    nanoseconds = pa.array([1_000_000_000_001], pa.timestamp("ns", "America/New_York"))
    words = pa.array(["on time"]).dictionary_encode()
    replay = ReplayTable(pa.table({"seen": nanoseconds, "status": words}), "seen")
    assert replay.schema.types == [pa.timestamp("us", "UTC"), pa.string()]
    assert replay.rows(0, 1).column("status").to_pylist() == ["on time"]


def test_an_empty_table_is_a_stream_with_no_rows():
    replay = ReplayTable(table(), "seen")
    assert len(replay) == 0
    assert replay.position(END_OF_TIME) == 0
    assert replay.arrived_at(0) == 0


def test_a_column_that_is_not_there_is_named_with_what_is():
    with pytest.raises(AnalysisError, match=r"`saw`.*`seen`"):
        ReplayTable(table(1), "saw")


def test_a_column_that_is_no_timestamp_is_refused():
    with pytest.raises(IllegalArgument, match="`row` is of type `int64`"):
        ReplayTable(table(1), "row")


def test_offsets_are_json_and_read_back():
    assert to_offset(12) == '{"row":12}'
    assert from_offset(to_offset(12)) == 12


@pytest.mark.parametrize("offset", ["", "{", "12", '{"row":-1}', '{"row":"1"}', '{"rows":1}'])
def test_an_offset_of_something_else_is_a_named_error(offset):
    with pytest.raises(IllegalState) as failure:
        from_offset(offset)
    assert failure.value.condition == "WORKBENCH_REPLAY.BAD_OFFSET"


def test_the_same_replay_has_one_name_and_a_different_one_another():
    replays, rows, clock = Replays(), table(1, 2), ReplayClock()
    name = replays.add(rows, "seen", None, None, clock)
    assert replays.add(rows, "seen", None, None, clock) == name
    assert replays.add(rows, "seen", "1970-01-02", None, clock) != name
    assert replays.add(table(1, 2), "seen", None, None, clock) != name
    assert replays.find(name)[1] is clock


def test_a_name_nobody_gave_is_a_named_error():
    with pytest.raises(IllegalArgument, match="no replay `replay-9`"):
        Replays().find("replay-9")
