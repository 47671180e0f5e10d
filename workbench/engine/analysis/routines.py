"""What is wrong with a function's name where it stands: there is none, or one of another kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.base.errors import AnalysisError
from workbench.engine.functions import catalog

if TYPE_CHECKING:
    from workbench.engine.analysis.context import Context


def check_scalar(context: Context, name: str) -> None:
    """Look for a function that may stand in an expression, before its arguments are looked at.

    Raises
    ------
    AnalysisError
        ``NOT_A_SCALAR_FUNCTION`` for a table function, ``UNRESOLVED_ROUTINE`` or ``REQUIRES_SINGLE_PART_NAMESPACE`` for none.
    """
    if catalog.find(name) is not None or context.function(name) is not None:
        return
    if name.lower() in catalog.TABLE_FUNCTIONS or context.table_function(name) is not None:
        raise AnalysisError("NOT_A_SCALAR_FUNCTION", functionName=quoted(name))
    if name.count(".") > 1 and not name.lower().startswith("system."):
        found = quoted(name)
        raise AnalysisError(
            "REQUIRES_SINGLE_PART_NAMESPACE", sessionCatalog="spark_catalog", identifier=found
        )
    raise catalog.unknown(name)


def check_table(context: Context, name: str) -> None:
    """Look for a built-in function of rows, for ``FROM``.

    Raises
    ------
    AnalysisError
        ``NOT_A_TABLE_FUNCTION`` for a function of values, ``UNRESOLVABLE_TABLE_VALUED_FUNCTION`` for none.
    """
    kind = catalog.kind(name)
    if kind == catalog.GENERATOR:
        return
    if kind is not None or context.function(name) is not None:
        raise AnalysisError("NOT_A_TABLE_FUNCTION", functionName=quoted(name))
    raise AnalysisError("UNRESOLVABLE_TABLE_VALUED_FUNCTION", name=quoted(name))


def check_generator(context: Context, name: str) -> None:
    """Look for a built-in function of rows, for ``LATERAL VIEW``, where a table function does not belong either.

    Raises
    ------
    AnalysisError
        ``UNSUPPORTED_GENERATOR.NOT_GENERATOR`` for a function of values, ``ROUTINE_NOT_FOUND`` for none.
    """
    kind = catalog.kind(name)
    if kind == catalog.GENERATOR:
        return
    if kind is None and context.function(name) is None:
        database = context.conf("spark.sql.currentDatabase") or "default"
        raise AnalysisError("ROUTINE_NOT_FOUND", routineName=quoted(f"{database}.{name}"))
    raise AnalysisError(
        "UNSUPPORTED_GENERATOR.NOT_GENERATOR",
        functionName=quoted(name),
        classCanonicalName=f"{kind or 'Python'} function",
    )


def quoted(name: str) -> str:
    """Return a name, each part in backticks."""
    return "`" + name.replace(".", "`.`") + "`"
