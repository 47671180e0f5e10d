"""Whether a value fits a state variable: asked where the user writes it, so that an error has the user's line."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, NoReturn

from pyspark.sql import types as t

from workbench.base.errors import IllegalArgument
from workbench.engine.operators.python_state.given_back import Convert, converter

_ACCEPTED: dict[type[t.DataType], tuple[type, ...]] = {
    **dict.fromkeys((t.ByteType, t.ShortType, t.IntegerType, t.LongType), (int,)),
    **dict.fromkeys((t.FloatType, t.DoubleType), (float, int)),
    t.BooleanType: (bool,),
    t.BinaryType: (bytes, bytearray),
    t.DateType: (dt.date,),
    t.TimestampType: (dt.datetime,),
    t.TimestampNTZType: (dt.datetime,),
    t.DayTimeIntervalType: (dt.timedelta,),
    t.DecimalType: (Decimal,),
    t.ArrayType: (list, tuple),
    t.MapType: (dict,),
}
"""The Python types of a column; types that are not here take anything."""

_UNPACK = ("to_pydatetime", "to_pytimedelta", "item")


class Shape:
    """What the values of a variable look like.

    Parameters
    ----------
    name : str
        The variable's name.
    schema : StructType
        One column a field.
    """

    def __init__(self, name: str, schema: t.StructType) -> None:
        self._name, self._schema = name, schema
        self._accepted = [
            (*_ACCEPTED.get(type(f.dataType), (object,)), type(None)) for f in schema.fields
        ]
        converters = ((i, converter(f.dataType)) for i, f in enumerate(schema.fields))
        self._converters = [(place, convert) for place, convert in converters if convert]

    def fitting(self, value: Any) -> tuple[Any, ...]:
        """Return a value as reading it gives; NumPy's and pandas' scalars are unpacked, as PySpark does.

        Raises
        ------
        IllegalArgument
            It is None, has more or fewer fields than the variable, or a field of another type.
        """
        if value is None:
            raise IllegalArgument("STATEFUL_PROCESSOR_NULL_VALUE", stateName=self._name)
        made = tuple(_scalar(one) for one in value)
        if len(made) != len(self._accepted):
            raise IllegalArgument(
                "STRUCT_ARRAY_LENGTH_MISMATCH", expected=len(self._accepted), actual=len(made)
            )
        if not all(map(isinstance, made, self._accepted)):
            self._refuse(made)
        return self._converted(made) if self._converters else made

    def _converted(self, made: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(made)
        for place, convert in self._converters:
            if values[place] is not None:
                values[place] = self._fit(place, convert, values[place])
        return tuple(values)

    def _fit(self, place: int, convert: Convert, value: Any) -> Any:
        try:
            return convert(value)
        except Exception as error:  # noqa: BLE001 - whatever a value of another form makes of it
            self._raise(place, f"{type(value).__name__} ({error})")

    def _refuse(self, made: tuple[Any, ...]) -> NoReturn:
        wrong = next(i for i, one in enumerate(made) if not isinstance(one, self._accepted[i]))
        self._raise(wrong, type(made[wrong]).__name__)

    def _raise(self, place: int, actual: str) -> NoReturn:
        field = self._schema.fields[place]
        raise IllegalArgument(
            "STATEFUL_PROCESSOR_VALUE_TYPE", stateName=self._name, field=field.name,
            expected=field.dataType.simpleString(), actual=actual,
        )  # fmt: skip


def _scalar(one: Any) -> Any:
    if type(one) in _PLAIN:
        return one
    if isinstance(one, (list, tuple)) and not isinstance(one, t.Row):
        return type(one)(map(_scalar, one)) if not hasattr(one, "_fields") else one
    for unpack in _UNPACK:
        if hasattr(one, unpack):
            return getattr(one, unpack)()
    return one


_PLAIN = frozenset({int, str, float, bool, type(None), dt.datetime, dt.date, bytes, Decimal})
