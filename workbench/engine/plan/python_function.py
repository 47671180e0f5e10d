"""A user's Python function, as it arrived."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyspark.util import PythonEvalType as Kind

if TYPE_CHECKING:
    from pyspark.sql.types import DataType


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """A pickled function and how it wants to be called.

    Attributes
    ----------
    name : str
        For messages.
    eval_type : int
        ``pyspark.util.PythonEvalType``: rows, pandas or Arrow, scalar, iterator, grouped …
    command : bytes
        What cloudpickle made on the client: ``(function, return type)``, or the function alone for some eval types.
    return_type : DataType
        The declared result.
    deterministic : bool
        False: never folded, never called twice for one row.
    zone : str
        The session's time zone, in which pandas and Arrow see timestamps; the analysis sets it.
    safe : bool
        Whether what pandas gives must fit its column's type; the analysis sets it.
    """

    name: str
    eval_type: int
    command: bytes
    return_type: DataType
    deterministic: bool = True
    zone: str = "UTC"
    safe: bool = True

    @property
    def is_arrow_table(self) -> bool:
        """Whether this is a table function of whole Arrow columns."""
        return self.eval_type == Kind.SQL_ARROW_UDTF

    def within(self, zone: str, *, safe: bool) -> PythonFunction:
        """Return the function in a session."""
        return replace(self, zone=zone, safe=safe)
