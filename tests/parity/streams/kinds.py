"""The kinds of queries that are drawn; one function each."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.parity.streams.cases import Case, Input, draw_input

AGGREGATES = [
    "count(*)", "count(x)", "count(1) FILTER (WHERE b)", "sum(x)", "sum(v)", "avg(x)", "avg(v)", "min(x)", "max(x)", "min(v)", "max(t)",
    "min(k)", "max(k)", "first(x)", "last(x)", "first(x, true)", "last(v, true)", "any_value(b)", "bool_and(b)", "bool_or(b)", "every(b)",
    "count_if(b)", "min_by(x, v)", "max_by(k, x)", "stddev(v)", "stddev_pop(v)", "var_samp(x)", "var_pop(x)", "corr(x, v)",
    "covar_pop(x, v)", "covar_samp(x, v)", "skewness(v)", "kurtosis(v)", "sort_array(collect_list(x))", "sort_array(collect_set(k))",
    "collect_list(x)", "bit_and(x)", "bit_or(x)", "bit_xor(x)", "approx_count_distinct(x)", "percentile(v, 0.5)", "median(x)",
    "percentile_approx(x, 0.5)", "sum(CAST(v AS DECIMAL(10, 2)))", "avg(CAST(x AS DECIMAL(8, 1)))", "max(struct(x, k))", "mode(b)",
    "regr_slope(v, x)", "sum(x) FILTER (WHERE v > 10)", "max(date(t))", "try_sum(x)", "regr_count(v, x)", "product(x % 3)",
]  # fmt: skip
AGGREGATES.remove("product(x % 3)")  # It has no SQL name.
FILTERS = ["", "", "", " WHERE x > 2", " WHERE k <> 'b'", " WHERE v IS NOT NULL AND b"]
TUMBLING = ["5 minutes", "10 minutes", "30 minutes", "1 hour"]
SLIDING = [
    ("10 minutes", "5 minutes"),
    ("30 minutes", "10 minutes"),
    ("1 hour", "20 minutes"),
    ("10 minutes", "10 minutes", "3 minutes"),
]
GAPS = [
    "1 minute",
    "5 minutes",
    "12 minutes",
    "CASE WHEN x > 8 THEN '10 minutes' ELSE '2 minutes' END",
]


def functions(chance: random.Random, most: int = 4) -> str:
    """Return some aggregates as a select list."""
    return ", ".join(
        f"{one} AS f{i}"
        for i, one in enumerate(chance.sample(AGGREGATES, chance.randrange(1, most + 1)))
    )


def window(chance: random.Random) -> str:
    """Return a tumbling or a sliding window."""
    if chance.random() < 0.5:
        return f"window(t, '{chance.choice(TUMBLING)}')"
    return f"window(t, {', '.join(repr(part) for part in chance.choice(SLIDING))})"


def delay(chance: random.Random) -> str:
    """Return a watermark's delay."""
    return chance.choice(["0 seconds", "5 minutes", "10 minutes", "1 hour"])


def one(chance: random.Random, late: str | None = None) -> dict[str, Input]:
    """Return a single source."""
    return {"a": draw_input(chance, delay(chance) if late is None else late)}


def two(chance: random.Random) -> dict[str, Input]:
    """Return two sources of as many files and few keys, so that rows meet."""
    files = chance.randrange(3, 6)
    pace = random.Random(chance.random())
    return {name: draw_input(pace, delay(chance), files, "ab") for name in "ab"}


def grouped(chance: random.Random, name: str) -> Case:
    keys = chance.choice(["k", "b", "k, b", "x % 3", "k, x % 2"])
    having = chance.choice(["", "", " HAVING count(*) > 1"])
    text = f"SELECT {keys}, {functions(chance)} FROM {{a}}{chance.choice(FILTERS)} GROUP BY {keys}{having}"
    return Case(
        name,
        one(chance, chance.choice(["", "10 minutes"])),
        [("sql", text)],
        chance.choice(["update", "complete"]),
    )


def total(chance: random.Random, name: str) -> Case:
    text = f"SELECT {functions(chance)} FROM {{a}}{chance.choice(FILTERS)}"
    return Case(name, one(chance, ""), [("sql", text)], chance.choice(["update", "complete"]))


def cubed(chance: random.Random, name: str) -> Case:
    keys = chance.choice(["CUBE(k, b)", "ROLLUP(k, b)", "GROUPING SETS ((k), (b), ())"])
    text = f"SELECT k, b, {functions(chance, 2)} FROM {{a}} GROUP BY {keys}"
    return Case(name, one(chance, ""), [("sql", text)], chance.choice(["update", "complete"]))


