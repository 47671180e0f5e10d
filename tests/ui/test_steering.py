"""Pause, step and tune: what reaches the server, what is refused, and the mark every change leaves."""

from __future__ import annotations

import pytest

from tests.ui.fake_query import FakeQuery, FakeSession, progress
from tests.ui.test_feed import until
from workbench.base.errors import AnalysisError, IllegalArgument, Unsupported
from workbench.ui.live import live, tune

REPLAYED = [{**progress(0)["sources"][0], "description": "Replay[replay-1, 100 rows]"}]


class FakeControls:
    """A server's controls, and what they were asked."""

    def __init__(self):
        self.asked, self.is_paused = [], False

    def answer(self, *asked, paused=None):
        self.asked.append(asked)
        self.is_paused = self.is_paused if paused is None else paused
        return {"is_active": True, "is_paused": self.is_paused}

    def look(self, query):
        return {"is_active": True, "is_paused": self.is_paused}

    def pause(self, query):
        return self.answer("pause", paused=True)

    def resume(self, query):
        return self.answer("resume", paused=False)

    def step(self, query, batches=1):
        query.emit()
        return self.answer("step", batches, paused=True)

    def tune(self, query, **settings):
        return self.answer("tune", settings)

    def restart(self, query, **settings):
        query.runId = "run-2"
        return {**self.answer("restart", settings), "run_id": "run-2"}

    def fork(self, query, name, **settings):
        self.answer("fork", name, settings)
        return FakeQuery(query._session, name)


@pytest.fixture
def controls():
    return FakeControls()


@pytest.fixture
def handle(controls):
    session = FakeSession()
    session._workbench_controls = controls
    query = FakeQuery(session)
    made = live(query)
    query.emit(sources=REPLAYED)
    return made


def test_a_paused_query_says_so_everywhere(handle):
    handle.pause()
    assert repr(handle).startswith("flights · paused")
    assert "It is paused" in handle.why()
    handle.resume()
    assert repr(handle).startswith("flights · running")


def test_a_step_runs_batches_and_stays_paused(handle, controls):
    assert handle.step(1) == "flights stepped: one batch"
    assert controls.asked == [("step", 1)]
    assert (len(handle.history), handle.history.is_paused) == (2, True)


def test_a_change_is_sent_in_the_engines_words_and_marked(handle, controls):
    said = tune(handle, trigger="2 seconds", max_rows=500, state_partitions=8)
    assert (
        said
        == "flights tuned: a batch every 2.00 s, at most 500 rows a batch, state in 8 partitions"
    )
    assert controls.asked == [
        ("tune", {"trigger_ms": 2000, "max_rows_per_trigger": 500, "state_partitions": 8})
    ]
    (mark,) = handle.history.marks
    assert (mark.kind, mark.batch) == ("tuned", 1)
    assert "tuned: a batch every 2.00 s" in str(
        handle.dashboard.get_state()["snapshot"]["panels"]["marks"]
    )


def test_the_query_itself_can_be_tuned(handle, controls):
    handle.query._workbench_live = handle
    tune(handle.query, max_rows=7)
    assert controls.asked == [("tune", {"max_rows_per_trigger": 7})]


@pytest.mark.parametrize(
    ("changes", "error", "reason"),
    [
        ({}, IllegalArgument, "no change was given"),
        ({"speed": 2}, IllegalArgument, "there is no `speed` to tune; there are trigger, max_rows"),
        ({"name": "other"}, Unsupported, "others know the query by it"),
        (
            {"max_rows": 0},
            IllegalArgument,
            "`max_rows` takes a whole number of at least 1, not `0`",
        ),
        ({"trigger": "soon"}, IllegalArgument, "soon"),
        ({"max_files": 3}, Unsupported, r"none of its sources takes `max_files`.*Replay\[replay-1"),
        (
            {"output_mode": "update"},
            Unsupported,
            r"rows of the old mode.*handle.fork\(output_mode=",
        ),
        ({"max_rows": 5, "output_mode": "update"}, Unsupported, "output_mode"),
        ({"watermark": "soon"}, AnalysisError, "soon"),
        ({"watermark": "1 hour", "max_rows": 0}, IllegalArgument, "max_rows"),
    ],
)
def test_what_cannot_be_changed_is_refused_with_the_reason(
    handle, controls, changes, error, reason
):
    with pytest.raises(error, match=reason):
        handle.tune(**changes)
    assert controls.asked == []
    assert handle.history.marks == []


