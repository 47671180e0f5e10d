"""Every aggregate, computed at once and in parts that are merged, gives one answer."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import types as t

from tests.engine.functions.calls import Frame, call, group, literal
from workbench.base.errors import ArithmeticFault
from workbench.engine.functions import aggregates, catalog
from workbench.engine.functions.aggregates.registry import TABLE
from workbench.engine.plan import typed

ROWS = Frame(
    pa.table(
        {
            "k": ["a", "a", "b", "a", "b", "c", "a", "b", None, None],
            "n": pa.array([5, 1, 2, 8, None, None, 1, 9, 4, 6], pa.int32()),
            "l": pa.array([50, 10, 20, 80, 30, None, 11, 90, 40, 60], pa.int64()),
            "d": [0.5, 1.5, -2.0, 8.25, None, None, 3.0, 9.5, 4.0, 6.5],
            "m": pa.array(
                [Decimal("1.25") * i if i != 4 else None for i in range(10)], pa.decimal128(10, 2)
            ),
            "s": ["p", "q", "p", None, "r", None, "q", "s", "t", "t"],
            "b": [True, False, True, True, None, None, True, True, False, True],
            "x": [
                b"\x01",
                b"\x02",
                b"\x04",
                None,
                b"\x08",
                None,
                b"\x01",
                b"\x10",
                b"\x03",
                b"\x05",
            ],
        }
    )
)
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "avg": ("m",), "try_avg": ("n",), "sum": ("n",), "try_sum": ("l",), "count": ("n", "s"), "count_if": ("b",),
    "approx_count_distinct": ("s",), "min": ("s",), "max": ("d",), "first": ("n",), "last": ("n",),
    "any_value": ("s",), "min_by": ("s", "l"), "max_by": ("s", "l"), "bool_and": ("b",), "bool_or": ("b",),
    "bit_and": ("n",), "bit_or": ("n",), "bit_xor": ("n",), "collect_list": ("n",), "collect_set": ("s",),
    "listagg": ("s", literal("|")), "histogram_numeric": ("n", 3), "percentile": ("n", 0.4),
    "percentile_approx": ("l", 0.5), "median": ("d",), "mode": ("s", literal(True)), "product": ("n",),
    "bitmap_construct_agg": ("l",), "bitmap_or_agg": ("x",), "bitmap_and_agg": ("x",),
    **dict.fromkeys(("stddev_samp", "stddev_pop", "var_samp", "var_pop", "skewness", "kurtosis"), ("d",)),
    **{
        name: ("n", "d")
        for name in TABLE
        if name.startswith("regr_") or name in ("corr", "covar_pop", "covar_samp")
    },
}  # fmt: skip
ELSEWHERE = {"percentile_cont", "percentile_disc"}


def made(name: str) -> typed.AggregateCall:
    arguments = (ROWS[a] if isinstance(a, str) else a for a in ARGUMENTS[name])
    return call(name, *arguments)


def close(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(left, list) and isinstance(right, list):
        return sorted(map(repr, left)) == sorted(map(repr, right))
    return left == right


@pytest.mark.parametrize("name", sorted(set(TABLE) - ELSEWHERE))
def test_merged_parts_give_the_whole(name: str) -> None:
    found = group(made(name), ROWS, "k")
    assert found["whole"].keys() == found["merged"].keys() == {"a", "b", "c", None}
    for key, value in found["whole"].items():
        assert close(value, found["merged"][key]), f"{name} of {key}"


def test_every_aggregate_of_the_catalogue_has_a_kernel() -> None:
    rows = [row for row in catalog.rows().values() if row.kind == "aggregate"]
    assert {row.name for row in rows if not row.reason and row.rewrite is None} <= set(TABLE)


def test_an_average_of_nothing_is_null() -> None:
    assert group(call("avg", ROWS["n"]), ROWS, "k")["whole"]["c"] is None


def test_a_filter_is_honoured() -> None:
    big = call(">", ROWS["n"], 4)
    found = group(call("sum", ROWS["n"], filter=big), ROWS)
    assert found == {"whole": 28, "merged": 28}


def test_distinct_values_are_counted_once() -> None:
    expression = call("count", ROWS["n"], distinct=True)
    arguments = [aggregates.find(expression)]
    assert arguments[0] is TABLE["count"]
    assert group(expression, ROWS)["whole"] == 7


def test_text_is_joined_in_the_order_asked_for() -> None:
    order = (typed.SortKey(ROWS["l"], ascending=False, nulls_first=False),)
    expression = call("listagg", ROWS["s"], literal(","), order=order)
    assert group(expression, ROWS)["whole"] == "s,t,p,t,r,p,q,q"


def test_a_sum_that_wraps_is_an_error_and_null_in_the_try_form() -> None:
    frame = Frame(pa.table({"x": pa.array([2**63 - 1, 1], pa.int64())}))
    with pytest.raises(ArithmeticFault, match="ARITHMETIC_OVERFLOW"):
        group(call("sum", frame["x"]), frame)
    expression = call("try_sum", frame["x"])
    assert expression.type == t.LongType()


def test_a_few_thousand_distinct_values_are_counted_within_the_error() -> None:
    frame = Frame(pa.table({"x": [f"user {i}" for i in range(5000)]}))
    found = group(call("approx_count_distinct", frame["x"]), frame)
    assert found["whole"] == found["merged"]
    assert abs(found["whole"] - 5000) < 5000 * 0.15
