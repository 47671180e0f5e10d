"""Running a case of stateful Python on a session of any Spark, batch by batch."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyspark.sql.streaming.state import GroupStateTimeout

from tests.parity.stateful import processors as p
from tests.parity.stateful import scripted  # noqa: F401 - adds its processor to the kinds
from tests.parity.stateful.kinds import is_timed
from tests.parity.streams import running
from tests.parity.streams.cases import Case, Input

PATIENCE = 60


def group_state(frame: Any, words: dict[str, Any]) -> Any:
    """``applyInPandasWithState``."""
    functions = {
        "totals": lambda: p.totals(words["limit"]),
        "event": lambda: p.by_event_time(words["minutes"], words["variant"]),
        "processing": lambda: p.by_processing_time(words["ms"]),
    }
    timeout = getattr(GroupStateTimeout, words["timeout"])
    grouped = frame.groupBy(*words["key"])
    return grouped.applyInPandasWithState(
        functions[words["by"]](), p.GROUP_OUT, p.GROUP_STATE, words["mode"], timeout
    )


def processor(frame: Any, words: dict[str, Any]) -> Any:
    """``transformWithState``, of Rows or of frames."""
    made: Any = p.KINDS[words["kind"]](**words["words"])
    grouped = frame.groupBy(*words["key"])
    call = grouped.transformWithState
    if words["form"] == "pandas":
        made, call = p.InPandas(made), grouped.transformWithStateInPandas
    start = None
    if words.get("initial"):
        rows = [tuple(one) for one in words["initial"]]
        start = frame.sparkSession.createDataFrame(rows, "k STRING, n LONG, s DOUBLE").groupBy("k")
    return call(made, p.OUT, words["mode"], words["time"], start, words.get("event_time", ""))


running.STEPS.update(group_state=group_state, processor=processor)


def run(spark: Any, case: Case, folder: Path) -> list[Any]:
    """Return what every batch did; where processing time counts, the batches after the last file are one."""
    if not is_timed(case):
        return _in_two_runs(spark, case, folder)
    files = len(case.inputs["a"].batches)
    if type(spark).__module__.startswith("pyspark.sql.connect"):
        batches = running.run(spark, case, folder)
        time.sleep(0.01)
        batches += [
            one for one in again(spark, case, folder) if one[0] not in {b[0] for b in batches}
        ]
    else:
        batches = _for_ever(spark, case, folder, files)
    return _folded(batches, files)


def _in_two_runs(spark: Any, case: Case, folder: Path) -> list[Any]:
    """Run a case, in two runs where it says after how many files the first one ends."""
    _, words = case.steps[-1]
    files = words.get("stop_after") if isinstance(words, dict) else 0
    if not files:
        return running.run(spark, case, folder)
    given = case.inputs["a"]
    begun = replace(case, inputs={"a": Input(given.delay, given.batches[:files])})
    batches = running.run(spark, begun, folder)
    running._write(given, folder / "a")
    return [*batches, *again(spark, case, folder)]


def again(spark: Any, case: Case, folder: Path) -> list[Any]:
    """Run a case once more on its checkpoint: what came due since runs, and the run ends."""
    return _started(
        spark, case, folder, lambda query: query.awaitTermination(PATIENCE), availableNow=True
    )


def _for_ever(spark: Any, case: Case, folder: Path, files: int) -> list[Any]:
    """Run a case until a batch after those with files has run; in processing time no run of Apache Spark ends by itself."""

    def enough(query: Any) -> None:
        end = time.monotonic() + PATIENCE
        while (
            time.monotonic() < end
            and (query.lastProgress or {"batchId": -1})["batchId"] < files + 1
        ):
            time.sleep(0.02)
        query.stop()
        if query.exception():
            raise query.exception()

    (folder / "out").mkdir(parents=True)
    for name, given in case.inputs.items():
        running._write(given, folder / name)
    return _started(spark, case, folder, enough, processingTime="0 seconds")


def _started(spark: Any, case: Case, folder: Path, wait: Any, **trigger: Any) -> list[Any]:
    out = folder / "out"
    read = (
        spark.readStream.schema(running.SCHEMA)
        .option("maxFilesPerTrigger", 1)
        .json(str(folder / "a"))
    )
    delay = case.inputs["a"].delay
    frame = read.withWatermark("t", delay) if delay else read
    ((word, argument),) = case.steps
    frame = running.STEPS[word](frame, argument)
    writer = frame.writeStream.outputMode(case.mode).foreachBatch(running._writer(str(out)))
    query = (
        writer.option("checkpointLocation", str(folder / "checkpoint")).trigger(**trigger).start()
    )
    wait(query)
    return [running._batch(progress, out) for progress in query.recentProgress]


def _folded(batches: list[Any], files: int) -> list[Any]:
    """Join the batches after the last file: how many there are is a matter of time."""
    first, rest = batches[:files], [one for one in batches[files:] if one[4] is not None]
    rows = sorted((row for one in rest for row in one[4]), key=json.dumps)
    return [*first, [files, 0, None, [], rows]]
