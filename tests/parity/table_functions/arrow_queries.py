"""Calls of table functions of whole Arrow columns, by name, run here and on Apache Spark."""

from __future__ import annotations

from tests.parity.table_functions.arrow_handlers import ARROW

ORDERED = "TABLE(t) WITH SINGLE PARTITION ORDER BY x"
ARROW_SQL: dict[str, str] = {
    "arrow of a value": "a_seen(1)",
    "arrow of values": "a_seen(1, 'a', CAST(NULL AS INT), DATE'2020-01-02', 1.5BD, array(1, 2), struct(1 AS a), map('a', 1))",
    "arrow of times": "a_seen(TIMESTAMP'2020-01-02 03:04:05', TIMESTAMP_NTZ'2020-01-02 03:04:05', INTERVAL '1' DAY)",
    "arrow of odd values": "a_seen(X'00', true, CAST(1 AS TINYINT), CAST(1 AS FLOAT), NULL)",
    "arrow of no argument": "a_no_argument()",
    "arrow of no argument seen": "a_seen()",
    "arrow by name": "a_adds(y => 1, x => 'a')",
    "arrow second by name": "a_adds(2, y => 1)",
    "arrow by wrong name": "a_adds(1, z => 1)",
    "arrow of too few": "a_adds(1)",
    "arrow of too many": "a_no_argument(1)",
    "arrow over one": f"a_seen({ORDERED})",
    "arrow over one and a value": "a_seen(TABLE(t) WITH SINGLE PARTITION ORDER BY (x), 5)",
    "arrow over one by name": f"a_seen(z => 4, row => {ORDERED})",
    "arrow by a column": "a_seen(TABLE(t) PARTITION BY k ORDER BY x)",
    "arrow by a column and a value": "a_seen(TABLE(t) PARTITION BY k ORDER BY (x), 5)",
    "arrow by a column and names": "a_seen(row => TABLE(t) PARTITION BY k ORDER BY x, z => 5)",
    "arrow by the last column": "a_seen(TABLE(t) PARTITION BY x)",
    "arrow by all columns": "a_seen(TABLE(SELECT k FROM t) PARTITION BY k)",
    "arrow by two columns": "a_seen(TABLE(t) PARTITION BY (v, k))",
    "arrow by expressions": "a_seen(TABLE(t) PARTITION BY (k, x > 1) ORDER BY (x DESC, v))",
    "arrow by a constant": "a_seen(TABLE(t) PARTITION BY 1 ORDER BY x)",
    "arrow by an expression and a value": "a_seen(5, TABLE(t) PARTITION BY k + 1 ORDER BY x)",
    "arrow by a column, value first": "a_seen(5, TABLE(t) PARTITION BY k ORDER BY x)",
    "arrow of a query": "a_seen(TABLE(SELECT k + 1 AS kk, v FROM t WHERE k IS NOT NULL) PARTITION BY kk ORDER BY v)",
    "arrow of nested values": "a_seen(TABLE(SELECT struct(1 AS a) AS s, array(struct(2 AS b)) AS l, map('a', 1) AS m) WITH SINGLE PARTITION)",
    "arrow of no rows": "a_seen(TABLE(SELECT * FROM t WHERE k = 9) WITH SINGLE PARTITION)",
    "arrow of no rows by a column": "a_seen(TABLE(SELECT * FROM t WHERE k = 9) PARTITION BY k)",
    "arrow of many rows": "a_silent(TABLE(SELECT id FROM range(25000)) WITH SINGLE PARTITION)",
    "arrow of many rows by a column": "a_silent(TABLE(SELECT id, id > 12000 AS late FROM range(25000)) PARTITION BY late)",
    "arrow silent": f"a_silent({ORDERED})",
    "arrow silent by a column": "a_silent(TABLE(t) PARTITION BY k)",
    "arrow gives its columns": f"a_doubles({ORDERED})",
    "arrow skips": f"a_skips({ORDERED})",
    "arrow skips by a column": "a_skips(TABLE(t) PARTITION BY k ORDER BY x)",
    "arrow skips at once": f"a_skips_at_once({ORDERED})",
    "arrow skips at once by a column": "a_skips_at_once(TABLE(t) PARTITION BY k ORDER BY x)",
    "arrow beside a query": f"(VALUES (1), (2)) AS o(a), a_seen({ORDERED})",
    "arrow lateral of values": "(VALUES (1), (2)) AS o(a), LATERAL a_seen(a)",
    "arrow lateral of one value": "(VALUES (1)) AS o(a), LATERAL a_seen(a, 5)",
    "arrow lateral of constants": "(VALUES (1), (2)) AS o(a), LATERAL a_sure(1)",
    "arrow lateral in a query": "(VALUES (1), (2)) AS o(a), LATERAL (SELECT * FROM a_sure(a))",
    "arrow left lateral": "(VALUES (1), (2)) AS o(a) LEFT JOIN LATERAL a_sure(a) ON true",
    "arrow beside a query, of a value": "(VALUES (1), (2)) AS o(a), a_seen(1)",
    "arrow under names": "a_seen(1) AS q(z)",
    "arrow lateral to one row": f"(SELECT 1 AS a) AS o, LATERAL a_seen({ORDERED})",
    "arrow lateral and deterministic": f"(VALUES (1), (2)) AS o(a), LATERAL a_sure({ORDERED})",
    "arrow two tables": "a_seen(TABLE(t), TABLE(t))",
    "arrow order alone": "a_seen(TABLE(t) ORDER BY x)",
    "arrow unknown key": "a_seen(TABLE(t) PARTITION BY nope)",
    "arrow unknown table": "a_seen(TABLE(nope))",
    "arrow columns of one name": "a_seen(TABLE(SELECT 1 AS a, 2 AS a) WITH SINGLE PARTITION)",
    "arrow raises by a column": "a_raises(TABLE(t) PARTITION BY k)",
    "arrow raises at the end by a column": "a_raises_at_the_end(TABLE(t) PARTITION BY k)",
    **{
        f"{name} of a value": f"{name}(1)"
        for name in ARROW
        if name not in {"a_seen", "a_silent", "a_doubles", "a_adds", "a_no_argument", "a_skips", "a_skips_at_once"}
    },
}  # fmt: skip
