"""More kinds of queries: those whose semantics are the hardest to guess, drawn from a thousand on."""

from __future__ import annotations

import random

from tests.parity.streams import kinds
from tests.parity.streams.cases import Case
from tests.parity.streams.kinds import BANDS, RESIDUALS, Kind, delay, functions, one, two, window

FIRST = 1000
KEYS = [
    "struct(k, b)", "array(k, k)", "date(t)", "CAST(v AS DECIMAL(12, 3))", "CAST(k AS BINARY)", "v", "if(x > 10, double('NaN'), v * 0)",
    "struct(x % 2 AS p, array(b) AS q)", "t",
]  # fmt: skip
ODD_GAPS = [
    "CASE WHEN x > 8 THEN '0 seconds' ELSE '4 minutes' END",
    "CASE WHEN b THEN '20 minutes' WHEN x IS NULL THEN '1 second' ELSE '90 seconds' END",
    "concat(cast(abs(x) + 1 AS STRING), ' minutes')",
]
STATIC = "(VALUES ('a', 1), ('b', 2), ('b', 3), ('d', 4), (NULL, 5)) AS s(k, r)"


def rolled_windows(chance: random.Random, name: str) -> Case:
    sets = chance.choice(
        ["ROLLUP(w, k)", "CUBE(w, k)", "GROUPING SETS ((w, k), (w))", "w, ROLLUP(k, b)"]
    )
    spans = f"SELECT {window(chance)} AS w, * FROM {{a}}"
    text = f"SELECT w, k, grouping_id() AS g, {functions(chance, 2)} FROM {{last}} GROUP BY {sets}"
    return Case(
        name, one(chance), [("sql", spans), ("sql", text)], chance.choice(["update", "complete"])
    )


def odd_keys(chance: random.Random, name: str) -> Case:
    key = chance.choice(KEYS)
    text = f"SELECT {key} AS g, {functions(chance, 2)} FROM {{a}} GROUP BY {key}"
    return Case(name, one(chance, ""), [("sql", text)], chance.choice(["update", "complete"]))


def odd_sessions(chance: random.Random, name: str) -> Case:
    gap, key = chance.choice(ODD_GAPS), chance.choice([", b", ", k", ", k, b"])
    text = f"SELECT session_window(t, {gap}) AS w{key}, {functions(chance, 2)} FROM {{a}} GROUP BY session_window(t, {gap}){key}"
    return Case(name, one(chance), [("sql", text)], "append")


def static_first(chance: random.Random, name: str) -> Case:
    kind = chance.choice(["JOIN", "RIGHT JOIN", "JOIN", "RIGHT JOIN", "LEFT JOIN"])
    condition = chance.choice(
        ["a.k = s.k", "a.k <=> s.k", "a.k = s.k AND a.x > s.r", "a.x < s.r AND a.k <> s.k"]
    )
    text = f"SELECT s.r, a.* FROM {STATIC} {kind} {{a}} a ON {condition}"
    return Case(name, one(chance), [("sql", text)], "append")


def null_keys(chance: random.Random, name: str) -> Case:
    kind = chance.choice(["FULL", "FULL", "LEFT", "RIGHT"])
    equal = chance.choice(["a.p = b.p", "a.p = b.p AND a.k = b.k", "a.p <=> b.p"])
    sides = [f"(SELECT *, if(b, k, NULL) AS p FROM {{{side}}}) {side}" for side in "ab"]
    text = (
        f"SELECT a.t, a.p, a.x, b.t AS u, b.p AS q, b.x AS y FROM {sides[0]} {kind} JOIN {sides[1]} "
        f"ON {equal} AND {chance.choice(BANDS)}{chance.choice(RESIDUALS)}"
    )
    return Case(name, two(chance), [("sql", text)], "append")


def windows_joined(chance: random.Random, name: str) -> Case:
    kind = chance.choice(["", "LEFT", "RIGHT", "FULL"])
    groups = (
        "SELECT window(t, '10 minutes') AS w, k, count(*) AS n, max(x) AS m FROM {%s} GROUP BY 1, 2"
    )
    text = f"SELECT a.w, a.k, a.n, b.w AS v, b.m FROM ({groups % 'a'}) a {kind} JOIN ({groups % 'b'}) b ON a.w = b.w AND a.k = b.k"
    return Case(name, two(chance), [("sql", text)], "append")


def semi_then_grouped(chance: random.Random, name: str) -> Case:
    text = f"SELECT * FROM {{a}} a LEFT SEMI JOIN {{b}} b ON a.k = b.k AND {chance.choice(BANDS)}{chance.choice(RESIDUALS)}"
    then = "SELECT window(t, '20 minutes') AS w, k, count(*) AS n, min(x) AS m FROM {last} GROUP BY 1, 2"
    return Case(name, two(chance), [("sql", text), ("sql", then)], "append")


def united_and_chained(chance: random.Random, name: str) -> Case:
    both = ("sql", "SELECT * FROM {a} UNION ALL SELECT * FROM {b}")
    first = (
        "sql",
        "SELECT window(t, '5 minutes') AS w, k, count(*) AS n FROM {last} GROUP BY 1, 2",
    )
    then = (
        "sql",
        "SELECT window(window_time(w), '20 minutes') AS w, sum(n) AS n FROM {last} GROUP BY 1",
    )
    steps = [
        both,
        chance.choice([("dedup", ["t", "k"]), ("dedup_within", ["k", "x"])]),
        first,
        then,
    ]
    policy = {"spark.sql.streaming.multipleWatermarkPolicy": chance.choice(["min", "max"])}
    return Case(name, two(chance), steps, "append", policy)


def deduplicated_twice(chance: random.Random, name: str) -> Case:
    steps = [("dedup_within", ["k", "x"]), ("dedup", ["t", "k"])]
    last = chance.choice(
        [[("limit", chance.randrange(2, 9))], [("sql", "SELECT k, x FROM {last} WHERE x > 2")]]
    )
    return Case(name, one(chance, delay(chance)), [*chance.sample(steps, 2), *last], "append")


def joined_twice(chance: random.Random, name: str) -> Case:
    first = (
        "SELECT a.t AS t, a.k AS k, a.x AS x, b.x AS y FROM {a} a JOIN {b} b ON a.k = b.k AND "
        + chance.choice(BANDS)
    )
    then = "SELECT l.t, l.k, l.x, l.y, b.v FROM {last} l JOIN {b} b ON l.k = b.k AND l.x = b.x"
    return Case(name, two(chance), [("sql", first), ("sql", then)], "append")


MORE: tuple[Kind, ...] = (
    rolled_windows, odd_keys, odd_sessions, static_first, null_keys, windows_joined, semi_then_grouped, united_and_chained,
    deduplicated_twice, joined_twice,
)  # fmt: skip


def draw(number: int) -> Case:
    """Return the case of a number, of whichever kinds."""
    if number < FIRST:
        return kinds.draw(number)
    kind = MORE[number % len(MORE)]
    return kind(random.Random(number), f"{kind.__name__}-{number}")
