"""How answers of Apache Spark are put on record: a Spark to ask, one line an answer. Runs with Spark's own Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.spark_process import spark_environ

ROOT = Path(__file__).resolve().parents[2]
STORE = "spark.sql.streaming.stateStore"
ROCKSDB = {
    f"{STORE}.providerClass": "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider",
    f"{STORE}.rocksdb.changelogCheckpointing.enabled": "true",
}
UNCOMPILED = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
"""For small inputs: compiling code for each query would take longer than running it."""


def local_spark(conf: dict[str, str]) -> Any:
    """Return an Apache Spark of two cores and one partition of state, whose Python workers find these modules."""
    os.environ["TZ"], os.environ["PYSPARK_PYTHON"] = "UTC", sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "2g",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
    }
    spark = SparkSession.builder.master("local[2]").config(map=settings | conf).getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


def read(path: Path) -> dict[str, Any]:
    """Return what is on record."""
    return json.loads(path.read_text()) if path.exists() else {}


def write(known: dict[str, Any], order: Iterable[str], path: Path) -> None:
    """Write one line an answer, those on record in the order given."""
    lines = [
        f"{json.dumps(key)}: {json.dumps(known[key], separators=(',', ':'))}"
        for key in order
        if key in known
    ]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def record(names: Iterable[str], answer: Callable[[Any, str, Path], Any], path: Path) -> None:
    """Record ``answer(spark, name, folder)`` of the names on the command line, or of those not on record yet."""
    spark, known = local_spark(ROCKSDB | UNCOMPILED), read(path)
    for name in sys.argv[1:] or [name for name in names if name not in known]:
        with tempfile.TemporaryDirectory() as folder:
            known[name] = answer(spark, name, Path(folder))
        write(known, names, path)


def write_cases(known: dict[str, Any], path: Path) -> None:
    """Write drawn cases, by number."""
    write(known, sorted(known, key=int), path)


def drawn(spark: Any, case: Any, run: Callable[[Any, Any, Path], Any]) -> dict[str, Any]:
    """Return a drawn case's entry: its digest and its batches, or the class of the error where Spark refuses it."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return {"digest": case.digest, "batches": run(spark.newSession(), case, Path(folder))}
        except Exception as error:  # noqa: BLE001 - a refusal is an answer
            name = getattr(error, "getCondition", getattr(error, "getErrorClass", lambda: None))()
            return {
                "digest": case.digest,
                "error": name or type(error).__name__,
                "text": str(error)[:300],
            }


def asked_now(python: str, module: str, first: int, count: int, path: Path) -> dict[str, Any]:
    """Return Spark's answers to drawn cases that are not on record, from a process of its own Python."""
    command = [python, "-m", module, str(first), str(first + count), str(path)]
    subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, timeout=280, env=spark_environ()
    )
    return read(path)
