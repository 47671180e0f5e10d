"""``rate``: numbers that appear at so many a second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.durations import parse_duration
from workbench.base.errors import IllegalArgument, IllegalState
from workbench.engine.connectors.contract import Connector, SourceContext
from workbench.engine.connectors.options import Options

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = t.StructType(
    [t.StructField("timestamp", t.TimestampType()), t.StructField("value", t.LongType())]
)
_ARROW = pa.schema([("timestamp", pa.timestamp("us", "UTC")), ("value", pa.int64())])
_MS = 1000


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the numbers come: ``per_second`` after a climb of ``ramp_up`` seconds."""

    per_second: int = 1
    ramp_up: int = 0

    def value_at(self, second: int) -> int:
        """Return how many numbers there are after ``second`` seconds (Spark: RateStreamProvider.valueAtSecond)."""
        step = self.per_second // (self.ramp_up + 1)
        if second <= self.ramp_up:
            return second * (second + 1) // 2 * step
        return (
            self.value_at(self.ramp_up) + (second - self.ramp_up) * self.per_second
            if self.ramp_up
            else (second * self.per_second)
        )

    def rows(self, start: int, end: int, born_ms: int) -> pa.Table:
        """Return the numbers of the seconds from ``start`` to ``end``, spread evenly over them."""
        first, last = self.value_at(start), self.value_at(end)
        if first >= last:
            return _ARROW.empty_table()
        values = np.arange(first, last, dtype=np.int64)
        per_value_ms = (end - start) * _MS / (last - first)
        offset_ms = np.rint((values - first) * per_value_ms).astype(np.int64)
        micros = (born_ms + start * _MS + offset_ms) * _MS
        return pa.table([pa.array(micros).cast(_ARROW.field(0).type), values], schema=_ARROW)


class RateSource:
    """Offsets are whole seconds since the query first started, which ``sources/<i>/0`` remembers."""

    schema = SCHEMA

    def __init__(self, options: Options, context: SourceContext) -> None:
        self.pace = pace_of(options)
        partitions = options.number("numPartitions")
        self.description = (
            f"RateStreamV2[rowsPerSecond={self.pace.per_second}, "
            f"rampUpTimeSeconds={self.pace.ramp_up}, numPartitions={partitions or 'default'}"
        )
        self._now_ms = context.now_ms
        self._born_ms = born(context.log_path, context.now_ms)
        self._latest = 0
        self._end: int | None = None
        self._made = _ARROW.empty_table()

    def initial_offset(self) -> str:
        return "0"

    def latest_offset(self, start: str | None, available_now: bool = False) -> str:
        if available_now and self._end is not None:
            return str(max(self._end, int(start or 0)))
        self._latest = max(self._latest, int(start or 0), self._seconds())
        return str(self._latest)

    def report_latest_offset(self) -> str:
        return str(self._latest)

    def prepare_available_now(self) -> None:
        self._end = self._seconds()

    def batch(self, start: str | None, end: str) -> pa.Table:
        self._made = self.pace.rows(int(start or 0), int(end), self._born_ms)
        return self._made

    def created(self, start: str | None, end: str) -> pa.ChunkedArray:
        """The numbers' own timestamps."""
        made, self._made = self._made, _ARROW.empty_table()
        return made.column("timestamp")

    def commit(self, end: str) -> None:
        pass

    def metrics(self, start: str | None, end: str, latest: str | None) -> Mapping[str, str]:
        return {}

    def stop(self) -> None:
        pass

    def _seconds(self) -> int:
        # A clock set back shows no negative time; what was seen stays seen.
        return max(0, (self._now_ms() - self._born_ms) // _MS)


def born(log_path: Path, now_ms: Callable[[], int]) -> int:
    """Return when the query first started; written at its first start as ``v1`` and the milliseconds."""
    path = log_path / "0"
    if path.exists():
        version, _, text = path.read_text("utf-8").partition("\n")
        if version != "v1" or not text.strip().isdigit():
            raise IllegalState("MALFORMED_LOG_FILE", text=version, path=path)
        return int(text)
    now = now_ms()
    log_path.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(".0.tmp")
    draft.write_text(f"v1\n{now}", "utf-8")
    draft.rename(path)
    return now


def pace_of(options: Options) -> Pace:
    """Return the pace the options ask for.

    Raises
    ------
    IllegalArgument
        ``INVALID_OPTION_VALUE``, as Spark's source refuses them.
    """
    per_second = options.number("rowsPerSecond", 1)
    ramp_up = parse_ramp_up(options.get("rampUpTime", "0s"))
    if per_second is None or per_second <= 0:
        raise IllegalArgument(
            "STREAMING_OPTION_VALUE", value=per_second, option="rowsPerSecond", must="be positive"
        )
    if ramp_up < 0:
        raise IllegalArgument(
            "STREAMING_OPTION_VALUE", value=ramp_up, option="rampUpTime", must="not be negative"
        )
    return Pace(per_second, ramp_up)


def parse_ramp_up(text: str) -> int:
    """Return seconds of ``5s``, ``5 seconds`` or ``5``."""
    plain = text.strip().removesuffix("s")
    if plain.lstrip("-").isdigit():
        return int(plain)
    return parse_duration(text) // 1_000_000


def _schema(
    options: Mapping[str, str], user: t.StructType | None, streaming: bool, conf: object
) -> t.StructType:
    pace_of(Options(options))
    return SCHEMA


CONNECTOR = Connector(
    "rate",
    schema=_schema,
    source=lambda options, schema, context: RateSource(Options(options), context),
    options=frozenset({"rowsPerSecond", "rampUpTime", "numPartitions"}),
)