def windowed(chance: random.Random, name: str) -> Case:
    key = chance.choice(["", ", k", ", b"])
    text = f"SELECT {window(chance)} AS w{key}, {functions(chance)} FROM {{a}}{chance.choice(FILTERS)} GROUP BY 1{', 2' if key else ''}"
    return Case(
        name,
        one(chance),
        [("sql", text)],
        chance.choice(["append", "append", "update", "complete"]),
    )


def by_time(chance: random.Random, name: str) -> Case:
    text = f"SELECT t, {functions(chance, 2)} FROM {{a}} GROUP BY t"
    return Case(name, one(chance), [("sql", text)], chance.choice(["append", "update"]))


def sessions(chance: random.Random, name: str) -> Case:
    gap = chance.choice(GAPS)
    gap = gap if gap.startswith("CASE") else f"'{gap}'"
    key = chance.choice([", b", ", k", ", k"])
    text = f"SELECT session_window(t, {gap}) AS w{key}, {functions(chance, 3)} FROM {{a}}{chance.choice(FILTERS)} GROUP BY session_window(t, {gap}){key}"
    mode = "complete" if chance.random() < 0.2 else "append"
    return Case(name, one(chance), [("sql", text)], mode)


def dedup(chance: random.Random, name: str) -> Case:
    columns = chance.choice([["k"], ["k", "x"], ["t", "k"], ["t"], ["b", "x"]])
    late = delay(chance) if "t" in columns else chance.choice(["", "10 minutes"])
    return Case(name, one(chance, late), [("dedup", columns)], chance.choice(["append", "update"]))


def distinct(chance: random.Random, name: str) -> Case:
    text = f"SELECT DISTINCT {chance.choice(['k', 't, k', 'k, b', 'x'])} FROM {{a}}"
    return Case(name, one(chance), [("sql", text)], chance.choice(["append", "update"]))


def dedup_within(chance: random.Random, name: str) -> Case:
    columns = chance.choice([["k"], ["k", "b"], ["x"], ["k", "x"]])
    return Case(name, one(chance), [("dedup_within", columns)], chance.choice(["append", "update"]))


BANDS = [
    "b.t >= a.t AND b.t <= a.t + INTERVAL 10 MINUTES",
    "b.t BETWEEN a.t - INTERVAL 5 MINUTES AND a.t + INTERVAL 20 MINUTES",
    "a.t > b.t - INTERVAL 15 MINUTES AND a.t < b.t + INTERVAL 5 MINUTES",
]
RESIDUALS = ["", "", " AND a.x > b.x", " AND a.v + b.v > 20", " AND a.b"]


def inner(chance: random.Random, name: str) -> Case:
    band = chance.choice(["", *(f" AND {one}" for one in BANDS)])
    text = f"SELECT a.t, a.k, a.x, b.t AS u, b.x AS y FROM {{a}} a JOIN {{b}} b ON a.k = b.k{band}{chance.choice(RESIDUALS)}"
    return Case(name, two(chance), [("sql", text)], chance.choice(["append", "append", "update"]))


def outer(chance: random.Random, name: str) -> Case:
    kind = chance.choice(["LEFT", "RIGHT", "FULL"])
    text = (
        f"SELECT a.t, a.k, a.x, b.t AS u, b.k AS l, b.x AS y FROM {{a}} a {kind} JOIN {{b}} b "
        f"ON a.k = b.k AND {chance.choice(BANDS)}{chance.choice(RESIDUALS)}"
    )
    return Case(name, two(chance), [("sql", text)], "append")


def semi(chance: random.Random, name: str) -> Case:
    text = f"SELECT * FROM {{a}} a LEFT SEMI JOIN {{b}} b ON a.k = b.k AND {chance.choice(BANDS)}{chance.choice(RESIDUALS)}"
    return Case(name, two(chance), [("sql", text)], chance.choice(["append", "update"]))


def on_time(chance: random.Random, name: str) -> Case:
    kind = chance.choice(["", "LEFT", "RIGHT", "FULL", "LEFT SEMI"])
    shown = "a.t, a.k, a.x" if kind == "LEFT SEMI" else "a.t, a.k, a.x, b.t AS u, b.x AS y"
    text = f"SELECT {shown} FROM {{a}} a {kind} JOIN {{b}} b ON a.t = b.t AND a.k = b.k{chance.choice(RESIDUALS)}"
    return Case(name, two(chance), [("sql", text)], "append")


