"""``--state``: what is kept for each key, written as columns."""

from __future__ import annotations

from dataclasses import dataclass
from keyword import iskeyword

from pyspark.sql.types import ArrayType, DataType, MapType, StructType

from workbench.magics.errors import UsageError

RESERVED = (
    "handle",
    "timers",
    "init",
    "close",
    "named",
    "on_rows",
    "on_init",
    "on_timer",
    "on_close",
)


@dataclass(frozen=True, slots=True)
class Variable:
    """One state variable: an ARRAY is a list state, a MAP a map state, anything else one value."""

    name: str
    type: DataType

    @property
    def kind(self) -> str:
        """value, list or map."""
        if isinstance(self.type, ArrayType):
            return "list"
        return "map" if isinstance(self.type, MapType) else "value"

    @property
    def is_struct(self) -> bool:
        """Whether one value is a tuple of several."""
        return isinstance(self.type, StructType)

    @property
    def schemas(self) -> tuple[str, ...]:
        """The schemas PySpark wants: one, or a map's keys' and values'."""
        if isinstance(self.type, MapType):
            return columns("key", self.type.keyType), columns("value", self.type.valueType)
        one = self.type.elementType if isinstance(self.type, ArrayType) else self.type
        return (columns("value", one),)

    def opened(self, ttl_ms: int | None) -> str:
        """Return the call that opens it."""
        call = {"value": "getValueState", "list": "getListState", "map": "getMapState"}[self.kind]
        given = [repr(self.name), *map(repr, self.schemas), *([str(ttl_ms)] if ttl_ms else [])]
        return f"handle.{call}({', '.join(given)})"


def columns(name: str, kind: DataType) -> str:
    """Return a type as columns, as state schemas are."""
    if isinstance(kind, StructType):
        return ", ".join(f"{field.name} {field.dataType.simpleString()}" for field in kind.fields)
    return f"{name} {kind.simpleString()}"


def variables(text: str) -> tuple[Variable, ...]:
    """Return the variables of ``--state``.

    Raises
    ------
    UsageError
        A name that is no Python name, that the processor uses itself, or that is there twice.
    """
    if not text:
        return ()
    made = tuple(Variable(field.name, field.dataType) for field in StructType.fromDDL(text).fields)
    names = [one.name for one in made]
    if twice := [one for one in names if names.count(one) > 1]:
        raise UsageError(f"--state: the name {twice[0]!r} is there twice. Choose another.")
    for one in made:
        if not one.name.isidentifier() or iskeyword(one.name) or one.name.startswith("_"):
            raise UsageError(
                f"--state: {one.name!r} cannot be read as state.{one.name}. Choose a plain Python name."
            )
        if one.name in RESERVED:
            raise UsageError(
                f"--state: the name {one.name!r} is taken by the processor itself. Choose another."
            )
    return made
