"""Functions that give several rows for one: ``explode`` and its kin, moved into an operator of their own."""

from __future__ import annotations

from workbench.base.errors import AnalysisError
from workbench.engine.analysis.naming import name_of
from workbench.engine.plan import expressions as e
from workbench.engine.plan import operators as o
from workbench.engine.plan import typed
from workbench.engine.plan.walk import has

SEPARATOR = "\0"
"""Between the names a user gave a generator's columns (``AS (key, value)``)."""


def extract_generator(
    child: o.Operator, columns: tuple[typed.Named, ...]
) -> tuple[o.Operator, tuple[typed.Named, ...]]:
    """Move a select list's generators below; return the new child and the list, which reads their columns.

    Several give the rows of the first with those of the second, and so on: each stands on the one before.

    Raises
    ------
    AnalysisError
        ``UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS`` for one inside another expression.
    """
    made: list[typed.Named] = []
    for column in columns:
        call = column.child
        if not isinstance(call, typed.GeneratorCall):
            if has(call, typed.GeneratorCall):
                raise _nested(column.attribute.name)
            made.append(column)
            continue
        generated = named_columns(call, given_names(column))
        child = o.Generate(child, call, generated)
        made += [typed.Named(a, a) for a in generated]
    return child, tuple(made)


def refuse_generators(
    made: tuple[typed.Typed, ...], whole: e.Expression, *, in_select: bool, clause: str = ""
) -> None:
    """Look for generators where a value belongs: an expression's arguments, a condition, a sort key.

    Raises
    ------
    AnalysisError
        ``UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS`` in a select list, ``UNSUPPORTED_GENERATOR.OUTSIDE_SELECT`` elsewhere.
    """
    if not any(isinstance(one, typed.GeneratorCall) for one in made):
        return
    if in_select:
        raise _nested(name_of(whole))
    raise AnalysisError(
        "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", plan=f"{clause} {name_of(whole)}".strip()
    )


def _nested(expression: str) -> AnalysisError:
    return AnalysisError(
        "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS", expression=f'"{expression}"'
    )


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
