"""Batch queries by name, run here and on Apache Spark.

Each is a function of a session and ``pyspark.sql.functions``; it gives a frame. ``record_batch.py`` runs them on Spark and
writes what came out to ``batch_answers.json``; ``test_batch_parity.py`` runs them on this engine and compares. Rows are
compared as a multiset, or in order where the name ends in ``_ordered``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

Query = Callable[[Any, Any], Any]
QUERIES: dict[str, Query] = {}


def query(function: Query) -> Query:
    """Put a query into the table under its own name."""
    QUERIES[function.__name__] = function
    return function


def people(spark: Any) -> Any:
    """Five people, one without a name, one without an age."""
    rows = [
        (1, "Ada", 36, "math"),
        (2, "Ben", None, "math"),
        (3, None, 41, "art"),
        (4, "Dee", 36, "art"),
        (5, "Eve", 19, None),
    ]
    return spark.createDataFrame(rows, "id INT, name STRING, age INT, dept STRING")


def pay(spark: Any) -> Any:
    """Payments; one of nobody."""
    rows = [
        (1, 10.5, dt.date(2024, 1, 1)),
        (1, 4.5, dt.date(2024, 2, 1)),
        (3, 7.0, dt.date(2024, 1, 15)),
        (9, 1.0, None),
    ]
    return spark.createDataFrame(rows, "person INT, amount DOUBLE, day DATE")


def times(spark: Any) -> Any:
    """Four moments."""
    rows = [
        (i, dt.datetime(2024, 1, 1, 0, m, s))
        for i, (m, s) in enumerate([(0, 0), (4, 59), (5, 0), (12, 30)])
    ]
    return spark.createDataFrame(rows, "id INT, ts TIMESTAMP")


def nested(spark: Any) -> Any:
    """Arrays, maps and structs."""
    rows = [
        (1, [1, 2, 3], {"a": 1, "b": 2}, ("x", 10)),
        (2, [], {}, ("y", None)),
        (3, None, None, None),
    ]
    return spark.createDataFrame(
        rows, "id INT, xs ARRAY<INT>, m MAP<STRING, INT>, s STRUCT<n: STRING, v: INT>"
    )


@query
def range_three_arguments(spark, F):
    return spark.range(2, 11, 3)


@query
def select_star_and_expressions(spark, F):
    return people(spark).select("*", (F.col("age") + 1).alias("next"), F.lit("k"))


@query
def select_expr_text(spark, F):
    return people(spark).selectExpr(
        "id * 2 as twice", "upper(name)", "age > 30 and dept = 'math'", "concat(name, '-', dept)"
    )


@query
def unnamed_columns(spark, F):
    p = people(spark)
    return p.select(
        p.id + 1,
        -p.age,
        p.age.isNull(),
        p.name.like("A%"),
        p.age.between(1, 40),
        p.age.cast("string"),
        ~(p.age > 3),
    )


@query
def unnamed_columns_more(spark, F):
    p = people(spark)
    return p.select(
        F.when(p.age > 30, "old").otherwise("young"),
        p.id.isin(1, 2),
        F.coalesce(p.name, p.dept),
        p.id % 2,
        p.id == 3,
    )


@query
def filter_text(spark, F):
    return people(spark).filter("age >= 36 or name is null")


@query
def filter_null_is_not_true(spark, F):
    return people(spark).filter(F.col("age") != 36)


@query
def filter_after_select_reads_dropped_column(spark, F):
    return people(spark).select("name").filter(F.col("age") > 30)


@query
def order_after_select_reads_dropped_column_ordered(spark, F):
    return people(spark).select("name").orderBy("id")


@query
def with_column_replaces(spark, F):
    return people(spark).withColumn("age", F.col("age") * 2).withColumn("x", F.col("age") + 1)


@query
def with_columns_renamed(spark, F):
    return people(spark).withColumnsRenamed({"age": "years", "nope": "x"})


@query
def drop_by_name_and_column(spark, F):
    p = people(spark)
    return p.drop("age", "nope").drop(p.dept)


@query
def group_count(spark, F):
    return people(spark).groupBy("dept").count()


@query
def group_many_aggregates(spark, F):
    g = people(spark).groupBy("dept")
    return g.agg(
        F.sum("age"),
        F.avg("age"),
        F.min("name"),
        F.max("name"),
        F.count("name"),
        F.countDistinct("age"),
        F.count("*"),
    )


@query
def group_dictionary(spark, F):
    return people(spark).groupBy("dept").agg({"age": "max", "id": "sum"})


@query
def group_by_expression(spark, F):
    p = people(spark)
    return p.groupBy((p.id % 2).alias("odd")).agg((F.sum("id") + 1).alias("s"), F.sum(p.id + 1))


@query
def global_aggregate_of_nothing(spark, F):
    return (
        people(spark)
        .filter("id > 99")
        .agg(F.sum("id"), F.count("*"), F.max("name"), F.collect_list("id"))
    )


@query
def group_of_nothing(spark, F):
    return people(spark).filter("id > 99").groupBy("dept").agg(F.sum("id"))


@query
def select_aggregate(spark, F):
    return people(spark).select(F.max("age") - F.min("age"), F.count(F.lit(1)))


@query
def variance_family(spark, F):
    return people(spark).select(
        F.stddev("age"), F.variance("age"), F.stddev_pop("age"), F.var_pop("age")
    )


@query
def collect_sorted(spark, F):
    return (
        people(spark)
        .groupBy("dept")
        .agg(F.sort_array(F.collect_list("id")), F.sort_array(F.collect_set("age")))
    )


@query
def first_and_last(spark, F):
    return (
        people(spark)
        .orderBy("id")
        .agg(F.first("name"), F.last("dept"), F.last("dept", ignorenulls=True))
    )


@query
def min_by_and_max_by(spark, F):
    return people(spark).agg(F.min_by("name", "age"), F.max_by("name", "age"))


@query
def rollup(spark, F):
    return people(spark).rollup("dept", "age").agg(F.count("*").alias("n"), F.grouping_id())


@query
def cube(spark, F):
    return people(spark).cube("dept", "age").agg(F.sum("id"), F.grouping("dept"))


@query
def pivot_with_values(spark, F):
    return people(spark).groupBy("dept").pivot("age", [19, 36]).sum("id")


@query
def pivot_without_values(spark, F):
    return (
        people(spark)
        .na.drop(subset=["dept"])
        .groupBy("dept")
        .pivot("age")
        .agg(F.count("name"), F.max("id").alias("m"))
    )


@query
def join_inner_condition(spark, F):
    p, y = people(spark), pay(spark)
    return p.join(y, p.id == y.person)


@query
def join_left_using(spark, F):
    return people(spark).join(pay(spark).withColumnRenamed("person", "id"), "id", "left")


@query
def join_right_using(spark, F):
    return people(spark).join(pay(spark).withColumnRenamed("person", "id"), "id", "right")


@query
def join_full_using(spark, F):
    return people(spark).join(pay(spark).withColumnRenamed("person", "id"), ["id"], "full")


@query
def join_semi(spark, F):
    p, y = people(spark), pay(spark)
    return p.join(y, p.id == y.person, "left_semi")


@query
def join_anti(spark, F):
    p, y = people(spark), pay(spark)
    return p.join(y, p.id == y.person, "left_anti")


@query
def join_cross(spark, F):
    return spark.range(2).crossJoin(spark.range(3).withColumnRenamed("id", "j"))


@query
def join_on_inequality(spark, F):
    p = people(spark)
    return (
        p.alias("a")
        .join(p.alias("b"), F.expr("a.age < b.age and a.dept = b.dept"))
        .select("a.id", F.col("b.id").alias("other"))
    )


@query
def join_self_by_alias(spark, F):
    p = people(spark)
    return (
        p.alias("a")
        .join(p.alias("b"), F.col("a.dept") == F.col("b.dept"))
        .select("a.name", "b.name")
    )


@query
def join_null_safe(spark, F):
    p = people(spark)
    return (
        p.alias("a")
        .join(p.alias("b"), F.col("a.dept").eqNullSafe(F.col("b.dept")))
        .groupBy("a.dept")
        .count()
    )


@query
def union_by_position(spark, F):
    return (
        people(spark)
        .select("id", "name")
        .union(pay(spark).select("person", F.col("day").cast("string")))
    )


@query
def union_by_name_with_missing(spark, F):
    return (
        people(spark)
        .select("id", "name")
        .unionByName(people(spark).select("name", "age"), allowMissingColumns=True)
    )


@query
def union_widens_types(spark, F):
    return spark.range(2).union(spark.createDataFrame([(1.5,)], "x DOUBLE"))


@query
def intersect(spark, F):
    return people(spark).select("dept").intersect(people(spark).filter("id < 4").select("dept"))


@query
def intersect_all(spark, F):
    return people(spark).select("age").intersectAll(people(spark).filter("id > 1").select("age"))


@query
def subtract(spark, F):
    return people(spark).select("dept").subtract(people(spark).filter("id < 3").select("dept"))


@query
def except_all(spark, F):
    return people(spark).select("age").exceptAll(people(spark).filter("id = 1").select("age"))


@query
def order_by_many_ordered(spark, F):
    return people(spark).orderBy(F.col("age").desc_nulls_last(), F.col("name").asc_nulls_first())


@query
def order_by_defaults_ordered(spark, F):
    return people(spark).orderBy("dept", F.desc("id"))


@query
def limit_and_offset_ordered(spark, F):
    return people(spark).orderBy("id").offset(1).limit(2)


@query
def distinct(spark, F):
    return people(spark).select("dept").distinct()


@query
def drop_duplicates_keeps_one(spark, F):
    return people(spark).dropDuplicates(["dept"]).select("dept")


@query
def explode_array(spark, F):
    return nested(spark).select("id", F.explode("xs"))


@query
def explode_outer_map(spark, F):
    return nested(spark).select("id", F.explode_outer("m").alias("key", "val"))


@query
def posexplode(spark, F):
    return nested(spark).select(F.posexplode("xs"), "id")


@query
def struct_fields_and_items(spark, F):
    n = nested(spark).filter("id = 1")
    return n.select("s.n", n.s.v, n.xs[0], n.m["a"], n.m.getItem("b"), n.s.getField("n"))


@query
def item_outside_array(spark, F):
    return nested(spark).select(F.col("xs")[0])


@query
def struct_star(spark, F):
    return nested(spark).select("id", "s.*")


@query
def make_struct(spark, F):
    return people(spark).select(
        F.struct("id", "name").alias("s"), F.struct(F.col("id") + 1, F.lit(2).alias("b"))
    )


@query
def with_field(spark, F):
    n = nested(spark)
    return n.select(n.s.withField("w", F.lit(1)), n.s.dropFields("n"))


@query
def na_fill_value(spark, F):
    return people(spark).na.fill(0)


@query
def na_fill_by_column(spark, F):
    return people(spark).na.fill({"name": "?", "age": -1})


@query
def na_drop_any(spark, F):
    return people(spark).na.drop()


@query
def na_drop_threshold(spark, F):
    return people(spark).na.drop(thresh=4)


@query
def na_replace(spark, F):
    return people(spark).na.replace({36: 37}).na.replace("math", "maths", "dept")


@query
def describe(spark, F):
    return people(spark).describe("age", "name")


@query
def summary(spark, F):
    return people(spark).select("age").summary("count", "min", "50%", "max")


@query
def unpivot(spark, F):
    return people(spark).unpivot("id", ["name", "dept"], "what", "value")


@query
def transpose(spark, F):
    return spark.createDataFrame([("a", 1, 2), ("b", 3, 4)], "k STRING, x INT, y INT").transpose()


@query
def crosstab(spark, F):
    return people(spark).na.drop().crosstab("dept", "age")


@query
def to_schema(spark, F):
    from pyspark.sql.types import LongType, StringType, StructField, StructType

    return people(spark).to(
        StructType([StructField("name", StringType()), StructField("id", LongType())])
    )


@query
def to_df(spark, F):
    return people(spark).toDF("a", "b", "c", "d")


@query
def windows_ranking(spark, F):
    from pyspark.sql import Window

    w = Window.partitionBy("dept").orderBy(F.col("age").desc(), "id")
    return people(spark).select(
        "id",
        F.row_number().over(w),
        F.rank().over(w),
        F.lag("id").over(w),
        F.lead("id", 1, -1).over(w),
    )


@query
def windows_running_sum(spark, F):
    from pyspark.sql import Window

    w = (
        Window.partitionBy("dept")
        .orderBy("id")
        .rowsBetween(Window.unboundedPreceding, Window.currentRow)
    )
    v = Window.partitionBy("dept")
    return people(spark).select(
        "id",
        F.sum("id").over(w).alias("s"),
        F.max("age").over(v).alias("m"),
        F.count("*").over(v).alias("n"),
    )


@query
def windows_range_frame(spark, F):
    from pyspark.sql import Window

    w = Window.orderBy("id").rangeBetween(-1, 1)
    return people(spark).select("id", F.sum("id").over(w).alias("s"))


@query
def window_over_aggregate(spark, F):
    from pyspark.sql import Window

    return (
        people(spark)
        .groupBy("dept")
        .agg(F.sum("id").alias("s"))
        .withColumn("r", F.rank().over(Window.orderBy(F.desc("s"))))
    )


@query
def time_window_tumbling(spark, F):
    return times(spark).groupBy(F.window("ts", "5 minutes")).count()


@query
def time_window_sliding(spark, F):
    return (
        times(spark)
        .groupBy(F.window("ts", "10 minutes", "5 minutes").alias("w"))
        .agg(F.sum("id"))
        .select("w.start", "w.end", "sum(id)")
    )


@query
def time_window_start(spark, F):
    return times(spark).groupBy(F.window("ts", "10 minutes", "10 minutes", "3 minutes")).count()


@query
def time_window_session(spark, F):
    return times(spark).groupBy(F.session_window("ts", "5 minutes")).agg(F.count("*"), F.min("id"))


@query
def time_window_time(spark, F):
    return (
        times(spark)
        .groupBy(F.window("ts", "5 minutes"))
        .count()
        .select(F.window_time("window"), "count")
    )


@query
def sql_cte_and_join(spark, F):
    people(spark).createOrReplaceTempView("people")
    pay(spark).createOrReplaceTempView("pay")
    return spark.sql(
        "WITH t AS (SELECT person, sum(amount) AS total FROM pay GROUP BY person) "
        "SELECT p.name, t.total FROM people p LEFT JOIN t ON p.id = t.person WHERE p.id < 4"
    )


@query
def sql_having_and_order_by_aggregate_ordered(spark, F):
    people(spark).createOrReplaceTempView("people")
    return spark.sql(
        "SELECT dept, count(*) n FROM people GROUP BY dept HAVING count(*) > 1 ORDER BY max(id) DESC"
    )


@query
def sql_group_by_ordinal_and_alias(spark, F):
    people(spark).createOrReplaceTempView("people")
    return spark.sql("SELECT dept AS d, id % 2 AS odd, count(1) FROM people GROUP BY 1, odd")


@query
def sql_grouping_sets(spark, F):
    people(spark).createOrReplaceTempView("people")
    return spark.sql(
        "SELECT dept, age, sum(id) FROM people GROUP BY GROUPING SETS ((dept), (age), ())"
    )


@query
def sql_scalar_subquery(spark, F):
    people(spark).createOrReplaceTempView("people")
    return spark.sql("SELECT name FROM people WHERE age = (SELECT max(age) FROM people)")


@query
def sql_correlated_scalar_subquery(spark, F):
    people(spark).createOrReplaceTempView("people")
    pay(spark).createOrReplaceTempView("pay")
    return spark.sql("SELECT name, (SELECT count(*) FROM pay WHERE person = id) AS n FROM people")


@query
def sql_exists(spark, F):
    people(spark).createOrReplaceTempView("people")
    pay(spark).createOrReplaceTempView("pay")
    return spark.sql("SELECT id FROM people p WHERE EXISTS (SELECT 1 FROM pay WHERE person = p.id)")


@query
def sql_not_exists(spark, F):
    people(spark).createOrReplaceTempView("people")
    pay(spark).createOrReplaceTempView("pay")
    return spark.sql(
        "SELECT id FROM people p WHERE NOT EXISTS (SELECT 1 FROM pay WHERE person = p.id AND amount > 5)"
    )


@query
def sql_in_subquery(spark, F):
    people(spark).createOrReplaceTempView("people")
    pay(spark).createOrReplaceTempView("pay")
    return spark.sql("SELECT id FROM people WHERE id IN (SELECT person FROM pay)")


@query
def sql_not_in_with_null(spark, F):
    people(spark).createOrReplaceTempView("people")
    return spark.sql("SELECT id FROM people WHERE age NOT IN (SELECT age FROM people WHERE id > 1)")


@query
def sql_exists_beside_or(spark, F):
    people(spark).createOrReplaceTempView("people")
    pay(spark).createOrReplaceTempView("pay")
    return spark.sql(
        "SELECT id FROM people p WHERE dept = 'art' OR EXISTS (SELECT 1 FROM pay WHERE person = p.id)"
    )


@query
def sql_lateral_view(spark, F):
    nested(spark).createOrReplaceTempView("nested")
    return spark.sql("SELECT id, x FROM nested LATERAL VIEW OUTER explode(xs) t AS x")


@query
def sql_lateral_join(spark, F):
    people(spark).createOrReplaceTempView("people")
    pay(spark).createOrReplaceTempView("pay")
    return spark.sql(
        "SELECT id, amount FROM people, LATERAL (SELECT amount FROM pay WHERE person = id)"
    )


@query
def sql_values(spark, F):
    return spark.sql("SELECT * FROM VALUES (1, 'a'), (2, NULL) AS t(x, y)")


@query
def sql_set_operations(spark, F):
    return spark.sql("(SELECT 1 AS x UNION ALL SELECT 2) EXCEPT SELECT 2")


@query
def sql_case_and_functions(spark, F):
    people(spark).createOrReplaceTempView("people")
    return spark.sql(
        "SELECT CASE dept WHEN 'art' THEN 1 ELSE 0 END c, if(age > 30, 'o', 'y'), nvl(name, '?') FROM people"
    )


@query
def sql_window_clause(spark, F):
    people(spark).createOrReplaceTempView("people")
    return spark.sql(
        "SELECT id, sum(age) OVER w, row_number() OVER v FROM people WINDOW w AS (PARTITION BY dept), v AS (PARTITION BY dept ORDER BY id)"
    )


@query
def sql_pivot(spark, F):
    people(spark).createOrReplaceTempView("people")
    return spark.sql(
        "SELECT * FROM (SELECT dept, age, id FROM people) PIVOT (sum(id) FOR age IN (19, 36 AS thirtysix))"
    )


@query
def sql_unpivot(spark, F):
    people(spark).createOrReplaceTempView("people")
    return spark.sql(
        "SELECT * FROM (SELECT id, name, dept FROM people) UNPIVOT (v FOR k IN (name, dept))"
    )


@query
def sql_distinct_on_expressions(spark, F):
    people(spark).createOrReplaceTempView("people")
    return spark.sql("SELECT DISTINCT dept, age > 30 FROM people")


@query
def sql_limit_all_ordered(spark, F):
    people(spark).createOrReplaceTempView("people")
    return spark.sql("SELECT id FROM people ORDER BY id LIMIT 2 OFFSET 1")


@query
def sql_named_parameters(spark, F):
    people(spark).createOrReplaceTempView("people")
    return spark.sql(
        "SELECT id FROM people WHERE age > :low AND dept = :dept", {"low": 30, "dept": "art"}
    )


@query
def sql_positional_parameters(spark, F):
    return spark.sql("SELECT ? + 1, ?", [1, "x"])


@query
def sql_frames_by_name(spark, F):
    return spark.sql("SELECT count(*) FROM {p}", p=people(spark))


@query
def decimals(spark, F):
    d = spark.createDataFrame(
        [(Decimal("1.25"), Decimal("3.5")), (None, Decimal(2))], "a DECIMAL(5,2), b DECIMAL(4,1)"
    )
    return d.select(
        F.col("a") + F.col("b"),
        F.col("a") * F.col("b"),
        F.col("a") / F.col("b"),
        F.sum("a").over(_all()),
        F.avg("b").over(_all()),
    )


def _all() -> Any:
    from pyspark.sql import Window

    return Window.partitionBy()


@query
def dates_and_intervals(spark, F):
    return pay(spark).select(
        F.date_add("day", 3),
        F.datediff(F.lit("2024-03-01").cast("date"), "day"),
        F.expr("day + interval 1 month"),
    )


@query
def timestamps_and_intervals(spark, F):
    return times(spark).select(
        F.expr("ts + interval 90 seconds"),
        F.date_trunc("hour", "ts"),
        F.expr("ts - timestamp '2024-01-01 00:00:00'"),
    )


@query
def higher_order(spark, F):
    return nested(spark).select(
        F.transform("xs", lambda x: x + 1),
        F.filter("xs", lambda x: x > 1),
        F.aggregate("xs", F.lit(0), lambda a, x: a + x),
        F.exists("xs", lambda x: x == 2),
        F.map_keys("m"),
        F.size("xs"),
    )


@query
def lambda_reads_outer_column(spark, F):
    n = nested(spark)
    return n.select(F.transform("xs", lambda x: x * n.id))


@query
def column_regex_and_drop(spark, F):
    p = people(spark)
    return p.select(p.colRegex("`(name|age)`"))


@query
def approx_quantile_as_frame(spark, F):
    values = people(spark).approxQuantile("age", [0.0, 0.5, 1.0], 0.0)
    return spark.createDataFrame([tuple(values)], "a DOUBLE, b DOUBLE, c DOUBLE")


@query
def correlation(spark, F):
    p = people(spark).na.drop(subset=["age"])
    return spark.createDataFrame(
        [(round(p.stat.corr("id", "age"), 9), round(p.stat.cov("id", "age"), 9))],
        "a DOUBLE, b DOUBLE",
    )


@query
def table_function_range(spark, F):
    return spark.sql("SELECT * FROM range(1, 4)")


@query
def table_function_explode(spark, F):
    return spark.sql("SELECT * FROM explode(array(1, 2))")


@query
def cast_matrix(spark, F):
    return spark.sql(
        "SELECT CAST('12' AS INT), CAST(1.9 AS INT), CAST('2024-01-02' AS DATE), CAST(1 AS BOOLEAN), TRY_CAST('x' AS INT), CAST(true AS STRING)"
    )


@query
def string_functions(spark, F):
    p = people(spark)
    return p.select(
        F.length("name"),
        F.substring("name", 1, 2),
        F.concat_ws("-", "name", "dept"),
        F.lpad("name", 5, "*"),
        F.regexp_replace("dept", "a", "o"),
        F.initcap("dept"),
        F.split("dept", "t"),
    )


@query
def registered_functions_in_names(spark: Any, F: Any) -> Any:
    spark.udf.register("plusOne", F.udf(lambda x: x + 1, "long"))
    frame = spark.range(3).selectExpr("PLUSONE(id)", "upper(plusone(id) + 1)", "plusOne(x => id)")
    return frame.select("*", F.call_udf("PlusOne", "plusOne(id)"))


LISTED = """
    SELECT * FROM VALUES
      (1, 'p', array(named_struct('a', 1, 'b', 'x')), named_struct('a', 2, 'b', 'z')),
      (2, 'p', array(named_struct('a', 2, 'b', 'a')), named_struct('a', 1, 'b', 'a')),
      (3, 'p', array(named_struct('a', 1, 'b', 'y'), named_struct('a', 0, 'b', 'y')), named_struct('a', 2, 'b', 'z')),
      (4, 'p', null, named_struct('a', 1, 'b', 'a')),
      (5, 'p', array(named_struct('a', 2, 'b', null)), null),
      (6, 'q', null, null)
    AS t(o, g, v, s)"""


@query
def extremes_of_nested_values(spark: Any, F: Any) -> Any:
    return spark.sql(
        f"""SELECT g, max(v), min(v), max(array(v)), min(named_struct('v', v)), max(s), max_by(o, v), min_by(o, v), max_by(v, o),
            max(v) FILTER (WHERE o < 2), mode(s, true), mode(v, true), mode(array(o), true) FROM ({LISTED}) GROUP BY g"""
    )


@query
def extremes_of_nested_values_over_windows(spark: Any, F: Any) -> Any:
    return spark.sql(
        f"""SELECT o, max(v) OVER (PARTITION BY g ORDER BY o), min(s) OVER (PARTITION BY g), max_by(o, v) OVER (PARTITION BY g ORDER BY o),
            mode(s, true) OVER (PARTITION BY g) FROM ({LISTED})"""
    )
