"""Streams as the last line of a cell, on PySpark's own classes."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell
from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.streaming.query import StreamingQuery
from pyspark.sql.types import StructType

from tests.ui.fake_query import FakeSession, progress
from tests.ui.test_feed import until
from workbench.ui.display_hook import display, install, show_frame, uninstall
from workbench.ui.feed import feed_of


class StreamingFrame(DataFrame):
    """A DataFrame that needs no server to say that it streams."""

    def __new__(cls, _streaming):
        return object.__new__(cls)

    def __init__(self, streaming):
        self.streaming = streaming

    isStreaming = property(lambda self: self.streaming)  # noqa: N815 - PySpark's name
    schema = property(lambda self: StructType().add("a<b", "long"))


@pytest.fixture
def shell():
    found = InteractiveShell.instance()
    install(found)
    yield found
    uninstall(found)
    InteractiveShell.clear_instance()


@pytest.fixture
def query():
    session = FakeSession()
    session.client = None
    made = StreamingQuery(session, "id-1", "run-1", "flights")
    feed_of(session).history("id-1", "flights").add(progress(3, query="id-1"))
    return made


def test_a_query_on_the_last_line_shows_its_live_view(shell, query):
    data, _ = shell.display_formatter.format(query)
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"].startswith("flights · running · batch 3")


def test_printing_a_query_gives_its_text(shell, query):
    assert str(query).startswith("flights · running · batch 3")


def test_without_the_hook_pyspark_is_as_it_was(query):
    assert "object at" in str(query)


def test_a_streaming_frame_says_how_to_start(shell):
    data, _ = shell.display_formatter.format(StreamingFrame(True))
    assert "wb.display(df)" in data["text/plain"]
    assert "a&lt;b" in data["text/html"]


def test_any_other_frame_is_left_to_pyspark():
    assert show_frame(StreamingFrame(False)) is None


def test_display_refuses_what_does_not_stream():
    with pytest.raises(ValueError, match="this one is not streaming"):
        display(StreamingFrame(False))


def test_installing_with_a_session_listens_from_the_start():
    session = FakeSession()
    install(None, session)
    until(lambda: session.listeners)
    uninstall(None)
