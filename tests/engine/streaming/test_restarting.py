"""A query changed by a restart from its checkpoint, and a second one forked from it."""

from __future__ import annotations

import threading

import pyarrow as pa
import pytest

from tests.engine.streaming.plans import SESSION, at, events, sql
from workbench.base.errors import AnalysisError, IllegalArgument, Unsupported
from workbench.engine.connectors.memory import MemorySink
from workbench.engine.forks import fork
from workbench.engine.plan import relations as r
from workbench.engine.streaming.definition import StreamDefinition
from workbench.testing.memory_stream import MemoryStream

COUNT = "SELECT window(t, '10 seconds').start s, count(*) n FROM e GROUP BY window(t, '10 seconds')"


class Running:
    """A query of the shared session on a memory stream, and its table."""

    def __init__(self, text, stream, mode="append", name="first", **views):
        plan = sql(text, e=events(stream, "10 seconds"), **views)()
        self.sink = MemorySink(SESSION.schema_of(plan))
        self.stream = stream
        self.query = SESSION.streams.start(
            StreamDefinition(
                plan, SESSION.kernel, lambda _: self.sink, output_mode=mode, name=name,
                recovers=False, conf=SESSION.conf.find,
            )
        )  # fmt: skip

    def add(self, *rows, query=None):
        self.stream.add(*rows)
        (query or self.query).process_all_available()

    def rows(self):
        return sorted(tuple(row.values()) for row in self.sink.rows().to_pylist())


@pytest.fixture(autouse=True)
def nothing_left():
    yield
    for query in SESSION.streams.active:
        query.stop()


@pytest.fixture
def running():
    made = Running(COUNT, MemoryStream("t TIMESTAMP, k STRING"))
    made.add((at(5), "a"), (at(20), "b"))
    return made


def watermark(query):
    return query.last_progress.event_time["watermark"]


def test_another_watermark_applies_from_the_checkpoint_on(running):
    old = running.query
    again = SESSION.streams.restart(old, {"watermark": "1 minute"})
    assert (again.id, again.run_id == old.run_id) == (old.id, False)
    assert not old.is_active
    running.add((at(65), "c"), query=again)
    assert watermark(again).endswith("00:00:10.000Z"), "the watermark never goes back"
    running.add((at(95), "c"), query=again)
    running.add((at(96), "c"), query=again)
    assert watermark(again).endswith("00:00:36.000Z"), "96 s less a minute"
    starts = [row[0].second for row in running.rows()]
    assert starts == [0, 20], "the table kept its rows, and later windows came to it"


def test_a_shorter_watermark_is_as_legal(running):
    again = SESSION.streams.restart(running.query, {"watermark": "1 second"})
    running.add((at(40), "c"), query=again)
    assert watermark(again).endswith("00:00:39.000Z")


def test_deduplication_forgets_by_the_new_delay():
    stream = MemoryStream("t TIMESTAMP, k STRING")
    relation = r.Deduplicate(events(stream, "2 seconds"), ("k",), within_watermark=True)
    plan = SESSION.understand(relation).operator
    sink = MemorySink(SESSION.schema_of(plan))
    query = SESSION.streams.start(
        StreamDefinition(plan, SESSION.kernel, lambda _: sink, conf=SESSION.conf.find)
    )
    again = SESSION.streams.restart(query, {"watermark": "1 hour"})
    for second in (0, 100, 200):
        stream.add((at(second), "a"))
        again.process_all_available()
    assert sink.rows().num_rows == 1, "by two seconds it would be forgotten"


def test_what_was_tuned_stays_and_a_paused_query_stays_paused(running):
    running.query.tune(trigger_ms=0, max_rows_per_trigger=7)
    running.query.process_all_available()
    running.query.pause()
    again = SESSION.streams.restart(running.query, {"watermark": "20 seconds"})
    assert again.is_paused
    assert again.execution.trigger.interval_ms == 0
    assert again.execution.control.tuned == {"max_rows_per_trigger": 7}


@pytest.mark.parametrize(
    ("settings", "error", "reason"),
    [
        ({"watermark": "soon"}, AnalysisError, "soon"),
        ({"watermark": {"k": "1 hour"}}, IllegalArgument, "no watermark on `k`"),
        ({"output_mode": "complete"}, IllegalArgument, "no `output_mode` to tune"),
    ],
)
def test_what_a_restart_cannot_change_leaves_the_query_running(running, settings, error, reason):
    with pytest.raises(error, match=reason):
        SESSION.streams.restart(running.query, settings)
    assert running.query.is_active


def test_a_query_without_a_watermark_gets_none():
    stream = MemoryStream("k STRING")
    plan = sql("SELECT k FROM e", e=events(stream))()
    sink = MemorySink(SESSION.schema_of(plan))
    query = SESSION.streams.start(
        StreamDefinition(plan, SESSION.kernel, lambda _: sink, conf=SESSION.conf.find)
    )
    with pytest.raises(Unsupported, match="has none"):
        SESSION.streams.restart(query, {"watermark": "1 hour"})


def test_a_fork_goes_on_from_a_copy_and_leaves_the_first_alone(running):
    other = fork(
        SESSION, running.query, "second", {"watermark": "1 minute", "output_mode": "update"}
    )
    assert other.id != running.query.id
    assert other.checkpoint_location != running.query.checkpoint_location
    running.add((at(21), "b"))
    other.process_all_available()
    forked = SESSION.understand(r.SqlQuery("SELECT * FROM second")).operator
    seen = [tuple(row.values()) for row in SESSION.run(forked).to_pylist()]
    assert [(start.second, count) for start, count in seen] == [(20, 2)], (
        "it knows the rows of before"
    )
    assert running.query.is_active
    assert not running.query.is_paused
    assert [row[0].second for row in running.rows()] == [0]


def test_a_fork_that_may_not_stream_is_refused(running):
    with pytest.raises(IllegalArgument, match="first"):
        fork(SESSION, running.query, "first", {})
    with pytest.raises(AnalysisError):
        fork(SESSION, running.query, "second", {"output_mode": "sideways"})
    assert running.query.is_active


def test_a_query_is_held_only_while_its_checkpoint_is_copied(running):
    with running.query.at_rest():
        assert running.query.is_paused
        added = threading.Thread(target=running.add, args=((at(22), "d"),))
        added.start()
    added.join(30)
    assert not running.query.is_paused
    assert isinstance(running.sink.rows(), pa.Table)
