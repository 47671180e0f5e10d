"""A batch read while the one before it is under way: the same rows, errors and files as without."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.engine.streaming.plans import sql
from workbench.base.errors import StreamingQueryError
from workbench.engine.connectors.contract import FileScan
from workbench.engine.connectors.memory import MemorySink
from workbench.engine.kernel.kernel import Kernel
from workbench.engine.plan import relations as r
from workbench.engine.plan.operators import Placeholder
from workbench.engine.plan.walk import operators_of
from workbench.engine.streaming.read_ahead import READ_AHEAD_BYTES, READ_AHEAD_ROWS
from workbench.engine.streaming.triggers import Trigger
from workbench.testing.stream_test import StreamTest, schema_of

AHEAD = "stream-read-ahead"
COUNT = "SELECT k, sum(x) s, count(*) n FROM e GROUP BY k"
DOUBLE = "SELECT k, x * 2 d FROM e"
OFF = {READ_AHEAD_BYTES: "0"}
EVER_SO_FEW = {READ_AHEAD_ROWS: "1"}


def reading() -> list[threading.Thread]:
    """The threads that read ahead at the moment."""
    return [thread for thread in threading.enumerate() if thread.name == AHEAD]


class Stopping(MemorySink):
    """A sink in which something happens while batch N is in it, when the next batch has been read."""

    def __init__(self, schema) -> None:
        super().__init__(schema)
        self.during: dict[int, Callable[[], None]] = {}

    def add_batch(self, batch_id, table, mode):
        for thread in reading():
            thread.join(30)
        self.during.pop(batch_id, lambda: None)()
        return super().add_batch(batch_id, table, mode)


class Watched(Kernel):
    """The kernel, noting on which thread each source was read."""

    def __init__(self) -> None:
        super().__init__(2)
        self.read_by: list[str] = []

    def run(self, operator, inputs=None, observed=None):
        read = {one.name for one in operators_of(operator) if isinstance(one, Placeholder)}
        if any(isinstance((inputs or {}).get(name), FileScan) for name in read):
            self.read_by.append(threading.current_thread().name)
        return super().run(operator, inputs, observed)


class Story:
    """A query over a folder of parquet files, one a batch; it ends when they are read."""

    def __init__(self, folder: Path, text: str = COUNT, **options) -> None:
        self.folder = folder / "in"
        self.folder.mkdir()
        self.kernel = Watched()
        read = {"path": str(self.folder), "maxFilesPerTrigger": "1", **options}
        source = r.ReadSource(
            "parquet", schema="k STRING, x BIGINT", options=read, is_streaming=True
        )
        plan = sql(text, e=source)
        self.test = StreamTest(
            plan,
            kernel=self.kernel,
            output_mode="update" if text is COUNT else "append",
            trigger=Trigger("availableNow"),
        )
        self.sink = self.test.sink = Stopping(schema_of(plan()))

    def put(self, number: int, *values: int) -> Path:
        path = self.folder / f"{number:03}.parquet"
        pq.write_table(pa.table({"k": ["a"] * len(values), "x": list(values)}), path)
        os.utime(path, (number + 1, number + 1))
        return path

    def start(self, **settings) -> Story:
        conf = {"spark.sql.shuffle.partitions": "2", **EVER_SO_FEW, **settings}
        self.test.start(conf=conf.get)
        return self

    def leave(self) -> None:
        """Ask the query to end, from inside its sink."""
        self.test.query.execution.control.stop()

    def pause(self) -> None:
        """Let no batch start after the one under way."""
        self.test.query.pause()

    def end(self) -> list[tuple]:
        """The sink's rows when the query has ended by itself."""
        assert self.test.query.await_termination(60)
        return self.test.answer()

    def rows_of_batches(self) -> list[int]:
        return [p.num_input_rows for p in self.test.query.recent_progress if p.num_input_rows]

    @property
    def times_ahead(self) -> int:
        return self.kernel.read_by.count(AHEAD)


@pytest.fixture
def story(tmp_path):
    made = []

    def open_one(text=COUNT, files=3, **options):
        one = Story(tmp_path, text, **options)
        made.append(one)
        for i in range(files):
            one.put(i, *range(i * 10, i * 10 + i + 1))
        return one

    yield open_one
    for one in made:
        one.test.close()
    assert reading() == []


def test_batches_are_read_while_others_are_under_way_and_say_the_same(story):
    one = story(files=4)
    found = one.start().end()
    assert found == [("a", 0, 1), ("a", 21, 3), ("a", 84, 6), ("a", 210, 10)]
    assert one.rows_of_batches() == [1, 2, 3, 4]
    # The first batch reads for itself, all others find their rows.
    assert one.times_ahead == len(one.kernel.read_by) - 1 == 3
    figures = {row["node"]: row for row in one.test.query.nodes()}
    assert figures["source0"]["rows"] == figures["fragment0"]["rows"] == 10
    assert figures["fragment0"]["ms"] > 0


def test_it_can_be_turned_off(story):
    one = story(files=4)
    assert one.start(**OFF).end()[-1] == ("a", 210, 10)
    assert one.times_ahead == 0


def test_a_batch_of_few_rows_is_not_worth_a_thread(story):
    one = story(files=4)
    assert one.start(**{READ_AHEAD_ROWS: "3"}).end()[-1] == ("a", 210, 10)
    # Only the batch after one of three rows.
    assert one.times_ahead == 1


def test_a_batch_too_large_to_hold_is_read_when_it_is_due(story):
    one = story(files=0)
    one.put(0, 1)
    one.put(1, *range(10_000))
    assert one.start(**{READ_AHEAD_BYTES: "10000"}).end()[-1] == ("a", 49_995_001, 10_001)
    assert AHEAD not in one.kernel.read_by


