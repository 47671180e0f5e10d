"""A processor that says at once where a cell does something else than its line declares; only the trial has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pyspark.errors import PySparkAttributeError, PySparkException, PySparkTypeError
from pyspark.sql.streaming import StatefulProcessor
from pyspark.sql.types import StructType, _make_type_verifier

from workbench.magics.errors import suggestion
from workbench.magics.stateful.source import Cell
from workbench.magics.stateful.variables import Variable

WAYS = {
    "list": "appendValue((…,)) adds to it, put([(…,), …]) replaces it and clear() forgets it",
    "map": "updateValue((key,), (value,)) writes an entry and clear() forgets them all",
}
"""How what cannot be assigned is written."""

LISTS = ("put", "appendList")


def watched(made: type, cell: Cell, output: StructType) -> StatefulProcessor:
    """Return a processor of a class that checks the names a cell uses, what it keeps, and what it gives."""
    variables = {one.name: one for one in cell.variables}

    class Watched(made):
        _is_ready = False

        def init(self, handle: Any) -> None:
            for name in ("on_rows", "on_timer"):
                if hasattr(made, name):
                    setattr(
                        self, name, _checked(name.removeprefix("on_"), getattr(made, name), output)
                    )
            super().init(_Handle(handle, variables))
            self._is_ready = True

        def __setattr__(self, name: str, value: Any) -> None:
            one = variables.get(name)
            if self._is_ready and one is not None and one.kind in WAYS:
                raise PySparkTypeError(f"state.{name} is not assigned: {WAYS[one.kind]}.")
            if self._is_ready and one is None and name not in {*vars(self), "timers"}:
                raise PySparkAttributeError(_undeclared(name, variables))
            super().__setattr__(name, value)

        def __getattr__(self, name: str) -> Any:
            if name == "timers":
                raise PySparkAttributeError(
                    "state.timers needs --timers event or --timers processing."
                )
            raise PySparkAttributeError(_undeclared(name, variables))

    return Watched()


def _undeclared(name: str, variables: dict[str, Variable]) -> str:
    declared = ", ".join(
        f"{one.name} {one.type.simpleString().upper()}" for one in variables.values()
    )
    return f"--state declares no {name!r}.{suggestion(name, variables)} Write: --state '{declared}{', ' if declared else ''}{name} LONG'."


def _checked(name: str, function: Callable, output: StructType) -> Callable:
    """Return a function whose rows are looked at; what is wrong is raised where the user's function yielded it."""

    def run(*given: Any) -> Iterator[Any]:
        made = function(*given)
        if made is None:
            return
        if not hasattr(made, "__iter__") or isinstance(made, str | dict) or _is_one_row(made):
            raise PySparkTypeError(
                f"{name} gives its rows one by one: write `yield {_example(output)}`, not `return {made!r}`."
            )
        rows = iter(made)
        for row in rows:
            try:
                check(row, output, "output")
            except PySparkException as error:
                if hasattr(rows, "throw"):
                    rows.throw(error)
                raise
            yield row

    return run


def _is_one_row(made: Any) -> bool:
    return isinstance(made, tuple) and not all(isinstance(one, tuple | list) for one in made)


def _example(schema: StructType) -> str:
    return f"({', '.join(schema.names)}{',' if len(schema) == 1 else ''})"


class _Handle:
    """A handle whose state variables check what is written to them."""

    def __init__(self, handle: Any, variables: dict[str, Variable]) -> None:
        self._handle, self._variables = handle, variables

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._handle, name)
        if name not in ("getValueState", "getListState", "getMapState"):
            return found
        return lambda state, *schemas: _State(found(state, *schemas), self._variables[state])


class _State:
    """A state variable that checks what is written to it, and knows its methods."""

    def __init__(self, state: Any, variable: Variable) -> None:
        self._state, self._variable = state, variable

    def __getattr__(self, name: str) -> Any:
        methods = [one for one in dir(type(self._state)) if not one.startswith("_")]
        if name not in methods:
            kind = type(self._state).__mro__[1].__name__
            raise PySparkAttributeError(
                f"state.{self._variable.name} is a {kind}, which has no {name!r}.{suggestion(name, methods)}"
            )
        return lambda *given: self._call(name, given)

    def _call(self, name: str, given: tuple[Any, ...]) -> Any:
        values = [one for each in given for one in each] if name in LISTS else given
        for value, schema in zip(values, self._variable.schemas * len(values), strict=False):
            check(value, StructType.fromDDL(schema), f"state.{self._variable.name}")
        return getattr(self._state, name)(*given)


def check(value: Any, schema: StructType, what: str) -> None:
    """Refuse a row that does not fit its schema.

    Raises
    ------
    PySparkTypeError
        It is no row, or has other values than its schema says.
    """
    if not isinstance(value, tuple | list):
        raise PySparkTypeError(f"{what}: a tuple {_example(schema)} is wanted, not {value!r}.")
    if len(value) != len(schema.fields):
        raise PySparkTypeError(
            f"{what}: {len(schema.fields)} values are wanted, {_example(schema)}, not {len(value)}: {tuple(value)!r}."
        )
    for part, field in zip(value, schema.fields, strict=True):
        name = what if schema.names == ["value"] else f"{what}.{field.name}"
        _make_type_verifier(field.dataType, True, name)(part)
