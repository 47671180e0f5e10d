"""Functions that give several rows for one: ``explode`` and its kin, moved into an operator of their own."""

from __future__ import annotations

from workbench.base.errors import AnalysisError
from workbench.engine.plan import operators as o
from workbench.engine.plan import typed
from workbench.engine.plan.walk import every

SEPARATOR = "\0"
"""Between the names a user gave a generator's columns (``AS (key, value)``)."""


def extract_generator(
    child: o.Operator, columns: tuple[typed.Named, ...]
) -> tuple[o.Operator, tuple[typed.Named, ...]]:
    """Move a select list's generator below; return the new child and the list, which reads its columns.

    Raises
    ------
    AnalysisError
        ``UNSUPPORTED_GENERATOR`` for two generators, or one inside another expression.
    """
    places = [i for i, column in enumerate(columns) if _inside(column)]
    if not places:
        return child, columns
    if len(places) > 1:
        raise AnalysisError("UNSUPPORTED_GENERATOR.MULTI_GENERATOR", num=len(places), generators="")
    place = places[0]
    call = columns[place].child
    if not isinstance(call, typed.GeneratorCall):
        raise AnalysisError(
            "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS",
            expression=f'"{columns[place].attribute.name}"',
        )
    generated = named_columns(call, given_names(columns[place]))
    made = o.Generate(child, call, generated)
    new = tuple(typed.Named(a, a) for a in generated)
    return made, (*columns[:place], *new, *columns[place + 1 :])


def _inside(column: typed.Named) -> bool:
    return any(isinstance(part, typed.GeneratorCall) for part in every(column.child))


def given_names(column: typed.Named) -> tuple[str, ...]:
    """Return the names the user gave, or none."""
    return tuple(column.attribute.name.split(SEPARATOR)) if column.attribute.name else ()


def named_columns(call: typed.GeneratorCall, names: tuple[str, ...]) -> tuple[typed.Attribute, ...]:
    """Return a generator's columns as attributes, renamed when names are given.

    Raises
    ------
    AnalysisError
        ``UDTF_ALIAS_NUMBER_MISMATCH`` when there are too few or too many names.
    """
    fields = call.type.fields
    if names and len(names) != len(fields):
        raise AnalysisError("UDTF_ALIAS_NUMBER_MISMATCH", aliasesNum=len(names), outColsNum=len(fields),
                            aliasesSize=len(fields), aliasesNames=",".join(names))  # fmt: skip
    shown = names or tuple(field.name for field in fields)
    return tuple(
        typed.Attribute(name, field.dataType, field.nullable or call.outer)
        for name, field in zip(shown, fields, strict=True)
    )