def test_a_random_column_is_not_read_ahead(story):
    one = story("SELECT k, x, rand() < 2 r FROM e")
    assert len(one.start().end()) == 6
    assert one.times_ahead == 0


@pytest.mark.parametrize("settings", [{}, OFF], ids=["ahead", "not ahead"])
@pytest.mark.parametrize("text", [COUNT, DOUBLE], ids=["state", "no state"])
def test_a_file_deleted_in_between_fails_the_batch_that_reads_it(story, text, settings):
    one = story(text)
    gone = one.folder / "001.parquet"
    one.sink.during[0] = gone.unlink
    one.start(**settings)
    with pytest.raises(StreamingQueryError) as failed:
        one.end()
    assert failed.value.__cause__.condition == "FAILED_READ_FILE.FILE_NOT_EXIST"
    assert str(gone) in str(failed.value)
    assert one.rows_of_batches() == [1]

    one.put(1, 10, 11)
    one.start(**settings)
    one.end()
    assert one.rows_of_batches() == [2, 3]


def test_a_file_written_anew_in_between_is_read_anew(story):
    one = story()
    one.sink.during[0] = lambda: one.put(1, 500)
    assert one.start().end() == [("a", 0, 1), ("a", 500, 2), ("a", 563, 5)]


@pytest.mark.parametrize("settings", [{}, OFF], ids=["ahead", "not ahead"])
def test_a_file_damaged_inside_fails_its_own_batch(story, settings):
    one = story(DOUBLE)
    path = one.folder / "001.parquet"
    content = bytearray(path.read_bytes())
    footer = int.from_bytes(content[-8:-4], "little") + 8
    content[4:-footer] = b"\xff" * (len(content) - footer - 4)
    path.write_bytes(content)
    os.utime(path, (2, 2))
    one.start(**settings)
    with pytest.raises(StreamingQueryError):
        one.end()
    assert one.test.answer() == [("a", 0)]
    assert one.test.query.last_progress.batch_id == 0


def test_a_row_that_fails_fails_its_own_batch(story):
    one = story("SELECT 10 DIV (x - 11) q FROM e")
    one.start()
    with pytest.raises(StreamingQueryError) as failed:
        one.end()
    assert failed.value.__cause__.condition == "DIVIDE_BY_ZERO"
    assert len(one.test.answer()) == 1


def test_a_limit_changed_in_between_holds_from_the_next_batch(story):
    one = story(files=6)
    one.sink.during[1] = lambda: one.test.query.tune(max_files_per_trigger=3)
    assert one.start().end()[-1] == ("a", 735, 21)
    assert one.rows_of_batches() == [1, 2, 3 + 4 + 5, 6]


def test_a_stop_in_between_leaves_the_next_batch_to_the_next_run(story):
    one = story(files=4)
    one.sink.during[1] = one.leave
    one.start()
    assert one.test.query.wait_for_end(30)
    assert reading() == []
    offsets = Path(one.test.query.checkpoint_location) / "offsets"
    assert sorted(p.name for p in offsets.iterdir() if p.name.isdigit()) == ["0", "1"]
    assert one.start().end()[-1] == ("a", 210, 10)


@pytest.mark.parametrize(
    "point", ["offsets.before", "offsets.after", "sink.after", "commits.before", "commits.after"]
)
def test_a_crash_with_the_next_batch_read_loses_and_doubles_nothing(story, point):
    one = story(files=5)
    held, go = threading.Event(), threading.Event()
    one.sink.during[1] = lambda: (held.set(), go.wait(30))
    one.start()
    assert held.wait(30)
    releasing = threading.Timer(0.05, go.set)
    releasing.start()
    one.test.crash(point)
    releasing.join()
    assert one.start().end()[-1] == ("a", 420, 15)


def test_a_paused_query_steps_through_the_files_and_holds_none(story):
    one = story(files=5)
    one.sink.during[0] = one.pause
    one.start()
    query = one.test.query
    assert query.execution.control.rest(30)
    one.test.query.step(1)
    assert one.rows_of_batches() == [1, 2]
    one.test.query.step(2)
    assert one.rows_of_batches() == [1, 2, 3, 4]
    assert one.times_ahead == 1
    query.resume()
    assert one.end()[-1] == ("a", 420, 15)


def test_new_files_are_guessed_only_once_listed(story):
    one = story(files=2)
    one.sink.during[1] = lambda: one.put(2, 100)
    one.test.given["trigger"] = Trigger()
    one.start()
    one.test.settle()
    assert one.test.answer()[-1] == ("a", 121, 4)
    assert one.times_ahead == 1


def test_two_streams_are_read_ahead_each_for_itself(tmp_path):
    for name in ("left", "right"):
        (tmp_path / name).mkdir()
        for i in range(3 if name == "left" else 2):
            path = tmp_path / name / f"{i}.parquet"
            pq.write_table(pa.table({"k": [i], "x": [i]}), path)
            os.utime(path, (i + 1, i + 1))
    views = {
        name: r.ReadSource(
            "parquet",
            schema="k BIGINT, x BIGINT",
            options={"path": str(tmp_path / name), "maxFilesPerTrigger": "1"},
            is_streaming=True,
        )
        for name in ("left", "right")
    }
    kernel = Watched()
    test = StreamTest(
        sql("SELECT l.k, l.x + r.x s FROM left l JOIN right r ON l.k = r.k", **views),
        kernel=kernel,
        trigger=Trigger("availableNow"),
    )
    try:
        test.start(conf=EVER_SO_FEW.get)
        assert test.query.await_termination(60)
        assert sorted(test.answer()) == [(0, 0), (1, 2)]
        assert kernel.read_by.count(AHEAD) == 3
    finally:
        test.close()
