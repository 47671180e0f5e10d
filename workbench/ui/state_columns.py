"""The columns of a state reader's rows: structs laid flat, and the condition that finds a key."""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

from pyspark.sql.types import DataType, StructField, StructType

from workbench.base.errors import IllegalArgument

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

WINDOW = ["start", "end"]
TTL = "ttlExpirationMs"
"""What a state variable that lives for a time has beside its value."""
VALUES = ("value", "list_element", "user_map_value")
"""The columns with what is kept: of a key, of an element of a list, of an entry of a map."""


def distinct(frame: DataFrame) -> DataFrame:
    """Return the rows with no name twice in a struct: the buffers of `count` and `avg` both have a `count`."""
    for column in frame.schema:
        if isinstance(column.dataType, StructType):
            names = column.dataType.names
            if len(set(names)) < len(names):
                renamed = frame[column.name].cast(with_distinct_names(column.dataType))
                frame = frame.withColumn(column.name, renamed)
    return frame


def value_of(frame: DataFrame) -> str:
    """Return the column with what is kept."""
    return next(name for name in VALUES if name in frame.columns)


def size_of(frame: DataFrame) -> str:
    """Return the SQL of how long a row is, as JSON."""
    columns = ", ".join(name for name in frame.columns if name != "partition_id")
    return f"length(to_json(struct({columns})))"


def without_wrap(frame: DataFrame) -> DataFrame:
    """Return rows with the time a value lives beside it, and not around it."""
    for name in VALUES:
        if name in frame.columns and names_of(frame, name) == ["value", TTL]:
            inner = frame[name]
            frame = frame.withColumns({TTL: inner.getField(TTL), name: inner.getField("value")})
    return frame


def with_distinct_names(kind: StructType) -> StructType:
    """Return a struct's type, a name that was there before with a number behind it."""
    seen: dict[str, int] = {}
    fields = []
    for field in kind.fields:
        seen[field.name] = seen.get(field.name, 0) + 1
        name = field.name if seen[field.name] == 1 else f"{field.name}_{seen[field.name]}"
        fields.append(StructField(name, field.dataType, field.nullable))
    return StructType(fields)


def fields_of(frame: DataFrame, column: str) -> list[StructField]:
    """Return the fields of a struct column."""
    return list(frame.schema[column].dataType.fields)


def names_of(frame: DataFrame, column: str) -> list[str]:
    """Return the names of a struct column's fields; none where it is something else."""
    kind = frame.schema[column].dataType
    return list(kind.names) if isinstance(kind, StructType) else []


def flat(frame: DataFrame) -> DataFrame:
    """Return the rows with each struct's fields as columns of their own; a name that is taken gets the struct's before it."""
    taken: set[str] = set()
    parts: list[str] = []
    for column in frame.schema:
        if not isinstance(column.dataType, StructType):
            parts.append(quoted(column.name))
            taken.add(column.name)
            continue
        for name in column.dataType.names:
            shown = (
                f"{column.name}.{name}"
                if name in taken or column.name in ("before", "after")
                else name
            )
            taken.add(shown)
            parts.append(f"{quoted(column.name)}.{quoted(name)} AS {quoted(shown)}")
    return frame.selectExpr(*parts)


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    return "`" + name.replace("`", "``") + "`"


def matching(frame: DataFrame, key: Any) -> Column:
    """Return the condition that a row has this key.

    Parameters
    ----------
    frame : DataFrame
        With a struct column `key`.
    key : object
        A dict of field names → values, a tuple of values in the fields' order, or the only value.
    """
    fields = {field.name: field.dataType for field in fields_of(frame, "key")}
    wanted = asked_for(fields, key)
    return reduce(
        and_,
        (
            is_value(frame["key"].getField(name), fields[name], value)
            for name, value in wanted.items()
        ),
    )


def asked_for(fields: dict[str, DataType], key: Any) -> dict[str, Any]:
    """Return field → value for a key as users give it."""
    values = key if isinstance(key, tuple) else (key,)
    wanted = key if isinstance(key, dict) else dict(zip(fields, values, strict=False))
    is_whole = isinstance(key, dict) or len(values) == len(fields)
    if not wanted or not is_whole or not wanted.keys() <= fields.keys():
        raise IllegalArgument("WORKBENCH_STATE.KEY", fields=", ".join(fields), given=key)
    return wanted


def is_value(column: Column, kind: DataType, value: Any) -> Column:
    """Return the condition on one field; a window is known by its start."""
    is_window = isinstance(kind, StructType) and kind.names == WINDOW
    if is_window and isinstance(value, tuple):
        start, end = value
        return column.getField("start").eqNullSafe(start) & column.getField("end").eqNullSafe(end)
    return (column.getField("start") if is_window else column).eqNullSafe(value)


def holding(frame: DataFrame, text: str) -> Column:
    """Return the condition that a row's key holds each word of a text, separated by commas, as one field's whole text.

    For who types a key instead of writing it: a window is known by its start.
    """
    fields = fields_of(frame, "key")
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        names = ", ".join(field.name for field in fields)
        raise IllegalArgument("WORKBENCH_STATE.KEY", fields=names, given=text)
    return reduce(
        and_, (reduce(or_, (is_word(frame, field, word) for field in fields)) for word in words)
    )


def is_word(frame: DataFrame, field: StructField, word: str) -> Column:
    """Return the condition that one field of the key reads so."""
    column = frame["key"].getField(field.name)
    is_window = isinstance(field.dataType, StructType) and field.dataType.names == WINDOW
    return (column.getField("start") if is_window else column).cast("string") == word
