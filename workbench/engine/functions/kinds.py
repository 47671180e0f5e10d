"""What a parameter of a function accepts, and what an argument of another type is cast to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import types as t

from workbench.engine.functions import coercion


@dataclass(frozen=True, slots=True)
class Kind:
    """One parameter: ``accepts`` says which types pass unchanged, others become ``default`` where the rules allow."""

    text: str
    accepts: Callable[[t.DataType], bool]
    default: t.DataType | None = None

    def target(self, found: t.DataType) -> t.DataType | None:
        """Return the type an argument must have, or None when it is refused (Spark: ``implicitCast``)."""
        if self.accepts(found):
            return found
        if self.default is None:
            return None
        if self.text == "DECIMAL" and coercion.is_numeric(found):
            return coercion.decimal_for(found)
        if self.text == "INTEGRAL" and coercion.is_fractional(found):
            return None
        if coercion.is_string(found) and coercion.is_atomic(self.default):
            return self.default
        return self.default if coercion.can_store(found, self.default) else None


@dataclass(frozen=True, slots=True)
class OneOf:
    """A parameter of several kinds: the first that takes the argument unchanged, else the first it can be cast to."""

    kinds: tuple[Kind, ...]

    @property
    def text(self) -> str:
        """The kinds as a sentence."""
        return "(" + " or ".join(f'"{kind.text}"' for kind in self.kinds) + ")"

    @property
    def default(self) -> t.DataType | None:
        """The first kind's type."""
        return self.kinds[0].default

    def target(self, found: t.DataType) -> t.DataType | None:
        """Return the type an argument must have, or None."""
        if any(kind.accepts(found) for kind in self.kinds):
            return found
        return next(filter(None, (kind.target(found) for kind in self.kinds)), None)


def exactly(kind: t.DataType) -> Kind:
    """Return the parameter of one type."""
    return Kind(kind.simpleString().upper(), lambda found: coercion.same_type(found, kind), kind)


def of(*classes: type[t.DataType], text: str, default: t.DataType | None = None) -> Kind:
    """Return the parameter of some classes of types."""
    return Kind(text, lambda found: isinstance(found, classes), default)


def one_of(*kinds: Kind) -> OneOf:
    """Return the parameter of several kinds."""
    return OneOf(kinds)


def _never_null_type(found: t.DataType) -> bool:
    return not isinstance(found, t.NullType)


ANY = Kind("ANY", lambda _found: True)
STRING = Kind("STRING", coercion.is_string, t.StringType())
BINARY = exactly(t.BinaryType())
BOOLEAN = exactly(t.BooleanType())
BYTE = exactly(t.ByteType())
INT = exactly(t.IntegerType())
LONG = exactly(t.LongType())
DOUBLE = exactly(t.DoubleType())
DECIMAL = of(t.DecimalType, text="DECIMAL", default=t.DecimalType(38, 18))
INTEGRAL = Kind("INTEGRAL", coercion.is_integral, t.LongType())
NUMERIC = Kind("NUMERIC", coercion.is_numeric, t.DoubleType())
DATE = exactly(t.DateType())
TIMESTAMP = exactly(t.TimestampType())
TIMESTAMP_NTZ = exactly(t.TimestampNTZType())
ANY_TIMESTAMP = of(t.TimestampType, t.TimestampNTZType, text="TIMESTAMP", default=t.TimestampType())
DAY_TIME = of(t.DayTimeIntervalType, text="INTERVAL DAY TO SECOND", default=t.DayTimeIntervalType())
YEAR_MONTH = of(
    t.YearMonthIntervalType, text="INTERVAL YEAR TO MONTH", default=t.YearMonthIntervalType()
)
CALENDAR = exactly(t.CalendarIntervalType())
ARRAY = of(t.ArrayType, text="ARRAY")
MAP = of(t.MapType, text="MAP")
STRUCT = of(t.StructType, text="STRUCT")
TEXT_OR_BYTES = one_of(STRING, BINARY)
LAMBDA = ANY
