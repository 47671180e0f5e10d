"""SQL in, the neutral plan out: the pairs of ``fixtures/sql/statements.txt``."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from pyspark.sql import types as t

from workbench.engine.plan.expressions import Literal
from workbench.engine.sql import parse_statement

HERE = Path(__file__).parent
FIXTURE = HERE.parents[1] / "fixtures" / "sql" / "statements.txt"

spec = importlib.util.spec_from_file_location("sql_shorthand", HERE / "shorthand.py")
shorthand = importlib.util.module_from_spec(spec)
sys.modules["sql_shorthand"] = shorthand
spec.loader.exec_module(shorthand)


def pairs():
    lines = [line for line in FIXTURE.read_text("utf-8").splitlines() if line]
    lines = lines[1:]
    return list(zip(lines[::2], lines[1::2], strict=True))


@pytest.mark.parametrize(("text", "plan"), pairs(), ids=[text for text, _ in pairs()])
def test_a_statement_becomes_its_plan(text, plan):
    seven, eight = (Literal(value, t.IntegerType()) for value in (7, 8))
    assert shorthand.short(parse_statement(text, {"x": seven}, (eight,))) == plan
