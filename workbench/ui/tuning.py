"""What of a running query can be changed, and what cannot, with the reason. Decides; changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from workbench.base.durations import parse_delay_ms, parse_trigger_ms
from workbench.base.errors import IllegalArgument, Unsupported
from workbench.ui import wording
from workbench.ui.progress import Shape


@dataclass(frozen=True, slots=True)
class Knob:
    """One thing that can be changed while a query runs.

    Parameters
    ----------
    setting : str
        What the engine calls it.
    read : callable
        The value a user gave → the value sent; raises `IllegalArgument`.
    told : callable
        The value sent → how it is said.
    sources : tuple of str
        How the descriptions of the sources begin that take it; empty for what concerns no source.
    needs_state : bool
        Whether only a query with state has it.
    """

    setting: str
    read: Callable[[str, Any], Any]
    told: Callable[[Any], str]
    sources: tuple[str, ...] = ()
    needs_state: bool = False


def whole(name: str, value: Any) -> int:
    """Return a number of rows, files or parts."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise IllegalArgument("WORKBENCH_TUNE.NOT_POSITIVE", name=name, value=repr(value))
    return value


def interval_ms(name: str, value: Any) -> int:
    """Return a trigger's interval."""
    return parse_trigger_ms(str(value))


KNOBS: dict[str, Knob] = {
    "trigger": Knob("trigger_ms", interval_ms, lambda ms: f"a batch every {wording.duration(ms)}" if ms else "batches follow each other"),
    "max_rows": Knob("max_rows_per_trigger", whole, lambda n: f"at most {n:,} rows a batch", ("Replay[",)),
    "max_files": Knob("max_files_per_trigger", whole, lambda n: f"at most {n:,} files a batch", ("FileStreamSource[",)),
    "max_bytes": Knob("max_bytes_per_trigger", whole, lambda n: f"at most {wording.size(n)} a batch", ("FileStreamSource[",)),
    "state_partitions": Knob("state_partitions", whole, lambda n: f"state in {n:,} partitions", needs_state=True),
}  # fmt: skip
"""What users write → the knob."""


def delay(name: str, value: Any) -> Any:
    """Return a watermark's delay as it is written, or one for each event-time column."""
    if isinstance(value, dict):
        return {str(column): delay(name, one) for column, one in value.items()}
    parse_delay_ms(str(value))
    return str(value)


def told_delay(value: Any) -> str:
    """Return a watermark's delay in words."""
    if isinstance(value, dict):
        return ", ".join(f"the watermark on {column} {one} behind" for column, one in value.items())
    return f"the watermark {value} behind"


def mode(name: str, value: Any) -> str:
    """Return an output mode as it is written; the server knows which there are."""
    return str(value)


RESTARTS: dict[str, Knob] = {"watermark": Knob("watermark", delay, told_delay)}
"""What is part of the plan: the query is stopped, and started again from its checkpoint."""
FORKS: dict[str, Knob] = {
    "output_mode": Knob("output_mode", mode, lambda value: f"output mode {value}")
}
"""What only a query with a sink of its own can have other."""

FORK = "Try it beside the running query, on a copy of its checkpoint: `handle.fork({example})`"
FIXED: dict[str, str] = {
    "output_mode": "the sink has rows of the old mode already. "
    + FORK.format(example='output_mode="…"'),
    "checkpoint": "a query's progress is in the checkpoint it was started with. "
    + FORK.format(example=""),
    "name": "others know the query by it. " + FORK.format(example='name="…"'),
}
"""What people ask for that cannot be changed in a query → why, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Changes that may be applied, and the sentence of the mark.

    Attributes
    ----------
    settings : dict
        What the engine takes while the query runs.
    restart : dict
        What needs a new run from the checkpoint; for a fork: what it begins with.
    text : str
        All of it in words.
    """

    settings: dict[str, Any]
    text: str
    restart: dict[str, Any] = field(default_factory=dict)


def checked(changes: dict[str, Any], shape: Shape) -> Tuning:
    """Return what to apply for what a user asked; all of it or nothing.

    Parameters
    ----------
    changes : dict of str to object
        Names of `KNOBS` and `RESTARTS` → new values.
    shape : Shape
        What the query is made of, as far as its progress has told.

    Raises
    ------
    IllegalArgument
        For an unknown name, a value that is none, or no change at all.
    Unsupported
        For what cannot be changed in this query, or not while it runs.
    """
    known = {**KNOBS, **RESTARTS}
    if not changes:
        raise IllegalArgument("WORKBENCH_TUNE.NOTHING", names=", ".join(known))
    return tuning(changes, shape, known, RESTARTS)


def forked(changes: dict[str, Any], shape: Shape) -> Tuning:
    """Return what a fork begins with, and what it is tuned to then."""
    begins = {**RESTARTS, **FORKS, "trigger": KNOBS["trigger"]}
    return tuning(changes, shape, {**KNOBS, **begins}, begins)


def tuning(
    changes: dict[str, Any], shape: Shape, known: dict[str, Knob], restarts: dict[str, Knob]
) -> Tuning:
    """Return changes by when they apply, or refuse them all."""
    values = {name: value_of(name, value, shape, known) for name, value in changes.items()}
    return Tuning(
        {known[name].setting: value for name, value in values.items() if name not in restarts},
        ", ".join(known[name].told(value) for name, value in values.items()),
        {known[name].setting: value for name, value in values.items() if name in restarts},
    )


def value_of(name: str, value: Any, shape: Shape, known: dict[str, Knob]) -> Any:
    """Return one change's value as the engine takes it, or refuse it with the reason."""
    if name not in known and name in FIXED:
        raise Unsupported("WORKBENCH_TUNE.FIXED", name=name, reason=FIXED[name])
    if name not in known:
        raise IllegalArgument("WORKBENCH_TUNE.UNKNOWN", name=name, names=", ".join(known))
    knob = known[name]
    has_source = any(found.startswith(knob.sources) for found in shape.sources)
    if knob.sources and shape.sources and not has_source:
        sources = ", ".join(wording.shorten(found, 60) for found in shape.sources)
        raise Unsupported("WORKBENCH_TUNE.NO_SOURCE", name=name, sources=sources)
    if knob.needs_state and shape.sources and not shape.operators:
        raise Unsupported("WORKBENCH_TUNE.NO_STATE", name=name)
    return knob.read(name, value)


def knobs_of(shape: Shape) -> list[str]:
    """Return the names that this query's view offers."""
    live = [
        name
        for name, knob in KNOBS.items()
        if not (knob.needs_state and not shape.operators)
        and (not knob.sources or any(found.startswith(knob.sources) for found in shape.sources))
    ]
    return [
        *live,
        *(RESTARTS if shape.has_event_time else ()),
        *(FORKS if shape.operators else ()),
    ]


def now_set(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the names of settings the server told → their values."""
    return {
        name: settings[knob.setting] for name, knob in KNOBS.items() if settings.get(knob.setting)
    }


def is_forkable(changes: dict[str, Any]) -> bool:
    """Whether a fork takes all these changes."""
    return bool(changes) and changes.keys() <= {*KNOBS, *RESTARTS, *FORKS}