def limited(chance: random.Random, name: str) -> Case:
    return Case(
        name,
        one(chance),
        [
            ("sql", f"SELECT k, x FROM {{a}}{chance.choice(FILTERS)}"),
            ("limit", chance.randrange(1, 12)),
        ],
        "append",
    )


def chained(chance: random.Random, name: str) -> Case:
    first = (
        "SELECT window(t, '5 minutes') AS w, k, count(*) AS n, sum(x) AS s FROM {a} GROUP BY 1, 2"
    )
    again = chance.choice(
        [
            "window(window_time(w), '30 minutes')",
            "window(w, '20 minutes')",
            "window(w, '20 minutes', '10 minutes')",
        ]
    )
    second = f"SELECT {again} AS w, count(*) AS groups, sum(n) AS n, max(s) AS s FROM {{last}} GROUP BY 1"
    third = "SELECT window(w, '2 hours') AS w, sum(n) AS n, min(s) AS s FROM {last} GROUP BY 1"
    texts = [first, second, third] if chance.random() < 0.35 else [first, second]
    return Case(name, one(chance), [("sql", text) for text in texts], "append")


def united(chance: random.Random, name: str) -> Case:
    both = ("sql", "SELECT * FROM {a} UNION ALL SELECT * FROM {b}")
    then = chance.choice(
        [
            (
                "sql",
                f"SELECT window(t, '10 minutes') AS w, {functions(chance, 2)} FROM {{last}} GROUP BY 1",
            ),
            ("dedup", ["t", "k"]),
            ("dedup_within", ["k"]),
            ("sql", "SELECT k, x, b FROM {last} WHERE x > 3"),
        ]
    )
    policy = {"spark.sql.streaming.multipleWatermarkPolicy": chance.choice(["min", "min", "max"])}
    return Case(name, two(chance), [both, then], "append", policy)


def joined_and_grouped(chance: random.Random, name: str) -> Case:
    kind = chance.choice(["", "", "LEFT", "RIGHT"])
    band, kept = chance.choice(BANDS), "b" if kind == "RIGHT" else "a"
    pairs = f"SELECT {kept}.t AS t, {kept}.k AS k, a.x AS x, b.x AS y FROM {{a}} a {kind} JOIN {{b}} b ON a.k = b.k AND {band}"
    then = "SELECT window(t, '15 minutes') AS w, k, count(*) AS n, sum(x) AS s, max(y) AS m FROM {last} GROUP BY 1, 2"
    return Case(name, two(chance), [("sql", pairs), ("sql", then)], "append")


def dedup_and_grouped(chance: random.Random, name: str) -> Case:
    first = chance.choice([("dedup", ["t", "k"]), ("dedup_within", ["k", "x"])])
    then = (
        "sql",
        f"SELECT window(t, '10 minutes') AS w, {functions(chance, 2)} FROM {{last}} GROUP BY 1",
    )
    return Case(
        name, one(chance), [first, then], chance.choice(["append", "append", "update", "complete"])
    )


def with_static(chance: random.Random, name: str) -> Case:
    names = "(VALUES ('a', 1), ('b', 2), ('d', 4)) AS s(k, r)"
    kind = chance.choice(["JOIN", "LEFT JOIN", "LEFT SEMI JOIN", "LEFT ANTI JOIN"])
    rank = "r" if kind in ("JOIN", "LEFT JOIN") else "x"
    pairs = f"SELECT a.*{', r' if rank == 'r' else ''} FROM {{a}} a {kind} {names} ON a.k = s.k"
    then = f"SELECT window(t, '10 minutes') AS w, sum({rank}) AS s, {functions(chance, 2)} FROM {{last}} GROUP BY 1"
    steps = [("sql", pairs), ("sql", then)] if chance.random() < 0.7 else [("sql", pairs)]
    return Case(name, one(chance), steps, "append")


Kind = Callable[[random.Random, str], Case]
KINDS: tuple[Kind, ...] = (
    grouped, windowed, sessions, dedup, dedup_within, inner, outer, semi, limited, chained, united,
    joined_and_grouped, dedup_and_grouped, on_time, total, cubed, by_time, distinct, with_static,
    windowed, outer, sessions, grouped,
)  # fmt: skip


def draw(number: int) -> Case:
    """Return the case of a number."""
    kind = KINDS[number % len(KINDS)]
    return kind(random.Random(number), f"{kind.__name__}-{number}")
