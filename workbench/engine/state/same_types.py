"""Arrow types compared and taken over by place: what the fields of stored structs are called may change between runs."""

from __future__ import annotations

import pyarrow as pa


def same_types(one: pa.DataType, other: pa.DataType) -> bool:
    """Tell whether two types are equal but for the names of fields and nullability."""
    if one.num_fields != other.num_fields or one.id != other.id:
        return False
    if not one.num_fields:
        return one == other
    return all(same_types(one.field(i).type, other.field(i).type) for i in range(one.num_fields))


def named_as(kind: pa.DataType, like: pa.DataType) -> pa.DataType:
    """Return a type whose fields are called as those of another of the same types.

    >>> named_as(pa.list_(pa.struct([("a", pa.int64())])), pa.list_(pa.struct([("b", pa.int64())])))
    ListType(list<item: struct<b: int64>>)
    """
    if pa.types.is_struct(kind):
        pairs = zip(kind, like, strict=True)
        return pa.struct([_named(old, new).with_name(new.name) for old, new in pairs])
    if pa.types.is_list(kind):
        return pa.list_(_named(kind.value_field, like.value_field))
    if pa.types.is_map(kind):
        key, item = _named(kind.key_field, like.key_field), _named(kind.item_field, like.item_field)
        return pa.map_(key, item)
    return kind


def _named(old: pa.Field, new: pa.Field) -> pa.Field:
    return old.with_type(named_as(old.type, new.type))
