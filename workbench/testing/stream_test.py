"""A stream test as a script: data in, step, answer; a crash in the middle is a word in the story.

::

    run_stream(
        lambda: count_of(words),
        AddData(words, ("a",), ("b",)),
        CheckNewAnswer(("a", 1), ("b", 1)),
        Crash(at="sink.after"),
        AddData(words, ("a",)),
        Restart(),
        CheckNewAnswer(("a", 2)),
        output_mode="update",
    )
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.base.failpoints import failpoint
from workbench.engine.connectors.memory import MemorySink
from workbench.engine.kernel.kernel import Kernel
from workbench.engine.streaming import execution
from workbench.engine.streaming.checkpoint import journal
from workbench.engine.streaming.clock import SystemClock
from workbench.engine.streaming.control import StopQuery
from workbench.engine.streaming.definition import StreamDefinition
from workbench.engine.streaming.manager import StreamingQueryManager
from workbench.testing.memory_stream import MemoryStream, rows_of

if TYPE_CHECKING:
    from workbench.engine.plan.operators import Operator
    from workbench.engine.streaming.query import StreamingQuery

_KERNEL = Kernel()
_CRASHING = (execution, journal)
"""The modules with the steps of a batch."""


class Crashed(StopQuery):
    """What an armed crash raises in place of killing the process."""


class Action:
    """One line of the script."""

    def perform(self, test: StreamTest) -> None:
        """Do it."""
        raise NotImplementedError


@dataclass(frozen=True)
class Start(Action):
    """Start the query; a script that does not say so starts with it."""

    changes: dict[str, Any] = field(default_factory=dict)

    def perform(self, test: StreamTest) -> None:
        """Start it with some parts of its definition changed."""
        test.start(**self.changes)


Restart = Start


class AddData(Action):
    """Add rows to a memory stream."""

    def __init__(self, stream: MemoryStream, *rows: tuple[Any, ...]) -> None:
        self.stream, self.rows = stream, rows

    def perform(self, test: StreamTest) -> None:
        """Add them."""
        self.stream.add(*self.rows)

    def __repr__(self) -> str:
        return f"AddData({self.stream.name}, {self.rows})"


class CheckAnswer(Action):
    """Everything in the sink, in any order."""

    def __init__(self, *rows: tuple[Any, ...]) -> None:
        self.rows = rows

    def perform(self, test: StreamTest) -> None:
        """Compare once everything available is processed."""
        test.settle()
        same(test.answer(), self.rows)
        test.seen = Counter(test.answer())

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self.rows}"


class CheckNewAnswer(CheckAnswer):
    """What came into the sink since the last check, in any order; nothing: ``CheckNewAnswer()``."""

    def perform(self, test: StreamTest) -> None:
        """Compare once everything available is processed."""
        test.settle()
        now = Counter(test.answer())
        same(list((now - test.seen).elements()), self.rows)
        test.seen = now


@dataclass(frozen=True)
class AdvanceClock(Action):
    """Let the manual clock move."""

    ms: int

    def perform(self, test: StreamTest) -> None:
        """Move it."""
        test.clock.advance(self.ms)


@dataclass(frozen=True)
class Stop(Action):
    """Stop the query in good order."""

    def perform(self, test: StreamTest) -> None:
        """Stop it."""
        test.query.stop()


@dataclass(frozen=True)
class Crash(Action):
    """End the query at a failpoint of its next batch, with nothing cleaned up that is durable.

    ``during``: what makes that batch run, such as ``AddData``; without it, what was done just before.
    """

    at: str
    during: Action | None = None

    def perform(self, test: StreamTest) -> None:
        """Let the query run into the failpoint and wait for its end."""
        test.crash(self.at, self.during)


@dataclass(frozen=True)
class Check(Action):
    """Anything else: ``Check(lambda query: query.last_progress.batch_id == 2)``."""

    holds: Callable[[StreamingQuery], bool]
    settled: bool = True

    def perform(self, test: StreamTest) -> None:
        """Assert it, when everything available is processed."""
        if self.settled:
            test.settle()
        assert self.holds(test.query)


@dataclass(frozen=True)
class Do(Action):
    """Call a function with the query."""

    call: Callable[[StreamingQuery], Any]

    def perform(self, test: StreamTest) -> None:
        """Call it."""
        self.call(test.query)


@dataclass(frozen=True)
class ExpectFailure(Action):
    """The query must have failed with this condition, or this exception type."""

    expected: str | type[BaseException]

    def perform(self, test: StreamTest) -> None:
        """Wait for its end and look at the error's cause."""
        test.query.wait_for_end(10)
        error = test.query.exception()
        assert error is not None, "the query did not fail"
        cause = error.__cause__
        if isinstance(self.expected, str):
            assert getattr(cause, "condition", None) == self.expected, cause
        else:
            assert isinstance(cause, self.expected), cause


