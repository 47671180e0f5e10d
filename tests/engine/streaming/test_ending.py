"""When a query that fails has ended."""

from __future__ import annotations

import threading
import time

import pytest

from tests.engine.streaming.plans import SESSION, events, sql
from workbench.base.errors import WorkbenchError
from workbench.testing.memory_stream import MemoryStream
from workbench.testing.stream_test import StreamTest


def test_a_failed_query_is_waited_for_until_it_can_be_started_again():
    stream, gate = MemoryStream("x INT"), threading.Event()
    test = StreamTest(sql("SELECT 1 / x y FROM e", e=events(stream)), kernel=SESSION.kernel)
    try:
        test.start()
        query, let_go = test.query, test.query._on_end
        query._on_end = lambda ended: (gate.wait(30), let_go(ended))
        stream.add((0,))
        deadline = time.monotonic() + 30
        while query.exception() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert query.is_active
        assert query.await_termination(0.01) is False
        gate.set()
        with pytest.raises(WorkbenchError, match="DIVIDE_BY_ZERO"):
            query.await_termination(30)
        assert not query.is_active
    finally:
        gate.set()
        test.close()
