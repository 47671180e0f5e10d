"""The arithmetic of time windows, on timestamps as microseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from datafusion import functions as f
from datafusion import lit, udf

from workbench.base.arrow_types import to_arrow
from workbench.base.durations import parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from datafusion import Expr

    from workbench.engine.plan.typed import Call


def _start(call: Call, arguments: list[Expr]) -> Expr:
    """Return the start of the window a time is in: ``t - (t - start) mod slide``, the modulus never negative."""
    options = dict(call.options)
    slide, start, shift = (lit(options[name]) for name in ("slide", "start", "shift"))
    micros = arguments[0].cast(pa.int64())
    rest = (micros - start) % slide
    # The modulus has the dividend's sign, and is by far the dearest operation here.
    inside = rest + (rest < lit(0)).cast(pa.int64()) * slide
    return (micros - inside + shift).cast(to_arrow(call.type))


def _shift(call: Call, arguments: list[Expr]) -> Expr:
    by = arguments[1] if len(arguments) > 1 else lit(dict(call.options)["shift"])
    return (arguments[0].cast(pa.int64()) + by.cast(pa.int64())).cast(to_arrow(call.type))


def _window_time(call: Call, arguments: list[Expr]) -> Expr:
    end = f.get_field(arguments[0], "end").cast(pa.int64())
    return (end - lit(1)).cast(to_arrow(call.type))


def _duration_us(call: Call, arguments: list[Expr]) -> Expr:
    kind = to_arrow(call.arguments[0].type)
    if pa.types.is_duration(kind):
        return arguments[0].cast(pa.int64())
    return _PARSE(arguments[0])


def _parse(texts: pa.Array) -> pa.Array:
    encoded = texts.dictionary_encode()
    micros = [
        None if text is None else parse_duration(text) for text in encoded.dictionary.to_pylist()
    ]
    return pa.array(micros, pa.int64()).take(encoded.indices)


_PARSE = udf(_parse, [pa.string()], pa.int64(), "immutable", name="duration_us")

INTERNAL: dict[str, Callable[[Call, list[Expr]], Expr]] = {
    "time_window_start": _start,
    "time_shift": _shift,
    "window_time": _window_time,
    "duration_us": _duration_us,
}
"""Calls only the analysis makes; they are no functions a user can name, except ``window_time``."""
