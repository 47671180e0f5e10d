"""What a cell uses of the rest of the notebook, written down for a program that has no notebook."""

from __future__ import annotations

import ast
import builtins
import inspect
from symtable import SymbolTable, symtable
from types import ModuleType
from typing import Any

LONGEST = 500


def borrowed(text: str, namespace: dict[str, Any]) -> str:
    """Return lines that give a cell's text the names it uses but does not define: values, imports, functions.

    >>> print(borrowed("def rows(): return np.abs(LEAST)", {"LEAST": 3, "np": ast}))
    LEAST = 3
    import ast as np
    """
    made: dict[str, str] = {}
    while new := [
        one for one in _free("\n".join([*made.values(), text])) - made.keys() if one in namespace
    ]:
        made = {name: _given(name, namespace[name]) for name in sorted(new)} | made
    return "\n".join(made.values())


def _free(text: str) -> set[str]:
    """Return the names a program uses without giving them a meaning."""
    table = symtable(text, "<cell>", "exec")
    own = {one.get_name() for one in table.get_symbols() if one.is_assigned() or one.is_imported()}
    return _globals(table) - own - set(vars(builtins))


def _globals(table: SymbolTable) -> set[str]:
    top = table.get_type() == "module"
    found = {
        one.get_name()
        for one in table.get_symbols()
        if one.is_referenced() and (top or one.is_global())
    }
    return found.union(*map(_globals, table.get_children()))


def _given(name: str, value: Any) -> str:
    """Return the line that makes a name what it is in the notebook; where there is none, one that says so."""
    if isinstance(value, ModuleType):
        return f"import {value.__name__}" + (f" as {name}" if value.__name__ != name else "")
    if _is_literal(value):
        return f"{name} = {value!r}"
    module, own = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    if module in (None, "__main__") or not own.isidentifier():
        return _written(name, value)
    return f"from {module} import {own}" + (f" as {name}" if own != name else "")


def _is_literal(value: Any) -> bool:
    """Whether a value is short and written as Python writes it."""
    text = repr(value)
    try:
        return len(text) <= LONGEST and bool(ast.literal_eval(text) == value)
    except (ValueError, SyntaxError):
        return False


def _written(name: str, value: Any) -> str:
    """Return a function or class of the notebook as it was written there."""
    try:
        return "\n" + inspect.getsource(value)
    except (TypeError, OSError):
        return f"# {name}: a {type(value).__name__} of the notebook, which is to be made here"
