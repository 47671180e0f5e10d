"""What may run before its batch is planned."""

from __future__ import annotations

import pytest
from pyspark.sql.types import DateType, LongType, TimestampType

from tests.engine.streaming.plans import SESSION, events, sql
from workbench.engine.plan import relations as r
from workbench.engine.plan.operators import Observe, Placeholder, Project
from workbench.engine.plan.python_function import PythonFunction
from workbench.engine.plan.typed import Attribute, Named, Now, PythonCall
from workbench.engine.streaming.head import head, is_of_rows_alone
from workbench.engine.streaming.incremental import cut
from workbench.engine.streaming.steps import Fragment
from workbench.testing.memory_stream import MemoryStream

WATERMARK = "1 minute"


@pytest.fixture
def stream():
    return MemoryStream("t TIMESTAMP, k STRING, x INT")


def head_of(text, mode="append", **views):
    """The steps that may run ahead, and the others."""
    plan = cut(sql(text, **views)(), mode)
    found = head(plan)
    return list(found), [step.name for step in plan.steps if step.name not in found]


def test_all_of_a_stateless_query_may(stream):
    assert head_of("SELECT upper(k), x + 1 FROM e WHERE x > 1", e=events(stream)) == (
        ["fragment0"],
        [],
    )


def test_all_below_the_state_may_and_nothing_above(stream):
    text = "SELECT k, count(*) n FROM e GROUP BY k"
    assert head_of(text, "update", e=events(stream, WATERMARK)) == (
        ["fragment0", "events0", "fragment2"],
        ["state0", "fragment4"],
    )


def test_a_source_that_state_reads_as_it_is_may_be_read(stream):
    assert head_of("SELECT DISTINCT * FROM e", e=events(stream))[0] == ["fragment0"]
    deduplicated = r.Deduplicate(events(stream), all_columns=True)
    plan = cut(SESSION.understand(deduplicated).operator, "append")
    assert list(head(plan)) == ["source0"]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT rand() r FROM e",
        "SELECT uuid() u FROM e",
        "SELECT k FROM e WHERE shuffle(array(1, 2))[0] = x",
        "SELECT e.k FROM e JOIN fixed f ON e.x = f.x",
        "SELECT explode(sequence(1, x)) FROM e",
    ],
    ids=["random", "uuid", "shuffled", "a table that may change", "many rows of one"],
)
def test_what_depends_on_more_than_its_rows_may_not(stream, text):
    fixed = r.SqlQuery("SELECT 1 AS x")
    assert head_of(text, e=events(stream), fixed=fixed)[0] == []


def test_a_users_function_and_observing_may_not():
    column = Attribute("x", LongType(), True)
    rows = Placeholder("source0", (column,))
    function = PythonFunction("f", 100, b"", LongType())
    called = Project(rows, (Named(PythonCall(function, (column,), LongType()), column),))
    assert is_of_rows_alone(Fragment("plain", Project(rows, (Named(column, column),))))
    assert not is_of_rows_alone(Fragment("called", called))
    assert not is_of_rows_alone(Fragment("observed", Observe(rows, "seen", rows)))


@pytest.mark.parametrize("kind", [TimestampType(), DateType()])
def test_what_asks_for_the_time_may_not(kind):
    column = Attribute("x", kind, True)
    rows = Placeholder("source0", (column,))
    assert not is_of_rows_alone(Fragment("now", Project(rows, (Named(Now(kind), column),))))


def test_one_side_of_a_join_may_when_the_other_may_not(stream):
    other = MemoryStream("t TIMESTAMP, k STRING, x INT")
    text = "SELECT a.k, c.r FROM a JOIN (SELECT k, rand() r FROM b) c ON a.k = c.k"
    may, may_not = head_of(text, a=events(stream), b=events(other))
    assert may == ["fragment0"]
    assert "fragment1" in may_not
