"""What of a running query can be changed, and what cannot, with the reason. Decides; changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbench.base.durations import parse_trigger_ms
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

RESTART = (
    "Stop the query, change it, and start it again with the same checkpointLocation: it goes on where it was. "
    "To try it beside the running one, start it under another name on a copy of the checkpoint"
)
FIXED: dict[str, str] = {
    "watermark": f"the delay of a watermark is part of the query's plan, and state was let go by the old one. {RESTART}",
    "output_mode": f"the sink has rows of the old mode already. {RESTART}",
    "checkpoint": f"a running query's progress is in the checkpoint it was started with. {RESTART}",
}
"""What people ask for that cannot be changed while a query runs → why, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Changes that may be applied: the engine's settings, and the sentence of the mark."""

    settings: dict[str, Any]
    text: str


def checked(changes: dict[str, Any], shape: Shape) -> Tuning:
    """Return what to apply for what a user asked; all of it or nothing.

    Parameters
    ----------
    changes : dict of str to object
        Names of `KNOBS` → new values.
    shape : Shape
        What the query is made of, as far as its progress has told.

    Raises
    ------
    IllegalArgument
        For an unknown name, a value that is none, or no change at all.
    Unsupported
        For what cannot be changed in this query, or not while it runs.
    """
    if not changes:
        raise IllegalArgument("WORKBENCH_TUNE.NOTHING", names=", ".join(KNOBS))
    values = {name: value_of(name, value, shape) for name, value in changes.items()}
    return Tuning(
        {KNOBS[name].setting: value for name, value in values.items()},
        ", ".join(KNOBS[name].told(value) for name, value in values.items()),
    )


def value_of(name: str, value: Any, shape: Shape) -> Any:
    """Return one change's value as the engine takes it, or refuse it with the reason."""
    if name in FIXED:
        raise Unsupported("WORKBENCH_TUNE.FIXED", name=name, reason=FIXED[name])
    if name not in KNOBS:
        raise IllegalArgument("WORKBENCH_TUNE.UNKNOWN", name=name, names=", ".join(KNOBS))
    knob = KNOBS[name]
    has_source = any(found.startswith(knob.sources) for found in shape.sources)
    if knob.sources and shape.sources and not has_source:
        sources = ", ".join(wording.shorten(found, 60) for found in shape.sources)
        raise Unsupported("WORKBENCH_TUNE.NO_SOURCE", name=name, sources=sources)
    if knob.needs_state and shape.sources and not shape.operators:
        raise Unsupported("WORKBENCH_TUNE.NO_STATE", name=name)
    return knob.read(name, value)


def knobs_of(shape: Shape) -> list[str]:
    """Return the names that this query's view offers."""
    return [
        name
        for name, knob in KNOBS.items()
        if not (knob.needs_state and not shape.operators)
        and (not knob.sources or any(found.startswith(knob.sources) for found in shape.sources))
    ]
