"""Queries of ``transformWithState`` by name and the ways their state is read: the same here and on Apache Spark.

``answers(spark, name, folder)`` runs a query over three files, a run and a batch each, and reads what it keeps. ``record.py``
writes down what Apache Spark 4.2 answers.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyspark.sql import Row

from tests.parity.state_variables import processors as p
from tests.parity.streams.running import plain

SCHEMA = "t TIMESTAMP, k STRING, b BOOLEAN, x BIGINT, v DOUBLE"
ROWS = [
    [
        ("2024-01-01T00:00:10Z", "a", True, 1, 1.5),
        ("2024-01-01T00:01:10Z", "b", False, 2, 2.5),
        ("2024-01-01T00:01:30Z", "a", True, 3, 0.5),
        ("2024-01-01T00:01:40Z", "c", True, 9, 0.5),
    ],
    [("2024-01-01T00:12:00Z", "a", True, 5, 4.5), ("2024-01-01T00:12:30Z", None, None, 4, 0.5)],
    [("2024-01-01T00:30:00Z", "b", False, 9, 1.0)],
]
FEED = {"readChangeFeed": "true", "changeStartBatchId": "0"}
TIMERS = {"readRegisteredTimers": "true"}
FOLDED = {"flattenCollectionTypes": "false"}
FAILS = "fails"
"""Spark itself fails, without a condition."""
COLLECTIONS = {"seen", "times", "many", "named"}
"""Variables that are lists or maps."""
Options = dict[str, str]


@dataclass(frozen=True)
class Query:
    """A processor, what it is called with and the ways its state is read; ``first``: the processor of the first batch, if another; ``told_of``: batches whose metadata is read."""

    processor: type[p.Processor]
    variables: tuple[str, ...]
    time: str = "None"
    keys: tuple[str, ...] = ("k",)
    begins: bool = False
    then: Callable[[Any], Any] | None = None
    ways: dict[str, Options] = field(default_factory=dict)
    first: type[p.Processor] | None = None
    whole: bool = False
    told_of: tuple[str, ...] = ()

    def reads(self) -> dict[str, Options]:
        """Return the ways this query's state is read, by what they are called."""
        made = {one: {"stateVarName": one} for one in self.variables}
        if self.time != "None":
            made["timers"] = TIMERS
        if self.whole:
            whole = dict(made)
            made |= {f"{name} folded": FOLDED | whole[name] for name in COLLECTIONS & whole.keys()}
            made |= {f"{name} at 0": {"batchId": "0"} | way for name, way in whole.items()}
            made |= {f"{name} changes": FEED | {"stateVarName": name} for name in self.variables}
        return made | self.ways


def variable(name: str, **options: str) -> Options:
    """Return the options that read a variable."""
    return {"stateVarName": name, **options}


MISTAKES: dict[str, Options] = {
    "nothing named": {},
    "no such variable": variable("nope"),
    "empty name": variable(""),
    "no such operator": variable("total", operatorId="4"),
    "both": variable("total", **TIMERS),
    "no timers": TIMERS,
    "with a side": variable("total", joinSide="left"),
    "with a store": variable("total", storeName="total"),
    "a store alone": {"storeName": "total"},
    "timers with a store": TIMERS | {"storeName": "timers"},
    "timers with a side": TIMERS | {"joinSide": "left"},
    "changes of timers": FEED | TIMERS,
    "changes of nothing": FEED,
    "changes folded": FEED | FOLDED | variable("seen"),
    "changes of no variable": FEED | variable("nope"),
    "flat maybe": variable("seen", flattenCollectionTypes="maybe"),
    "timers maybe": {"readRegisteredTimers": "maybe"},
    "feed maybe": variable("total", readChangeFeed="maybe"),
    "batch to come": variable("total", batchId="7"),
    "batch below 0": variable("total", batchId="-1"),
    "changes to come": FEED | variable("total", changeEndBatchId="7"),
    "changes backwards": variable("total", readChangeFeed="true", changeStartBatchId="2", changeEndBatchId="1"),
    "changes without a start": variable("total", readChangeFeed="true"),
    "changes of a batch": FEED | variable("total", batchId="1"),
    "end without a feed": variable("total", changeEndBatchId="1"),
    "snapshot alone": variable("total", snapshotStartBatchId="1"),
    "partition alone": variable("total", snapshotPartitionId="0"),
    "snapshot too late": variable("total", snapshotStartBatchId="2", snapshotPartitionId="0", batchId="1"),
    "snapshot and changes": FEED | variable("total", snapshotStartBatchId="0", snapshotPartitionId="0"),
    "no such partition": variable("total", snapshotStartBatchId="0", snapshotPartitionId="9"),
    "no such snapshot": variable("total", snapshotStartBatchId="1", snapshotPartitionId="0"),
}  # fmt: skip
SOME = {
    "total changes 1": variable("total", readChangeFeed="true", changeStartBatchId="1", changeEndBatchId="1"),
    "total of 1": variable("total", batchId="1"),
    "capitals": {"STATEVARNAME": "total"},
    "upper case": variable("TOTAL"),
}  # fmt: skip


