"""LIKE and regular expressions."""

from __future__ import annotations

from pyspark.sql import types as t

from workbench.engine.functions.kernels import patterns
from workbench.engine.functions.kinds import INT, STRING
from workbench.engine.functions.row import Row, alias, scalar
from workbench.engine.functions.vectors import ALL, vector

TEXT, BOOL, INT_TYPE = t.StringType(), t.BooleanType(), t.IntegerType()
TEXTS = t.ArrayType(t.StringType(), containsNull=True)


def like(name: str, *, ignore_case: bool) -> Row:
    """Return the row of ``like`` or ``ilike``."""
    kernel = vector(patterns.like, constants=(1, 2), ignore_case=ignore_case)
    return scalar(name, (STRING, STRING, STRING), BOOL, kernel, defaults=("\\",))


def several(name: str, *, is_all: bool, negated: bool) -> Row:
    """Return the row of ``like any``, ``like all`` and their negations."""
    kernel = vector(patterns.any_like, constants=ALL[1:], is_all=is_all, negated=negated)
    return scalar(name, (STRING, STRING), BOOL, kernel, variadic=True)


ROWS: tuple[Row, ...] = (
    like("like", ignore_case=False),
    like("ilike", ignore_case=True),
    several("likeany", is_all=False, negated=False),
    several("likeall", is_all=True, negated=False),
    several("notlikeany", is_all=False, negated=True),
    several("notlikeall", is_all=True, negated=True),
    scalar("rlike", (STRING, STRING), BOOL, vector(patterns.matches, constants=(1,)), raises=True),
    alias("regexp", "rlike"),
    alias("regexp_like", "rlike"),
    scalar(
        "regexp_count",
        (STRING, STRING),
        INT_TYPE,
        vector(patterns.count, constants=(1,)),
        per_row=True,
    ),
    scalar(
        "regexp_extract",
        (STRING, STRING, INT),
        TEXT,
        vector(patterns.extract, constants=(1, 2)),
        defaults=(1,),
        per_row=True,
        raises=True,
    ),
    scalar(
        "regexp_extract_all",
        (STRING, STRING, INT),
        TEXTS,
        vector(patterns.extract_all, constants=(1, 2)),
        defaults=(1,),
        per_row=True,
        raises=True,
    ),
    scalar(
        "regexp_instr",
        (STRING, STRING, INT),
        INT_TYPE,
        vector(lambda texts, pattern, _index: patterns.place(texts, pattern), constants=(1, 2)),
        defaults=(0,),
        per_row=True,
    ),
    scalar(
        "regexp_substr",
        (STRING, STRING),
        TEXT,
        vector(patterns.first_match, constants=(1,)),
        per_row=True,
        nullable=True,
    ),
    scalar(
        "regexp_replace",
        (STRING, STRING, STRING, INT),
        TEXT,
        vector(patterns.replace, constants=(1, 2, 3)),
        defaults=(1,),
        raises=True,
    ),
    scalar(
        "split",
        (STRING, STRING, INT),
        TEXTS,
        vector(patterns.split, constants=(1, 2)),
        defaults=(-1,),
    ),
)
