"""Every aggregate of the catalogue over a stream that is stopped half-way and started again: the same here and on Apache Spark.

``answers(spark, name, folder)`` runs a query over two files, starts it again with two more, and returns what every batch gave and how
``format("statestore")`` shows the buffers. ``record.py`` writes down what Apache Spark 4.2 answers.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.parity.streams import running

SCHEMA = (
    "k STRING, x BIGINT, i INT, v DOUBLE, d DECIMAL(10, 2), s STRING, b BOOLEAN, t TIMESTAMP, y DATE, e ARRAY<INT>, "
    "c STRUCT<p: INT, q: STRING>"
)
DAY = "2024-01-0{}T00:00:0{}Z"


def _row(k: str | None, x: int, s: str, b: bool, n: int) -> dict[str, Any]:
    return {
        "k": k, "x": x, "i": n, "v": x / 4 + n, "d": x / 8, "s": s, "b": b, "t": DAY.format(n, n), "y": f"2024-02-0{n}", "e": [n, x],
        "c": {"p": n, "q": s},
    }  # fmt: skip


FILES = [
    [_row("a", 5, "p", True, 1), {"k": "a"}, {"k": "b"}, _row(None, 3, "z", False, 2)],
    [_row("a", -2, "q", True, 2), _row("b", 7, "r", False, 1), _row("a", 5, "p", False, 3)],
    [
        {"k": "b"},
        _row("a", 9, "o", True, 4),
        _row("b", 7, "", True, 2),
        _row(None, 3, "z", True, 1),
    ],
    [
        _row("a", 0, "pp", True, 1),
        _row("c", 1, "n", False, 5),
        _row("b", 100, "r", False, 3),
        {"k": "e"},
    ],
]
"""Two files before the restart and two after it: keys, values and whole rows are missing."""

QUERIES: Mapping[str, tuple[str, ...]] = {
    "count": ("count(*)", "count(x)", "count(x, s)", "count(1) FILTER (WHERE b)", "count_if(x > 2)"),
    "sum": ("sum(x)", "sum(i)", "sum(v)", "sum(d)", "sum(t - TIMESTAMP'2024-01-01')"),
    "try_sum": ("try_sum(x)", "try_sum(d)", "try_sum(try_multiply(x, 900000000000000000))"),
    "avg": ("avg(x)", "mean(v)", "avg(d)", "try_avg(i)", "avg(t - TIMESTAMP'2024-01-01')"),
    "min": ("min(x)", "min(s)", "min(d)", "min(b)", "min(t)", "min(y)", "min(e)", "min(c)"),
    "max": ("max(x)", "max(s)", "max(d)", "max(b)", "max(t)", "max(y)", "max(e)", "max(c)"),
    "first": ("first(x)", "first(s, true)", "first_value(c)", "any_value(e)", "any_value(x, true)"),
    "last": ("last(x)", "last(s, true)", "last_value(c)", "last_value(e) IGNORE NULLS"),
    "by": ("min_by(s, v)", "max_by(s, v)", "max_by(c, t)", "min_by(e, v)"),
    "logic": ("bool_and(b)", "every(x > 0)", "bool_or(b)", "some(x > 8)", "any(b)"),
    "bits": ("bit_and(x)", "bit_or(i)", "bit_xor(x)"),
    "bitmaps": (
        "bitmap_count(bitmap_construct_agg(bitmap_bit_position(x)))", "bitmap_count(bitmap_or_agg(CAST(s AS BINARY)))",
        "bitmap_count(bitmap_and_agg(CAST(s AS BINARY)))",
    ),
    "lists": ("collect_list(x)", "collect_list(c)", "array_agg(s)", "collect_list(e)", "collect_list(y)"),
    "sets": ("sort_array(collect_set(x))", "sort_array(collect_set(s))", "size(collect_set(c))"),
    "text": ("listagg(s)", "listagg(s, '-')", "string_agg(s, ', ')"),
    "histogram": ("histogram_numeric(v, 5)",),
    "distinct values": ("approx_count_distinct(x)", "approx_count_distinct(s, 0.1)"),
    "percentile": ("percentile(x, 0.5)", "percentile(v, array(0.25, 0.75))", "percentile(x, 0.5, i)", "median(d)"),
    "percentile in a group": (
        "percentile_cont(0.3) WITHIN GROUP (ORDER BY v)", "percentile_disc(0.3) WITHIN GROUP (ORDER BY x)",
        "percentile_cont(0.3) WITHIN GROUP (ORDER BY v DESC)",
    ),
    "percentile_approx": ("percentile_approx(x, 0.5)", "approx_percentile(v, array(0.1, 0.9), 100)", "percentile_approx(d, 0.5)"),
    "mode": ("mode(b)", "mode(s, true)", "mode() WITHIN GROUP (ORDER BY x)"),
    "deviation": ("std(x)", "stddev(v)", "stddev_samp(d)", "stddev_pop(v)", "variance(x)", "var_samp(v)", "var_pop(v)"),
    "shape": ("skewness(v)", "kurtosis(x)"),
    "pairs": ("corr(i, v)", "covar_pop(x, v)", "covar_samp(x, v)"),
    "regression": (
        "regr_avgx(v, i)", "regr_avgy(v, i)", "regr_count(v, i)", "regr_intercept(v, i)", "regr_r2(v, i)", "regr_slope(v, i)",
        "regr_sxx(v, i)", "regr_sxy(v, i)", "regr_syy(v, i)",
    ),
    "product": (),
    "grouping": ("grouping(k)", "grouping_id(k)", "sum(x)"),
}  # fmt: skip
"""The calls of each query, by its name."""
REFUSED = (
    "count(DISTINCT x)",
    "sum(DISTINCT x)",
    "listagg(DISTINCT s)",
    "string_agg(DISTINCT s, ',')",
)
"""What Apache Spark does not take in a stream."""


def called() -> set[str]:
    """Return the functions that the queries call."""
    texts = [text for calls in QUERIES.values() for text in calls]
    return {text.split("(")[0] for text in texts} | {
        text.split("(")[1] for text in texts if text.startswith(("bitmap", "sort_array", "size"))
    }


def answers(spark: Any, name: str, folder: Path) -> dict[str, Any]:
    """Return the rows of every batch of both runs and the state at the end."""
    given, out, checkpoint = folder / "in", folder / "out", str(folder / "checkpoint")
    given.mkdir()
    out.mkdir()
    read = spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 1).json(str(given))
    for half in (0, 2):
        for number in (half, half + 1):
            _write(given / f"{number}.json", number)
        writer = (
            _query(read, name).writeStream.outputMode("complete").foreachBatch(_keeper(str(out)))
        )
        query = writer.option("checkpointLocation", checkpoint).trigger(availableNow=True).start()
        query.awaitTermination()
    batches = [json.loads((out / f"{number}.json").read_text()) for number in range(len(FILES))]
    return {"batches": batches, **_state(spark.read.format("statestore").load(checkpoint))}


def whole(spark: Any, name: str, folder: Path) -> list[Any]:
    """Return what a batch query gives over one file with the rows of all: of several, one read has the largest first."""
    together = folder / "together.json"
    together.write_text("".join(file.read_text() for file in sorted((folder / "in").iterdir())))
    return _rows(_query(spark.read.schema(SCHEMA).json(str(together)), name))


def _write(path: Path, number: int) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in FILES[number]))
    os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))


def _query(frame: Any, name: str) -> Any:
    from pyspark.sql import functions as F  # noqa: N812 - the usual name

    grouped = frame.cube("k") if name == "grouping" else frame.groupBy("k")
    calls = [F.expr(text) for text in QUERIES[name]] or [F.product("v"), F.product("i")]
    return grouped.agg(*[call.alias(f"f{place}") for place, call in enumerate(calls)])


def _keeper(out: str) -> Callable[[Any, int], None]:
    def keep(frame: Any, number: int) -> None:
        (Path(out) / f"{number}.json").write_text(json.dumps(_rows(frame)))

    return keep


def _rows(frame: Any) -> list[Any]:
    return sorted((_plain(tuple(row)) for row in frame.collect()), key=json.dumps)


def _plain(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    if isinstance(value, (timedelta, bytearray)):
        return str(value)
    return running.plain(value)


def _state(frame: Any) -> dict[str, Any]:
    shown = frame.selectExpr("to_json(struct(key, value), map('ignoreNullFields', 'false')) r")
    rows = sorted(json.dumps(json.loads(row.r, object_pairs_hook=list)) for row in shown.collect())
    return {"schema": frame.schema.simpleString(), "state": rows}
