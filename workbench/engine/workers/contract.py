"""What can be given to a worker process, and what a worker asks back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class Opened(Protocol):
    """Work unpacked in the process that does it; kept there and called again for every batch."""

    def close(self) -> None:
        """No call follows."""


class Work(Protocol):
    """User code and all it needs but the rows: a frozen dataclass of a module, equal to any other that does the same.

    It crosses to a worker once; see :mod:`workbench.engine.workers.wire`.
    """

    @property
    def name(self) -> str:
        """What messages call the user's function."""

    def open(self) -> Any:
        """Unpack the user's code in this process."""


class Spreadable(Work, Protocol):
    """Work whose rows may be divided; ``open()`` gives a function of the rows."""

    def split(self, given: tuple[Any, ...], workers: int) -> list[tuple[Any, ...]]:
        """Return the pieces, in order, each what the function is called with."""

    def join(self, results: Sequence[Any]) -> Any:
        """Return what one call over all rows would have given."""


@dataclass(frozen=True, slots=True)
class Job:
    """One call: a method of opened work, its arguments, and the state it may read and write.

    Attributes
    ----------
    work : Work
        The user's code.
    method : str
        Which method of what ``work.open()`` gives.
    given : tuple
        Its arguments; tables travel as Arrow.
    stores : mapping of str to store, optional
        State of the partition at hand. The method gets it first, as a mapping of proxies: reads and writes are done here,
        in the engine's process, and undone when the worker dies.
    rows : int
        How many rows, for the worker's figures.
    """

    work: Work
    method: str = "__call__"
    given: tuple[Any, ...] = ()
    stores: Mapping[str, Any] | None = None
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for every worker of a session. ``memory_bytes``: of one worker; 0 for no limit."""

    memory_bytes: int = 0


@dataclass(slots=True)
class Figures:
    """What one worker has done."""

    calls: int = 0
    rows: int = 0
    busy_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Done:
    """What a job gave, and the seconds it took."""

    value: Any
    seconds: float


Tick = Callable[[], None]
"""Called every few hundredths of a second while a worker is silent; what it raises ends the call and the worker."""


@dataclass(frozen=True, slots=True)
class Preload:
    """Modules a worker imports before it says it is ready, and the engine's import path."""

    modules: tuple[str, ...] = ()
    path: tuple[str, ...] = field(default_factory=tuple)
