"""``df.stat``, ``df.na``, ``describe`` and ``summary`` as messages; the caller has converted the child."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workbench.connect.convert.context import Context
from workbench.connect.convert.expressions import expression
from workbench.connect.convert.literals import literal
from workbench.engine.plan import relations as r


def _named(kind: str) -> Callable[[Any, r.Relation, Context], r.Relation]:
    """The statistic ``kind`` with every field of the message but ``input`` as parameters."""

    def convert(message: Any, child: r.Relation, context: Context) -> r.Relation:
        return r.Statistic(child, kind, parameters(message))

    return convert


def parameters(message: Any) -> Mapping[str, Any]:
    """Return the plain fields of a message by name: lists as tuples, an optional field not given as None."""
    given: dict[str, Any] = {}
    for field in message.DESCRIPTOR.fields:
        if field.message_type is not None:
            continue
        value = getattr(message, field.name)
        if field.is_repeated:
            given[field.name] = tuple(value)
        elif field.has_presence and not message.HasField(field.name):
            given[field.name] = None
        else:
            given[field.name] = value
    return given


def _sample_by(message: Any, child: r.Relation, context: Context) -> r.Relation:
    fractions = (
        (literal(one.stratum, context.parse_ddl), one.fraction) for one in message.fractions
    )
    seed = message.seed if message.HasField("seed") else None
    return r.SampleBy(child, expression(message.col, context), tuple(fractions), seed)


def _fill(message: Any, child: r.Relation, context: Context) -> r.Relation:
    values = (literal(value, context.parse_ddl) for value in message.values)
    return r.FillNulls(child, tuple(message.cols), tuple(values))


def _drop(message: Any, child: r.Relation, context: Context) -> r.Relation:
    least = message.min_non_nulls if message.HasField("min_non_nulls") else None
    return r.DropNulls(child, tuple(message.cols), least)


def _replace(message: Any, child: r.Relation, context: Context) -> r.Relation:
    pairs = (
        (literal(one.old_value, context.parse_ddl), literal(one.new_value, context.parse_ddl))
        for one in message.replacements
    )
    return r.Replace(child, tuple(message.cols), tuple(pairs))


STATISTICS: dict[str, Callable[[Any, r.Relation, Context], r.Relation]] = {
    "summary": _named("summary"),
    "describe": _named("describe"),
    "crosstab": _named("crosstab"),
    "cov": _named("cov"),
    "corr": _named("corr"),
    "approx_quantile": _named("approx_quantile"),
    "freq_items": _named("freq_items"),
    "sample_by": _sample_by,
    "fill_na": _fill,
    "drop_na": _drop,
    "replace": _replace,
}