def counted(frame: Any) -> Any:
    """Count what a processor gave: a second stateful operator, which is the query's last."""
    return frame.groupBy("k").count()


QUERIES = {
    "plain": Query(p.Plain, ("total", "seen", "times"), whole=True, ways=MISTAKES | SOME),
    "living": Query(p.Living, ("total", "seen", "times", "stays"), "ProcessingTime", whole=True,
                    ways={"both": variable("total", **TIMERS), "changes of timers": FEED | TIMERS}),
    "brief": Query(p.Brief, ("last", "three", "two"), "ProcessingTime"),
    "fleeting": Query(p.Fleeting, ("total", "seen", "times"), "ProcessingTime"),
    "timed": Query(p.Timed, ("last",), "EventTime", whole=True),
    "ringing": Query(p.Ringing, ("last",), "ProcessingTime", whole=True),
    "deep": Query(p.Deep, ("one", "many", "named"), whole=True),
    "begun": Query(p.Begun, ("total", "seen", "times"), begins=True),
    "two keys": Query(p.Plain, ("total", "seen", "times"), keys=("k", "b")),
    "struct key": Query(p.Plain, ("total", "seen"), keys=("s",)),
    "struct key timers": Query(p.Ringing, ("last",), "ProcessingTime", keys=("s", "k")),
    "odd": Query(p.Odd, ("timers", "1.delta"), ways={"real timers": TIMERS}),
    "odd timed": Query(p.Odd, ("timers",), "EventTime"),
    "given up": Query(p.After, ("total", "gone"), first=p.Before,
                      ways={"gone at 0": variable("gone", batchId="0")}, told_of=("0", "1", "2", "3", "-1", "x")),
    "followed": Query(p.Plain, (), then=counted, ways={
        "operator 0": {}, "operator 1": variable("total", operatorId="1"),
        "variable of 0": variable("total"), "store of 1": {"operatorId": "1"}}),
}  # fmt: skip
FORMS = ("rows", "pandas")
PANDAS_TOO = ("living", "timed", "begun")
NAMES = (*QUERIES, *(f"{name} in pandas" for name in PANDAS_TOO))


def answers(spark: Any, name: str, folder: Path) -> dict[str, Any]:
    """Return what each way of reading gives: schema and rows, or an error; and what the progress tells of the state."""
    query = QUERIES[name.removesuffix(" in pandas")]
    checkpoint = str(folder / "checkpoint")
    figures = [_batch(spark, name, query, folder, number) for number in range(len(ROWS))]
    metadata = spark.read.format("state-metadata")
    return {
        "figures": figures,
        "metadata": _metadata(metadata.load(checkpoint)),
        "metadata at": {
            batch: _metadata_at(
                lambda batch=batch: metadata.option("batchId", batch).load(checkpoint)
            )
            for batch in query.told_of
        },
        "reads": {way: read(spark, checkpoint, given) for way, given in query.reads().items()},
    }


def _batch(spark: Any, name: str, query: Query, folder: Path, number: int) -> list[Any]:
    """Run one batch over one more file."""
    _write(folder / "in", number)
    frame = _frame(spark, name, query, str(folder / "in"), number)
    writer = frame.writeStream.outputMode("update").format("noop").trigger(once=True)
    running = writer.option("checkpointLocation", str(folder / "checkpoint")).start()
    running.awaitTermination()
    progress = running.lastProgress
    shown = json.loads(progress.json) if hasattr(progress, "json") else progress
    return [_figures(one) for one in shown["stateOperators"]]


