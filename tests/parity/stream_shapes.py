"""Query shapes and what Apache Spark 4.2.1 says of each in each output mode.

``SHAPES`` makes the frames on any session; ``stream_verdicts.txt`` is what was measured: OK, an error class, or "refused"
for a refusal without a class.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyspark.sql import functions as F  # noqa: N812 - its usual name


class Shapes:
    """Frames over the ``rate`` source of one session."""

    def __init__(self, spark: Any) -> None:
        self.spark = spark

    def stream(self, watermark: bool = True) -> Any:
        """Rows with an event time and an id; with a watermark of ten seconds."""
        rows = self.spark.readStream.format("rate").load().withColumn("id", F.expr("value % 10"))
        return rows.withWatermark("timestamp", "10 seconds") if watermark else rows

    def static(self) -> Any:
        """Ten rows that are there from the start."""
        return self.spark.range(10).withColumn("v2", F.col("id"))

    def near(self) -> Any:
        """Equal ids, at most five seconds apart."""
        span = "interval 5 seconds"
        return F.expr(
            f"l.id = r.id and l.timestamp between r.timestamp - {span} and r.timestamp + {span}"
        )

    def joined(self, kind: str, left: bool = True, right: bool = True, timed: bool = True) -> Any:
        """Two streams joined; ``left`` and ``right``: which have a watermark, ``timed``: whether times must be near."""
        condition = self.near() if timed else F.expr("l.id = r.id")
        sides = self.stream(left).alias("l"), self.stream(right).alias("r")
        return sides[0].join(sides[1], condition, kind).select(F.col("l.id").alias("x"))


SHAPES: dict[str, Callable[[Shapes], Any]] = {
    "select": lambda s: s.stream().select("id"),
    "agg_nowm": lambda s: s.stream(False).groupBy("id").count(),
    "agg_wm_nowindow": lambda s: s.stream().groupBy("id").count(),
    "agg_window_wm": lambda s: s.stream().groupBy(F.window("timestamp", "5 seconds")).count(),
    "agg_sliding": lambda s: (
        s.stream().groupBy(F.window("timestamp", "10 seconds", "5 seconds")).count()
    ),
    "session_window": lambda s: (
        s.stream().groupBy(F.session_window("timestamp", "5 seconds"), "id").count()
    ),
    "session_window_nokey": lambda s: (
        s.stream().groupBy(F.session_window("timestamp", "5 seconds")).count()
    ),
    "count_distinct": lambda s: (
        s.stream().groupBy(F.window("timestamp", "5 seconds")).agg(F.countDistinct("id"))
    ),
    "approx_count_distinct": lambda s: (
        s.stream().groupBy(F.window("timestamp", "5 seconds")).agg(F.approx_count_distinct("id"))
    ),
    "distinct": lambda s: s.stream().select("id").distinct(),
    "dropDuplicates": lambda s: s.stream().dropDuplicates(["id"]),
    "dropDuplicates_evt": lambda s: s.stream().dropDuplicates(["id", "timestamp"]),
    "dropDupWM": lambda s: s.stream().dropDuplicatesWithinWatermark(["id"]),
    "dropDupWM_nowm": lambda s: s.stream(False).dropDuplicatesWithinWatermark(["id"]),
    "limit": lambda s: s.stream().limit(5),
    "offset": lambda s: s.stream().offset(5),
    "agg_limit": lambda s: s.stream().groupBy("id").count().limit(3),
    "sort": lambda s: s.stream().sort("id"),
    "agg_sort": lambda s: s.stream(False).groupBy("id").count().sort("count"),
    "row_number_window": lambda s: s.stream().selectExpr(
        "row_number() over (partition by id order by timestamp) rn"
    ),
    "union_stream": lambda s: s.stream().select("id").union(s.stream().select("id")),
    "union_static": lambda s: s.stream().select("id").union(s.spark.range(5)),
    "except": lambda s: s.stream().select("id").exceptAll(s.spark.range(5)),
    "subtract": lambda s: s.stream().select("id").subtract(s.spark.range(5)),
    "intersect": lambda s: s.stream().select("id").intersect(s.spark.range(5)),
    "sample": lambda s: s.stream().sample(0.5),
    "pivot": lambda s: s.stream().groupBy("id").pivot("value", [1, 2]).count(),
    "cube": lambda s: s.stream().cube("id", "value").count(),
    "rollup": lambda s: s.stream().rollup("id", "value").count(),
    "repartition": lambda s: s.stream().repartition(2),
    "explode": lambda s: s.stream().select(F.explode(F.array("id", "value"))),
    "agg_agg": lambda s: (
        s.stream()
        .groupBy(F.window("timestamp", "5 seconds"), "id")
        .count()
        .groupBy(F.window(F.window_time("window"), "10 seconds"))
        .count()
    ),
    "dedup_agg": lambda s: (
        s.stream()
        .dropDuplicates(["id", "timestamp"])
        .groupBy(F.window("timestamp", "5 seconds"))
        .count()
    ),
    "join_agg": lambda s: (
        s.stream()
        .alias("l")
        .join(s.stream().alias("r"), s.near())
        .groupBy(F.window("l.timestamp", "5 seconds"))
        .count()
    ),
    "agg_join": lambda s: (
        s.stream()
        .groupBy(F.window("timestamp", "5 seconds"), "id")
        .count()
        .alias("a")
        .join(
            s.stream().groupBy(F.window("timestamp", "5 seconds"), "id").count().alias("b"),
            ["window", "id"],
        )
    ),
    "ss_inner_nowm": lambda s: s.joined("inner", False, False, False),
    "ss_inner": lambda s: s.joined("inner"),
    "ss_left": lambda s: s.joined("left_outer"),
    "ss_left_nowm": lambda s: s.joined("left_outer", False, False),
    "ss_left_wmleftonly": lambda s: s.joined("left_outer", True, False),
    "ss_left_wmrightonly": lambda s: s.joined("left_outer", False, True),
    "ss_left_wm_nocond": lambda s: s.joined("left_outer", True, True, False),
    "ss_right": lambda s: s.joined("right_outer"),
    "ss_full": lambda s: s.joined("full_outer"),
    "ss_full_nowm": lambda s: s.joined("full_outer", False, False),
    "ss_semi": lambda s: s.joined("left_semi"),
    "ss_semi_nowm": lambda s: s.joined("left_semi", False, False),
    "ss_anti": lambda s: s.joined("left_anti"),
    "ss_cross": lambda s: s.stream().alias("l").crossJoin(s.stream().alias("r")).select("l.id"),
    "ss_nonequi": lambda s: (
        s.stream().alias("l").join(s.stream().alias("r"), F.expr("l.id>r.id")).select("l.id")
    ),
    "sstat_inner": lambda s: s.stream().join(s.static(), "id"),
    "sstat_left": lambda s: s.stream().join(s.static(), "id", "left_outer"),
    "sstat_right": lambda s: s.stream().join(s.static(), "id", "right_outer"),
    "sstat_full": lambda s: s.stream().join(s.static(), "id", "full_outer"),
    "sstat_semi": lambda s: s.stream().join(s.static(), "id", "left_semi"),
    "sstat_anti": lambda s: s.stream().join(s.static(), "id", "left_anti"),
    "stats_inner": lambda s: s.static().join(s.stream(), "id"),
    "stats_left": lambda s: s.static().join(s.stream(), "id", "left_outer"),
    "stats_right": lambda s: s.static().join(s.stream(), "id", "right_outer"),
    "stats_full": lambda s: s.static().join(s.stream(), "id", "full_outer"),
    "stats_semi": lambda s: s.static().join(s.stream(), "id", "left_semi"),
    "stats_anti": lambda s: s.static().join(s.stream(), "id", "left_anti"),
    "double_watermark": lambda s: (
        s.stream()
        .withWatermark("timestamp", "5 seconds")
        .groupBy(F.window("timestamp", "5 seconds"))
        .count()
    ),
}