class StreamTest:
    """One running script.

    Parameters
    ----------
    plan : callable
        Makes the plan; called at every start, as a restarted program would.
    clock : Clock, optional
        Processing time; a ManualClock for scripts with AdvanceClock.
    settings : dict, optional
        Configuration; state has two partitions unless it says otherwise.
    **definition
        Other parts of the :class:`StreamDefinition`.
    """

    def __init__(
        self,
        plan: Callable[[], Operator],
        clock: Any = None,
        settings: dict[str, str] | None = None,
        **definition: Any,
    ) -> None:
        self.plan = plan
        self.clock = clock or SystemClock()
        self.manager = StreamingQueryManager()
        self.folder = tempfile.mkdtemp(prefix="stream-test-")
        conf = {"spark.sql.shuffle.partitions": "2", **(settings or {})}
        self.given = {"checkpoint": self.folder, "kernel": _KERNEL, "conf": conf.get, **definition}
        self.sink: MemorySink | None = None
        self.seen: Counter[tuple[Any, ...]] = Counter()
        self.query: StreamingQuery

    def start(self, **changes: Any) -> None:
        """Start the query on its checkpoint, with the sink it had."""
        if hasattr(self, "query") and self.query.is_active:
            self.query.stop()
        plan = self.plan()
        self.sink = self.sink or MemorySink(schema_of(plan))
        definition = StreamDefinition(
            plan, open_sink=lambda context: self.sink, clock=self.clock, **{**self.given, **changes}
        )
        self.query = self.manager.start(definition)

    def settle(self) -> None:
        """Wait until everything available is in the sink."""
        self.query.process_all_available()

    def answer(self) -> list[tuple[Any, ...]]:
        """Return the sink's rows, in forms that compare and hash."""
        assert self.sink is not None
        return [tuple(map(frozen, row)) for row in rows_of(self.sink.rows())]

    def crash(self, at: str, during: Action | None = None) -> None:
        """Make the failpoint raise until the query has ended; ``during`` is done once it would."""

        def armed(name: str) -> None:
            if name == at:
                raise Crashed(name)

        for module in _CRASHING:
            module.failpoint = armed  # type: ignore[attr-defined]
        try:
            if during is not None:
                during.perform(self)
            with suppress(Exception):
                self.settle()
            self.query.wait_for_end(10)
        finally:
            for module in _CRASHING:
                module.failpoint = failpoint  # type: ignore[attr-defined]
        assert not self.query.is_active, f"the query never came to {at}"

    def run(self, actions: tuple[Action, ...]) -> None:
        """Perform the actions; an assertion that fails shows which."""
        try:
            if not isinstance(actions[0], (Start, AddData)) or not any(
                isinstance(a, Start) for a in actions[:2]
            ):
                self.start()
            for place, action in enumerate(actions):
                try:
                    action.perform(self)
                except AssertionError as error:
                    raise AssertionError(f"{error}\n\n{script(actions, place)}") from error
        finally:
            self.close()

    def close(self) -> None:
        """Stop everything and remove the checkpoint."""
        self.manager.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def run_stream(plan: Callable[[], Operator], *actions: Action, **definition: Any) -> None:
    """Run a script against a plan; see :class:`StreamTest` for the keywords."""
    StreamTest(plan, **definition).run(actions)


def script(actions: tuple[Action, ...], place: int) -> str:
    """Return the script with an arrow at the line that failed."""
    return "\n".join(
        f"{'=>' if i == place else '  '} {action!r}" for i, action in enumerate(actions)
    )


def same(found: list[tuple[Any, ...]], wanted: tuple[tuple[Any, ...], ...]) -> None:
    """Assert that two collections hold the same rows, in any order."""
    expected = Counter(tuple(map(frozen, row)) for row in wanted)
    got = Counter(found)
    assert got == expected, (
        f"missing {list((expected - got).elements())}, unexpected {list((got - expected).elements())}"
    )


def frozen(value: Any) -> Any:
    """Return a value that can be compared and hashed: structs and lists become tuples, times lose their zone object."""
    if isinstance(value, dict):
        return tuple(frozen(inner) for inner in value.values())
    if isinstance(value, (list, tuple)):
        return tuple(frozen(inner) for inner in value)
    if isinstance(value, float) and value != value:  # noqa: PLR0124
        return "NaN"
    if hasattr(value, "utcoffset"):
        return value.replace(tzinfo=None)
    return value


def schema_of(plan: Operator) -> Any:
    """Return a plan's columns as a Spark schema."""
    from pyspark.sql.types import StructField, StructType

    return StructType([StructField(a.name, a.type, True) for a in plan.output])


__all__ = [
    "AddData",
    "AdvanceClock",
    "Check",
    "CheckAnswer",
    "CheckNewAnswer",
    "Crash",
    "Do",
    "ExpectFailure",
    "Restart",
    "Start",
    "Stop",
    "StreamTest",
    "run_stream",
]