def test_a_change_of_the_plan_is_a_new_run_of_the_same_history(handle, controls):
    handle.query.runId = "run-1"
    said = handle.tune(watermark="1 hour", max_rows=9)
    assert said == "flights tuned: the watermark 1 hour behind, at most 9 rows a batch"
    assert controls.asked == [
        ("restart", {"watermark": "1 hour"}),
        ("tune", {"max_rows_per_trigger": 9}),
    ]
    assert [mark.kind for mark in handle.history.marks] == ["restarted", "tuned"]
    handle.history.ended("run-1", 0, None)
    assert handle.history.state == "running", (
        "the end of the old run is told late, and is not the query's"
    )


def test_a_fork_is_a_query_of_its_own_with_what_was_changed(handle, controls):
    forked = handle.fork(watermark="1 minute", output_mode="update", max_rows=3)
    assert forked.history.title == "flights_fork1"
    assert forked.history is not handle.history
    begins = {"watermark": "1 minute", "output_mode": "update"}
    assert controls.asked == [
        ("fork", "flights_fork1", begins),
        ("tune", {"max_rows_per_trigger": 3}),
    ]
    assert handle.history.marks[-1].text == (
        "as flights_fork1: the watermark 1 minute behind, output mode update, at most 3 rows a batch"
    )
    assert handle.fork().history.title == "flights_fork2"


def test_a_query_without_state_has_no_partitions_to_change(controls):
    session = FakeSession()
    session._workbench_controls = controls
    query = FakeQuery(session)
    handle = live(query)
    query.emit(stateOperators=[])
    with pytest.raises(Unsupported, match="keeps none"):
        handle.tune(state_partitions=4)


def test_a_server_without_controls_says_why():
    handle = live(FakeQuery(FakeSession()))
    with pytest.raises(Unsupported, match=r"not made by `wb.session\(\)`.*start it again"):
        handle.pause()
    assert "Pause, step, tune and fork are off" in repr(handle.steering)
    assert handle.steering.panel()["off"]


def test_a_server_that_does_not_know_the_question_says_why(handle, controls):
    def look(query):
        raise RuntimeError("No handler found for extension")

    controls.look = look
    with pytest.raises(Unsupported, match="no such control: No handler found"):
        handle.pause()


def test_the_buttons_press_the_same_controls(handle, controls):
    widget = handle.dashboard
    widget.hear(widget, {"kind": "pause", "view": "a"}, [])
    until(lambda: handle.history.is_paused)
    widget.hear(widget, {"kind": "tune", "view": "a", "changes": {"max_rows": "many"}}, [])
    until(lambda: handle.events[-1].kind == "note")
    assert "tune was not done" in handle.events[-1].text
    until(lambda: handle.steering.panel()["refused"])
    assert handle.steering.panel()["refused"]["changes"] is None, "a fork would not take it either"
    widget.hear(widget, {"kind": "tune", "view": "a", "changes": {"output_mode": "update"}}, [])
    until(lambda: handle.steering.panel()["refused"]["changes"])
    refused = handle.steering.panel()["refused"]
    assert refused["changes"] == {"output_mode": "update"}
    assert refused["text"].startswith("The running query was not changed:")
    widget.hear(widget, {"kind": "fork", "view": "a", "changes": refused["changes"]}, [])
    until(lambda: handle.steering.panel()["refused"] is None)
    assert controls.asked == [("pause",), ("fork", "flights_fork1", {"output_mode": "update"})]


def test_a_pause_from_elsewhere_is_seen(handle, controls):
    controls.is_paused = True
    handle.steering.panel()
    until(lambda: handle.history.is_paused)
    assert handle.steering.panel()["paused"]


def test_a_click_on_a_batch_brings_its_whole_progress(handle, monkeypatch):
    sent = []
    widget = handle.dashboard
    monkeypatch.setattr(widget, "send", lambda content, buffers=None: sent.append(content))
    handle.query.emit()
    widget.hear(widget, {"kind": "batch", "view": "a", "row": 0}, [])
    (told,) = sent
    assert (told["view"], told["older"], told["newer"]) == ("a", False, True)
    assert '"batchId": 0' in told["text"]
    widget.hear(widget, {"kind": "batch", "view": "a", "row": 99}, [])
    assert '"batchId": 1' in sent[-1]["text"]
    widget.hear(widget, {"kind": "batch", "view": "a", "row": -5}, [])
    assert len(sent) == 2