def _figures(operator: dict[str, Any]) -> dict[str, Any]:
    custom = operator.get("customMetrics", {})
    told = {key: count for key, count in custom.items() if key.startswith("num")}
    return {"name": operator["operatorName"], "numRowsTotal": operator["numRowsTotal"], **told}


def _frame(spark: Any, name: str, query: Query, path: str, number: int) -> Any:
    read = spark.readStream.schema(SCHEMA).json(path).withWatermark("t", "5 minutes")
    if name.endswith(" in pandas"):  # pandas 3 makes another of a missing text
        read = read.na.fill("d", ["k"])
    frame = read.selectExpr("*", "struct(k AS first, b AS second) AS s")
    grouped = frame.groupBy(*query.keys)
    start = spark.createDataFrame([("a", 7), ("z", 8)], "k STRING, n BIGINT").groupBy("k")
    kind = query.first if query.first and number == 0 else query.processor
    call, made = grouped.transformWithState, kind()
    if name.endswith(" in pandas"):
        call, made = grouped.transformWithStateInPandas, p.InPandas(made)
    given = call(made, p.OUT, "update", query.time, start if query.begins else None)
    return query.then(given) if query.then else given


def _write(folder: Path, number: int) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / f"{number}.json"
    rows = [dict(zip("tkbxv", row, strict=True)) for row in ROWS[number]]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))


def read(spark: Any, checkpoint: str, given: Options) -> dict[str, Any]:
    """Return what a way of reading the state gives: schema and rows, or an error."""
    try:
        made = spark.read.format("statestore").options(**given).load(checkpoint)
        schema = made.schema.simpleString()
    except Exception as error:  # noqa: BLE001 - a refusal is an answer
        return {"error": _named(error)}
    try:
        rows = [_shown(row) for row in made.collect()]
    except Exception as error:  # noqa: BLE001 - a refusal is an answer
        return {"schema": schema, "error": _named(error)}
    return {"schema": schema, "rows": sorted(net(rows), key=json.dumps)}


def _metadata(frame: Any) -> list[Any]:
    """Return the operators; Spark tells variables in the order of a hash."""
    rows = [row.asDict() for row in frame.collect()]
    for row in rows:
        told = json.loads(row["operatorProperties"] or "{}")
        told["stateVariables"] = sorted(told.get("stateVariables", ()), key=json.dumps)
        row["operatorProperties"] = told
    return [frame.schema.simpleString(), sorted(rows, key=json.dumps)]


def _metadata_at(frame: Callable[[], Any]) -> list[Any] | str:
    try:
        return _metadata(frame())
    except Exception as error:  # noqa: BLE001 - a refusal is an answer
        return _named(error)


def net(rows: list[Any]) -> list[Any]:
    """Return what a feed's changes come to in each batch; Spark tells each call, even of what was there for part of a batch only."""
    made: list[Any] = []
    there: set[str] = set()
    for (_, thing), changes in _by_batch_and_thing(rows).items():
        kinds = [change["change_type"] for change in changes]
        if kinds[-1] == "delete":
            made += changes[-1:] if thing in there else []
            there.discard(thing)
        else:
            made += changes if "append" in kinds else changes[-1:]
            there.add(thing)
    return made if rows and "change_type" in rows[0] else rows


def _by_batch_and_thing(rows: list[Any]) -> dict[tuple[int, str], list[Any]]:
    made: dict[tuple[int, str], list[Any]] = {}
    for row in rows:
        if "change_type" in row:
            thing = json.dumps([row["key"], row.get("user_map_key")])
            made.setdefault((row["batch_id"], thing), []).append(row)
    return made


def _named(error: Exception) -> str:
    name = getattr(error, "getCondition", lambda: None)()
    told = re.search(r"\[([A-Z_]+(\.[A-Z_]+)*)\]", str(error))
    return name or (told[1] if told else FAILS)


def _shown(value: Any) -> Any:
    """Return a value as JSON has it; when something expires is a matter of the clock."""
    if isinstance(value, Row):
        return {
            name: "later" if name == "ttlExpirationMs" and one else _shown(one)
            for name, one in value.asDict().items()
        }
    if isinstance(value, dict):
        return sorted(([_shown(key), _shown(one)] for key, one in value.items()), key=json.dumps)
    if isinstance(value, list):
        return [_shown(one) for one in value]
    return bytes(value).hex() if isinstance(value, (bytes, bytearray)) else plain(value)
