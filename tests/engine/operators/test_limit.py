from __future__ import annotations

from tests.engine.operators.watching import operators
from tests.engine.streaming.plans import events, sql
from workbench.testing.memory_stream import MemoryStream
from workbench.testing.stream_test import AddData, Check, CheckNewAnswer, Crash, Restart, run_stream


def test_only_the_first_rows_of_a_stream_pass():
    stream = MemoryStream("x INT")
    run_stream(
        sql("SELECT x FROM e LIMIT 3", e=events(stream)),
        AddData(stream, (1,), (2,)),
        CheckNewAnswer((1,), (2,)),
        AddData(stream, (3,), (4,)),
        CheckNewAnswer((3,)),
        Check(operators(("globalLimit", 1, 1, 0, 0))),
        AddData(stream, (5,)),
        CheckNewAnswer(),
        Check(operators(("globalLimit", 1, 0, 0, 0))),
    )


def test_the_count_survives_a_crash():
    stream = MemoryStream("x INT")
    run_stream(
        sql("SELECT x FROM e LIMIT 3", e=events(stream)),
        AddData(stream, (1,), (2,)),
        CheckNewAnswer((1,), (2,)),
        AddData(stream, (3,)),
        Crash(at="state.after"),
        Restart(),
        AddData(stream, (4,)),
        CheckNewAnswer((3,)),
    )
