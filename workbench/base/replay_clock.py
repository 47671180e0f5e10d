"""The clock that replays share.

It turns the machine's time into the time of the data: a speed, a pause, a seek, a step. It never looks at the machine's
clock itself; whoever reads it says what time it is, so a test can say anything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Lock

END_OF_TIME = 2**62
"""The position of a clock that runs at infinite speed: later than every row."""


@dataclass(frozen=True, slots=True)
class Hands:
    """Where a replay clock stands: the part that decides.

    Attributes
    ----------
    position : int
        The data's time, in microseconds since 1970.
    speed : float or None
        Seconds of data per second; ``math.inf`` is everything at once, None moves by steps only.
    paused : bool
        A paused clock keeps its position but can still be stepped and set.
    seen_ms : int or None
        The machine's time at the last reading; None before the first, which is when the clock starts to run.
    """

    position: int = 0
    speed: float | None = 3600.0
    paused: bool = False
    seen_ms: int | None = None

    def read(self, now_ms: int) -> Hands:
        """Return the hands at the machine's time ``now_ms``; time that runs backwards moves nothing."""
        if self.paused or self.speed is None:
            return replace(self, seen_ms=now_ms)
        if math.isinf(self.speed):
            return replace(self, seen_ms=now_ms, position=END_OF_TIME)
        passed_ms = 0 if self.seen_ms is None else max(0, now_ms - self.seen_ms)
        return replace(
            self, seen_ms=now_ms, position=self.position + round(passed_ms * 1000 * self.speed)
        )


class ReplayClock:
    """One adjustable clock for any number of replays. Safe to use from any thread.

    A command takes effect at the next reading, which a running query makes at every trigger.

    Parameters
    ----------
    speed : float or None, default 3600
        Seconds of data per second of real time; ``math.inf`` gives everything at once; None waits for :meth:`step`.

    Examples
    --------
    >>> clock = ReplayClock(speed=60)
    >>> clock.attach(0)
    >>> clock.read(now_ms=5_000), clock.read(now_ms=6_000)
    (0, 60000000)
    >>> clock.pause()
    >>> clock.read(now_ms=9_000)
    60000000
    """

    def __init__(self, speed: float | None = 3600.0) -> None:
        self.lock = Lock()
        self.readers = 0
        self._ahead = 0
        self.hands = Hands(speed=checked(speed))

    def read(self, now_ms: int) -> int:
        """Return the data's time in microseconds since 1970, at the machine's time ``now_ms``."""
        with self.lock:
            self.hands = self.hands.read(now_ms)
            return self.hands.position

    def attach(self, start: int, reached: int | None = None) -> None:
        """A source begins to read rows from time ``start`` on; one of a restarted query had already ``reached`` a time.

        The first source winds the clock back to its start; one that joins before the clock has run may still wind it
        further back; one that joins later finds the clock where it is. The clock is never before what a source has
        reached. Every ``attach`` has a :meth:`detach`.
        """
        with self.lock:
            hands, is_first = self.hands, not self.readers
            if is_first:
                hands = replace(hands, position=start, seen_ms=None)
            elif hands.seen_ms is None:
                hands = replace(hands, position=min(start, hands.position))
            position = hands.position if reached is None else max(hands.position, reached)
            if is_first:
                # A query's sources open a moment after `start()` returns: steps said meanwhile are taken now.
                position, self._ahead = position + self._ahead, 0
            self.hands = replace(hands, position=position)
            self.readers += 1

    def detach(self) -> None:
        """A source has stopped reading."""
        with self.lock:
            self.readers = max(0, self.readers - 1)

    @property
    def now(self) -> datetime:
        """The data's time at the last reading."""
        position = min(self.hands.position, 253_402_300_799_000_000)
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=position)

    @property
    def speed(self) -> float | None:
        """Seconds of data per second; None: by steps only. May be set while replays run."""
        return self.hands.speed

    @speed.setter
    def speed(self, speed: float | None) -> None:
        self.change(speed=checked(speed))

    @property
    def paused(self) -> bool:
        """Whether the clock stands still."""
        return self.hands.paused

    def pause(self) -> None:
        """Stand still: running queries see no new rows until :meth:`resume` or :meth:`step`."""
        self.change(paused=True)

    def resume(self) -> None:
        """Run on from here; the time spent paused does not count."""
        self.change(paused=False)

    def seek(self, when: datetime) -> None:
        """Jump to ``when`` (UTC unless it says otherwise). Going back gives no row twice: queries wait to be caught up."""
        self.change(position=microseconds(when))

    def step(self, by: timedelta | None = None, **units: float) -> None:
        """Move forward once, by a ``timedelta`` or its words (``hours=1``, ``minutes=30``); one hour unless said.

        A step while nobody reads counts from where the next source begins.
        """
        span = (by or timedelta(**(units or {"hours": 1}))) // timedelta(microseconds=1)
        with self.lock:
            self._ahead += 0 if self.readers else span
            self.hands = replace(self.hands, position=self.hands.position + span)

    def change(self, **fields: object) -> None:
        """Replace some of the hands."""
        with self.lock:
            self.hands = replace(self.hands, **fields)  # type: ignore[arg-type]

    def __repr__(self) -> str:
        pace = "by steps" if self.speed is None else f"{self.speed:,.0f} times real time"
        return f"<ReplayClock at {self.now:%Y-%m-%d %H:%M:%S}, {pace}{', paused' * self.paused}>"


def checked(speed: float | None) -> float | None:
    """Return a speed that makes sense, or raise."""
    is_number = isinstance(speed, (int, float)) and not isinstance(speed, bool)
    if speed is not None and not (is_number and speed > 0):
        message = f"speed must be a positive number, math.inf or None (step by step), not {speed!r}"
        raise ValueError(message)
    return speed


def microseconds(when: datetime) -> int:
    """Return a time as microseconds since 1970; one without a zone is taken as UTC."""
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


clock = ReplayClock()
"""The clock of every replay that names no other; ``workbench.clock`` for users."""
