"""What a cast must know, and the errors it may raise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.base.errors import ArithmeticFault, DateTimeFault, NumberFormatFault
from workbench.engine.functions import faults
from workbench.engine.functions.kernels.arithmetic import any_true

SUFFIX = {t.ByteType: "T", t.ShortType: "S", t.LongType: "L", t.DoubleType: "D"}


@dataclass(frozen=True, slots=True)
class Conversion:
    """One cast: Spark's types, the Arrow type to make, the mode, the zone, and how to cast parts."""

    source: t.DataType
    target: t.DataType
    arrow: pa.DataType
    is_try: bool
    zone: str
    cast_part: Callable[..., pa.Array]

    def part(self, array: pa.Array, source: t.DataType, target: t.DataType) -> pa.Array:
        """Return a part (elements, keys, a field) cast in the same mode and zone."""
        return self.cast_part(array, source, target, "try" if self.is_try else "ansi", self.zone)

    def only(self, values: Any, good: Any, original: pa.Array) -> pa.Array:
        """Return ``values`` where ``good``; elsewhere NULL, or the error of bad input."""
        bad = pc.and_(pc.invert(good), pc.is_valid(original))
        if any_true(bad):
            if not self.is_try:
                raise self.invalid(pc.filter(original, bad)[0].as_py())
            return pc.if_else(bad, pa.scalar(None, values.type), values)
        return values

    def fitting(self, values: Any, good: Any, original: pa.Array) -> pa.Array:
        """Return ``values`` where ``good``; elsewhere NULL, or the error of overflow."""
        bad = pc.and_(pc.invert(good), pc.is_valid(original))
        if any_true(bad):
            if not self.is_try:
                raise self.overflow(pc.filter(original, bad)[0].as_py())
            return pc.if_else(bad, pa.scalar(None, values.type), values)
        return values

    def invalid(self, value: object) -> Exception:
        """Return the error of text that is no value of the target."""
        number = isinstance(self.target, (t.NumericType, t.BooleanType))
        kind = NumberFormatFault if number else DateTimeFault
        return kind(
            "CAST_INVALID_INPUT",
            expression=f"'{value}'",
            sourceType=self._quoted(self.source),
            targetType=self._quoted(self.target),
            ansiConfig=faults.ANSI,
        )

    def overflow(self, value: object) -> Exception:
        """Return the error of a number that does not fit the target."""
        return ArithmeticFault(
            "CAST_OVERFLOW",
            value=self._shown(value),
            sourceType=self._quoted(self.source),
            targetType=self._quoted(self.target),
            ansiConfig=faults.ANSI,
        )

    def _shown(self, value: object) -> str:
        if isinstance(value, float):
            text = repr(value).upper().replace("E+", "E")
            if "E" in text and "." not in text:
                text = text.replace("E", ".0E")
            return text + ("D" if isinstance(self.source, t.DoubleType) else "")
        return f"{value}{SUFFIX.get(type(self.source), '')}"

    @staticmethod
    def _quoted(kind: t.DataType) -> str:
        return f'"{kind.simpleString().upper()}"'
