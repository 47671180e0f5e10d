"""A user's functions out of the client's pickle, tied to the notebook they came from.

PySpark's client pickles functions by value, so a function of the notebook would see copies of the notebook's variables. When
the engine runs in the notebook's own process, :func:`share_notebook` makes the functions see the variables themselves: a
counter a function increments is the notebook's counter. Against a remote server they stay copies, as in Spark.
"""

from __future__ import annotations

import io
import pickle
import sys
import types
from typing import Any

_NOTEBOOK = "__main__"
_shared = False


def share_notebook() -> None:
    """Let functions unpickled from now on see this process's ``__main__``; called where client and engine are one process."""
    global _shared  # noqa: PLW0603 - a fact about the process
    _shared = True


def loads(data: bytes) -> Any:
    """Return what a client's pickle holds."""
    return _Unpickler(io.BytesIO(data)).load()


class _Unpickler(pickle.Unpickler):
    """Reads cloudpickle's stream, its function builders replaced when the notebook is shared."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what a name in the stream stands for."""
        if _shared and module.endswith("cloudpickle") and name in _LIVE:
            return _LIVE[name]
        return super().find_class(module, name)


def _notebook() -> dict[str, Any]:
    return sys.modules[_NOTEBOOK].__dict__


def _make_function(
    code: types.CodeType, base: dict[str, Any], name: str, defaults: Any, closure: Any
) -> Any:
    base["__builtins__"] = __builtins__
    variables = _notebook() if base.get("__name__") == _NOTEBOOK else base
    return types.FunctionType(code, variables, name, defaults, closure)


def _function_setstate(function: Any, state: tuple[dict[str, Any], dict[str, Any]]) -> None:
    from pyspark.cloudpickle import cloudpickle

    attributes, slots = state
    if function.__globals__ is _notebook():
        slots = {**slots, "__globals__": {}}
    cloudpickle._function_setstate(function, (attributes, slots))  # noqa: SLF001 - the rest is as pickled


_LIVE = {"_make_function": _make_function, "_function_setstate": _function_setstate}
