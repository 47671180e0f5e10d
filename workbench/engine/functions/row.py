"""One function of the catalogue: a row of a theme's table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.engine.functions.kinds import Kind, OneOf
    from workbench.engine.plan import typed

Returns = "DataType | Callable[[tuple[typed.Typed, ...]], DataType]"
Kernel = "Callable[[list[datafusion.Expr], typed.Call], datafusion.Expr]"

SCALAR, AGGREGATE, WINDOW, GENERATOR = "scalar", "aggregate", "window", "generator"


@dataclass(frozen=True, slots=True)
class Request:
    """A call on its way through the catalogue.

    ``resolve`` resolves another function by name (for rows that are written in terms of others); ``conf`` reads the
    session's configuration.
    """

    name: str
    arguments: tuple[typed.Typed, ...]
    conf: Callable[[str], str]
    resolve: Callable[..., typed.Typed]
    distinct: bool = False
    filter: typed.Typed | None = None
    order: tuple[typed.SortKey, ...] = ()
    ignore_nulls: bool = False

    def call(self, name: str, *arguments: typed.Typed) -> typed.Typed:
        """Resolve another function over some arguments."""
        return self.resolve(name, arguments, conf=self.conf)

    @property
    def zone(self) -> str:
        """The session's time zone."""
        return self.conf("spark.sql.session.timeZone") or "UTC"


@dataclass(frozen=True, slots=True)
class Row:
    """A function.

    Attributes
    ----------
    name : str
        Spark's name, lower case.
    kind : str
        scalar, aggregate, window or generator.
    parameters : tuple of Kind
        What each argument must be. The last ``len(defaults)`` may be left out; with ``variadic`` the last one repeats
        any number of times, none included.
    returns : DataType or callable
        The result's type, or how it follows from the arguments.
    kernel : callable, optional
        Makes the DataFusion expression of a scalar; None for aggregates, windows and rewrites.
    defaults : tuple
        Values of arguments left out; ``OMIT`` leaves the argument out of the call too.
    rewrite : callable, optional
        Resolves the call by itself, ``Request → Typed``; then nothing above but ``name`` and ``kind`` is looked at.
    check : callable, optional
        Looks at arguments once they are cast, before the type: raises what Spark refuses.
    nullable : bool, optional
        Whether NULL can come out; None: when one can go in.
    raises : bool
        Whether a row can fail at run time; such a function is never evaluated for rows whose branch is not taken.
    zoned : bool
        Whether the kernel needs the session's time zone (option ``timeZone``).
    per_row : bool
        Whether the kernel runs Python per row.
    reason : str
        Why the function is not supported; empty when it is.
    """

    name: str
    kind: str = SCALAR
    parameters: tuple[Kind | OneOf, ...] = ()
    returns: Any = None
    kernel: Any = None
    defaults: tuple[Any, ...] = ()
    variadic: bool = False
    rewrite: Callable[[Request], typed.Typed] | None = None
    check: Callable[[Request, tuple[typed.Typed, ...]], None] | None = None
    nullable: bool | None = None
    raises: bool = False
    zoned: bool = False
    per_row: bool = False
    exact: bool = False
    reason: str = ""


class _Omit:
    """The default that is no value."""

    __slots__ = ()


OMIT = _Omit()


def scalar(
    name: str, parameters: Sequence[Kind | OneOf], returns: Any, kernel: Any, **more: Any
) -> Row:
    """Return the row of a scalar function."""
    return Row(name, SCALAR, tuple(parameters), returns, kernel, **more)


def rewritten(name: str, rewrite: Callable[[Request], typed.Typed], kind: str = SCALAR) -> Row:
    """Return the row of a function that is written in terms of others."""
    return Row(name, kind, rewrite=rewrite)


def alias(name: str, of: str, kind: str = SCALAR) -> Row:
    """Return the row of a second name; the call carries the first."""
    return Row(
        name,
        kind,
        rewrite=lambda request: request.resolve(
            of,
            request.arguments,
            conf=request.conf,
            distinct=request.distinct,
            filter=request.filter,
            order=request.order,
            ignore_nulls=request.ignore_nulls,
        ),
    )


def unsupported(name: str, reason: str, kind: str = SCALAR) -> Row:
    """Return the row of a function Spark has and this engine has not."""
    return Row(name, kind, reason=reason)
