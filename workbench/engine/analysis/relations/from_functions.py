"""Functions that give rows, in ``FROM``: ``LATERAL VIEW``, built-in table functions, ``range``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError
from workbench.engine.analysis import routines
from workbench.engine.analysis.generators import named_columns
from workbench.engine.analysis.relations.inputs import one_row
from workbench.engine.analysis.relations.register import understands
from workbench.engine.analysis.scope import Column, Resolved, Scope, joined
from workbench.engine.functions import catalog, render
from workbench.engine.functions.coercion import is_numeric
from workbench.engine.plan import expressions as e
from workbench.engine.plan import operators as o
from workbench.engine.plan import relations as r
from workbench.engine.plan import typed

if TYPE_CHECKING:
    from workbench.engine.analysis.analyzer import Analyzer

RANGE_PARAMETERS = {
    1: ("end",),
    2: ("start", "end"),
    3: ("start", "end", "step"),
    4: ("start", "end", "step", "numSlices"),
}
"""What the arguments of ``range`` are, by how many there are."""


@understands(r.LateralView)
def _lateral_view(analyzer: Analyzer, relation: r.LateralView) -> Resolved:
    child = analyzer.resolve(relation.child)
    if isinstance(relation.generator, e.Function):
        routines.check_generator(analyzer.context, relation.generator.name)
    call = analyzer.at(child.scope).resolve(relation.generator)
    made = typed.GeneratorCall(
        call.function, call.arguments, call.type, relation.outer or call.outer
    )
    return _generated(child, made, relation.columns, (relation.alias,) if relation.alias else ())


def _generated(
    child: Resolved, call: typed.GeneratorCall, names: tuple[str, ...], qualifier: tuple[str, ...]
) -> Resolved:
    generated = named_columns(call, names)
    operator = o.Generate(child.operator, call, generated)
    more = Scope(tuple(Column(a, qualifier) for a in generated))
    return Resolved(operator, joined(child.scope, more))


@understands(r.TableFunction)
def _table_function(analyzer: Analyzer, relation: r.TableFunction) -> Resolved:
    name = relation.name.lower()
    registered = analyzer.context.table_function(name)
    if registered is not None:
        again = r.PythonTableFunction(
            registered.function, relation.arguments, registered.return_type
        )
        return analyzer.resolve(again)
    if name == "range":
        return _range(analyzer, relation.arguments)
    routines.check_table(analyzer.context, name)
    empty = analyzer.fresh(one_row())
    call = analyzer.at(empty.scope).resolve(e.Function(name, relation.arguments))
    return _generated(empty, call, (), ())


def _range(analyzer: Analyzer, arguments: tuple[e.Expression, ...]) -> Resolved:
    if len(arguments) not in RANGE_PARAMETERS:
        raise catalog.wrong_count("range", RANGE_PARAMETERS, len(arguments), variadic=False)
    named = zip(RANGE_PARAMETERS[len(arguments)], arguments, strict=True)
    given = {name: _bound(analyzer, name, argument) for name, argument in named}
    if not given.get("step", 1):
        raise AnalysisError("FAILED_FUNCTION_CALL", funcName="`range`")
    return analyzer.resolve(r.Range(given.get("start", 0), given["end"], given.get("step", 1)))


def _bound(analyzer: Analyzer, name: str, argument: e.Expression) -> int:
    """Return one argument of ``range``: a constant, as a whole number."""
    # Spark's ``range`` knows no names: its parameters have some only in its errors.
    made = None if isinstance(argument, e.NamedArgument) else _constant(analyzer, argument)
    wanted = t.IntegerType() if name == "numSlices" else t.LongType()
    if made is None:
        raise AnalysisError("NON_FOLDABLE_ARGUMENT", funcName="`range`", paramName=f"`{name}`",
                            paramType=render.type_text(wanted))  # fmt: skip
    if not is_numeric(made.type) and not isinstance(made.type, t.StringType):
        raise AnalysisError("UNEXPECTED_INPUT_TYPE", functionName="`range`", paramIndex=ORDER[name],
                            inputSql=f'"{render.text(made)}"', inputType=render.type_text(made.type),
                            requiredType=render.type_text(wanted))  # fmt: skip
    return analyzer.context.value(catalog.explicit_cast(made, wanted, conf=analyzer.context.conf))


ORDER = {"start": "first", "end": "second", "step": "third", "numSlices": "fourth"}


def _constant(analyzer: Analyzer, argument: e.Expression) -> typed.Typed | None:
    made = analyzer.at(analyzer.scope(())).resolve(argument)
    return made if analyzer.context.is_constant(made) else None
