"""What a processor may change between two runs on one checkpoint, by name: the first run, and how the second differs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from pyspark.sql import Row
from pyspark.sql.streaming import StatefulProcessor

# ruff: noqa: N802, RUF100 - a processor's methods have Spark's names

HOUR_MS = 3_600_000
PATIENCE = 120
ROWS = "k STRING, n LONG, t TIMESTAMP"


@dataclass(frozen=True, slots=True)
class Variable:
    """A state variable and what each run puts into it; ``types`` are its schema, or a map's two."""

    kind: str
    name: str
    types: tuple[str, ...]
    puts: tuple[Any, ...]
    ttl_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What one run is made of."""

    variables: tuple[Variable, ...]
    mode: str = "update"
    time: str = "None"
    key: tuple[str, ...] = ("k",)
    form: str = "rows"


def value(types: str, *puts: Any, name: str = "v", ttl_ms: int | None = None) -> Variable:
    return Variable("Value", name, (types,), (puts,), ttl_ms)


def listed(types: str, *puts: Any, ttl_ms: int | None = None) -> Variable:
    return Variable("List", "v", (types,), ([puts],), ttl_ms)


def mapped(keys: str, values: str, key: Any, put: Any, ttl_ms: int | None = None) -> Variable:
    return Variable("Map", "v", (keys, values), ((key,), (put,)), ttl_ms)


ONE, TWO = value("n LONG", 1), value("n LONG, s STRING", 1, "a")
LIST, MAP = listed("n LONG", 1), mapped("k STRING", "n LONG", "a", 1)
PLAIN, TIMED = Run((ONE,)), Run((replace(ONE, ttl_ms=HOUR_MS),), time="ProcessingTime")


def _of(before: Variable, *after: Variable) -> tuple[Run, Run]:
    return Run((before,)), Run(after)


CHANGES: dict[str, tuple[Run, Run]] = {
    "nothing": (PLAIN, PLAIN),
    "TTL removed": (TIMED, replace(TIMED, variables=(ONE,))),
    "TTL added": (replace(TIMED, variables=(ONE,)), TIMED),
    "TTL longer": (TIMED, replace(TIMED, variables=(replace(ONE, ttl_ms=2 * HOUR_MS),))),
    "TTL of a list removed": (
        replace(TIMED, variables=(replace(LIST, ttl_ms=HOUR_MS),)), replace(TIMED, variables=(LIST,)),
    ),
    "TTL of a map added": (
        replace(TIMED, variables=(MAP,)), replace(TIMED, variables=(replace(MAP, ttl_ms=HOUR_MS),)),
    ),
    "value fields swapped": _of(TWO, value("s STRING, n LONG", "b", 2)),
    "value fields of one type swapped": _of(value("a LONG, b LONG", 1, 2), value("b LONG, a LONG", 3, 4)),
    "value field renamed": _of(TWO, value("n LONG, other STRING", 2, "b")),
    "value field in other letters": _of(ONE, value("N LONG", 2)),
    "value field added": _of(ONE, TWO),
    "value field removed": _of(TWO, ONE),
    "value field widened": _of(value("n INT", 1), ONE),
    "value field narrowed": _of(ONE, value("n INT", 1)),
    "value field to text": _of(ONE, value("n STRING", "a")),
    "value struct field renamed": _of(
        value("s STRUCT<a: INT, b: STRING>", Row(a=1, b="x")), value("s STRUCT<a: INT, c: STRING>", Row(a=1, c="x")),
    ),
    "value struct widened": _of(value("s STRUCT<a: INT>", Row(a=1)), value("s STRUCT<a: LONG>", Row(a=1))),
    "list field renamed": _of(LIST, listed("m LONG", 2)),
    "list field to text": _of(LIST, listed("n STRING", "a")),
    "list field added": _of(LIST, listed("n LONG, s STRING", 1, "a")),
    "map key type": _of(MAP, mapped("k LONG", "n LONG", 7, 1)),
    "map key renamed": _of(MAP, mapped("other STRING", "n LONG", "a", 2)),
    "map value type": _of(MAP, mapped("k STRING", "n STRING", "a", "x")),
    "map value renamed": _of(MAP, mapped("k STRING", "m LONG", "a", 2)),
    "value to list": _of(ONE, LIST),
    "value to map": _of(ONE, MAP),
    "list to value": _of(LIST, ONE),
    "list to map": _of(LIST, MAP),
    "map to value": _of(MAP, ONE),
    "map to list": _of(MAP, LIST),
    "variable added": _of(ONE, ONE, value("n LONG", 5, name="w")),
    "variable removed": (Run((ONE, value("n LONG", 5, name="w"))), PLAIN),
    "variable renamed": _of(ONE, replace(ONE, name="w")),
    "variable in other letters": _of(ONE, replace(ONE, name="V")),
    "time mode to processing time": (PLAIN, replace(PLAIN, time="ProcessingTime")),
    "time mode to event time": (PLAIN, replace(PLAIN, time="EventTime")),
    "time mode to none": (replace(PLAIN, time="EventTime"), PLAIN),
    "time mode in other letters": (PLAIN, replace(PLAIN, time="none")),
    "update to append": (PLAIN, replace(PLAIN, mode="append")),
    "append to update": (replace(PLAIN, mode="append"), PLAIN),
    "key of another type": (PLAIN, replace(PLAIN, key=("n",))),
    "key of another name": (PLAIN, replace(PLAIN, key=("k2",))),
    "key with one more": (PLAIN, replace(PLAIN, key=("k", "n"))),
    "rows to frames": (PLAIN, replace(PLAIN, form="pandas")),
}  # fmt: skip
IN_FRAMES = (
    "nothing", "TTL removed", "value fields swapped", "value field added", "value to list", "map key type", "variable added",
    "update to append", "key of another type",
)  # fmt: skip
NAMES = (*(f"{name}, rows" for name in CHANGES), *(f"{name}, pandas" for name in IN_FRAMES))
SEEN: list[list[str]] = []


class Keeping(StatefulProcessor):
    """Tells what its variables hold, then puts into them what it was given."""

    def __init__(self, variables: tuple[Variable, ...]) -> None:
        self.declared = variables

    def init(self, handle: Any) -> None:
        self.all = [
            getattr(handle, f"get{one.kind}State")(one.name, *one.types, *_ttl(one))
            for one in self.declared
        ]

    def told(self) -> str:
        """Return what there is, and put what is new."""
        found = [
            _HOLDS[one.kind](state) for one, state in zip(self.declared, self.all, strict=True)
        ]
        for one, state in zip(self.declared, self.all, strict=True):
            _PUT[one.kind](state, *one.puts)
        return "; ".join(found)

    def handleInputRows(self, key: Any, rows: Any, timerValues: Any) -> Iterator[Row]:
        list(rows)
        yield Row(found=self.told())

    def close(self) -> None:
        pass


class KeepingFrames(Keeping):
    """The same for rows that come as frames."""

    def handleInputRows(self, key: Any, rows: Any, timerValues: Any) -> Iterator[pd.DataFrame]:
        list(rows)
        yield pd.DataFrame({"found": [self.told()]})


def _ttl(one: Variable) -> tuple[int, ...]:
    return () if one.ttl_ms is None else (one.ttl_ms,)


_HOLDS = {
    "Value": lambda state: str(state.get()),
    "List": lambda state: str(list(state.get())),
    "Map": lambda state: str([(tuple(k), tuple(v)) for k, v in state.iterator()]),
}
_PUT = {
    "Value": lambda state, put: state.update(put),
    "List": lambda state, puts: state.put(puts),
    "Map": lambda state, key, put: state.updateValue(key, put),
}


def take(frame: Any, _batch_id: int) -> None:
    """Keep what a batch gives; named by this module, so that a server in this process finds the list."""
    rows = [row.found for row in frame.collect()]
    if rows:
        SEEN.append(sorted(rows))


def answer(spark: Any, name: str, folder: Path) -> dict[str, Any]:
    """Return what the second run tells, or the class of the error it ends with."""
    change, form = name.rsplit(", ", 1)
    runs = [one if one.form == "pandas" else replace(one, form=form) for one in CHANGES[change]]
    try:
        for number, one in enumerate(runs):
            found = _found(spark, one, folder, number)
    except Exception as error:  # noqa: BLE001 - the failure is the answer
        return {"run": number, "error": _class(error)}
    return {"found": found}


def _found(spark: Any, run: Run, folder: Path, number: int) -> list[str]:
    """Run one on a file more than the last, until it has told something."""
    row = spark.range(1).selectExpr("'a' AS k", "1L AS n", "TIMESTAMP '2024-01-01' AS t")
    row.write.parquet(f"{folder}/in/{number}")
    rows = spark.readStream.schema(ROWS).parquet(f"{folder}/in/*").withWatermark("t", "1 minute")
    grouped = rows.withColumn("k2", rows.k).groupBy(*run.key)
    made: Any = KeepingFrames(run.variables)
    call = grouped.transformWithStateInPandas
    if run.form == "rows":
        made, call = Keeping(run.variables), grouped.transformWithState
    frame = call(made, "found STRING", run.mode, run.time)
    writer = frame.writeStream.outputMode(run.mode).foreachBatch(take)
    SEEN.clear()
    query = writer.option("checkpointLocation", f"{folder}/checkpoint").start()
    try:
        end = time.monotonic() + PATIENCE
        while query.isActive and not _is_done(query) and time.monotonic() < end:
            time.sleep(0.02)
    finally:
        query.stop()
    if query.exception() or not SEEN:
        raise query.exception() or TimeoutError
    return SEEN[0]


def _is_done(query: Any) -> bool:
    """Whether a batch with rows is committed; in processing time a query of Apache Spark never idles."""
    return any(one["numInputRows"] for one in query.recentProgress)


def _class(error: Any) -> str:
    """Return the innermost class a failed query tells of."""
    text = str(error)
    known = [word for word in _CLASSES if word in text]
    name = getattr(error, "getCondition", getattr(error, "getErrorClass", lambda: None))()
    return known[0] if known else name or type(error).__name__


_CLASSES = (
    "STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA",
    "STATE_STORE_INVALID_CONFIG_AFTER_RESTART",
    "STATE_STORE_INVALID_VARIABLE_TYPE_CHANGE",
    "STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE",
    "STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE",
    "STATE_STORE_INVALID_VALUE_SCHEMA_EVOLUTION",
    "STATE_STORE_COLUMN_FAMILY_SCHEMA_INCOMPATIBLE",
)
