"""The catalogue knows every name, and refuses as Spark refuses."""

from __future__ import annotations

import pyspark.sql.functions as spark_functions
import pytest
from pyspark.sql import types as t

from tests.engine.functions.calls import call, conf, literal
from workbench.base.ddl import parse_type
from workbench.base.errors import AnalysisError, Unsupported
from workbench.engine.functions import catalog
from workbench.engine.functions.themes import client
from workbench.engine.plan import typed


@pytest.mark.parametrize("name", spark_functions.__all__)
def test_every_name_of_pyspark_is_a_row_or_a_form_of_the_client(name: str) -> None:
    assert catalog.kind(name) is not None or name in client.NAMES


def test_at_least_three_hundred_names_of_pyspark_work() -> None:
    rows = catalog.rows()
    working = [name for name in spark_functions.__all__ if name in rows and not rows[name].reason]
    assert len(working) >= 300


@pytest.mark.parametrize("name", [row.name for row in catalog.rows().values() if row.reason])
def test_what_is_missing_says_so_by_name(name: str) -> None:
    with pytest.raises(Unsupported, match=rf"UNSUPPORTED_FEATURE.FUNCTION.*{name}"):
        catalog.resolve(name, (), conf=conf)


def test_an_unknown_name_comes_with_near_ones() -> None:
    with pytest.raises(AnalysisError, match=r"UNRESOLVED_ROUTINE.*Did you mean .*`upper`"):
        call("uper", "x")


def test_the_number_of_arguments_is_checked() -> None:
    with pytest.raises(AnalysisError) as caught:
        call("upper")
    assert caught.value.condition == "WRONG_NUM_ARGS.WITHOUT_SUGGESTION"
    assert caught.value.parameters["expectedNum"] == "1"


def test_an_argument_of_a_wrong_type_is_named_by_its_place() -> None:
    with pytest.raises(AnalysisError) as caught:
        call("repeat", "x", call("array", 1))
    assert caught.value.condition == "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"
    assert caught.value.parameters["paramIndex"] == "second"
    assert caught.value.parameters["requiredType"] == '"INT"'


def test_names_are_found_in_any_case() -> None:
    assert call("UPPER", "x").type == t.StringType()


def test_an_implicit_cast_is_written_out() -> None:
    column = typed.Attribute("n", t.IntegerType(), nullable=True)
    made = call("upper", column)
    assert made.arguments == (typed.Cast(column, t.StringType(), "ansi", "UTC"),)


@pytest.mark.parametrize(
    ("left", "right", "common"),
    [
        ("int", "bigint", "bigint"),
        ("int", "float", "double"),
        ("decimal(10,2)", "int", "decimal(12,2)"),
        ("decimal(38,10)", "decimal(38,2)", "decimal(38,2)"),
        ("decimal(10,2)", "double", "double"),
        ("string", "int", "bigint"),
        ("string", "date", "date"),
        ("date", "timestamp", "timestamp"),
        ("array<int>", "array<double>", "array<double>"),
        ("int", "boolean", None),
        ("map<string,int>", "map<string,bigint>", "map<string,bigint>"),
    ],
)
def test_two_types_meet_in_one(left: str, right: str, common: str | None) -> None:
    kinds = [parse_type(kind) for kind in (left, right)]
    made = catalog.common_type(kinds)
    assert (made.simpleString() if made else None) == common


def test_a_constant_stays_a_constant_when_it_is_cast() -> None:
    assert catalog.cast_to(literal(5), t.LongType()) == typed.Literal(5, t.LongType())
