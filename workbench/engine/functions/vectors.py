"""Array functions as DataFusion functions.

A kernel is a plain function over Arrow arrays. ``vector(kernel)`` makes it the ``kernel`` of a row: constants named in
``constants`` reach it as Arrow scalars (so a pattern is compiled once, not per batch), everything else as arrays.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import datafusion
import pyarrow as pa

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import WorkbenchError
from workbench.engine.functions import faults
from workbench.engine.functions.literals import to_scalar
from workbench.engine.plan import typed

if TYPE_CHECKING:
    from workbench.engine.functions.row import Kernel

_NUMBER = itertools.count(1)
ALL = tuple(range(64))


def as_array(result: Any, kind: pa.DataType, length: int) -> pa.Array:
    """Return a kernel's result as one array of exactly ``kind`` and ``length``."""
    if isinstance(result, pa.Scalar):
        result = pa.repeat(result, length)
    if isinstance(result, pa.ChunkedArray):
        result = result.combine_chunks()
    if not isinstance(result, pa.Array):
        result = pa.array(result, kind)
    return result if result.type == kind else result.cast(kind)


def register(
    kernel: Callable[..., Any],
    inputs: Sequence[pa.DataType],
    output: pa.DataType,
    volatility: str = "immutable",
) -> datafusion.ScalarUDF:
    """Return a DataFusion function over ``kernel`` whose named errors come back through :mod:`faults`."""

    def run(*arrays: pa.Array) -> pa.Array:
        try:
            return as_array(kernel(*arrays), output, len(arrays[0]))
        except WorkbenchError as error:
            faults.throw(error)

    # DataFusion takes functions of one name for the same function, so every one has its own.
    name = f"{getattr(kernel, '__name__', 'kernel').strip('_<>')}_{next(_NUMBER)}"
    return datafusion.udf(run, list(inputs), output, volatility, name)


@lru_cache(maxsize=4096)
def _function(
    kernel: Callable[..., Any],
    inputs: tuple[pa.DataType, ...],
    output: pa.DataType,
    fixed: tuple[tuple[int, pa.Scalar], ...],
    named: tuple[tuple[str, Any], ...],
    volatility: str,
) -> datafusion.ScalarUDF:
    options = dict(named)
    places = dict(fixed)

    def run(*arrays: pa.Array) -> Any:
        given = iter(arrays)
        total = len(arrays) + len(places)
        return kernel(*(places[i] if i in places else next(given) for i in range(total)), **options)

    run.__name__ = kernel.__name__
    return register(run, inputs, output, volatility)


def call_vector(
    kernel: Callable[..., Any],
    arguments: Sequence[datafusion.Expr],
    sources: Sequence[typed.Typed],
    output: pa.DataType,
    constants: Sequence[int] = (),
    volatility: str = "immutable",
    **named: Any,
) -> datafusion.Expr:
    """Return the expression of ``kernel`` over arguments; literal arguments at ``constants`` become Arrow scalars."""
    fixed = {
        place: to_scalar(source)
        for place, source in enumerate(sources)
        if place in constants and isinstance(source, typed.Literal)
    }
    if len(fixed) == len(sources):
        fixed.pop(0, None)
    kept = [place for place in range(len(sources)) if place not in fixed]
    function = _function(
        kernel,
        tuple(to_arrow(sources[place].type) for place in kept),
        output,
        tuple(fixed.items()),
        tuple(sorted(named.items())),
        volatility,
    )
    return function(*(arguments[place] for place in kept))


def vector(
    kernel: Callable[..., Any],
    *,
    constants: Sequence[int] = (),
    to: bool = False,
    zone: bool = False,
    volatility: str = "immutable",
    **named: Any,
) -> Kernel:
    """Return a row's kernel that runs an array function.

    ``to``: give it the result's Arrow type by that name; ``zone``: give it the session's time zone; ``named``: more
    keyword arguments.
    """

    def build(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
        output = to_arrow(call.type)
        more = dict(named)
        if to:
            more["to"] = output
        if zone:
            more["zone"] = dict(call.options)["timeZone"]
        return call_vector(kernel, arguments, call.arguments, output, constants, volatility, **more)

    return build


def native(function: Callable[..., datafusion.Expr]) -> Kernel:
    """Return a row's kernel that is one DataFusion function over the same arguments."""
    return lambda arguments, _call: function(*arguments)
