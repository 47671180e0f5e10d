"""Casts of arrays, maps and structs: their parts are cast, their shape stays."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.engine.functions.kernels.cast_context import Conversion


def convert(array: pa.Array, how: Conversion) -> pa.Array:
    """Cast the parts of nested values."""
    if isinstance(how.target, t.ArrayType):
        return _array(array, how)
    if isinstance(how.target, t.MapType):
        return _map(array, how)
    return _struct(array, how)


def offsets_of(array: pa.Array) -> pa.Array:
    """Return where each list starts in ``array.flatten()``; a NULL list takes no room."""
    lengths = pc.fill_null(pc.list_value_length(array), 0)
    return pa.concat_arrays(
        [pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())]
    )


def mask_of(array: pa.Array) -> pa.Array | None:
    """Return where values are NULL, or None when there is none."""
    return pc.is_null(array) if array.null_count else None


def _array(array: pa.Array, how: Conversion) -> pa.Array:
    values = how.part(array.flatten(), how.source.elementType, how.target.elementType)
    return pa.ListArray.from_arrays(offsets_of(array), values, how.arrow, mask=mask_of(array))


def map_parts(array: pa.MapArray) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Return offsets, keys and values of maps, NULL maps taking no room."""
    if array.null_count or array.offset:
        array = pa.concat_arrays([array.take(pa.array(range(len(array)), pa.int64()))])
    offsets = array.offsets
    start = offsets[0].as_py()
    count = offsets[-1].as_py() - start
    return (
        pc.subtract(offsets, pa.scalar(start, pa.int32())),
        array.keys.slice(start, count),
        array.items.slice(start, count),
    )


def _map(array: pa.MapArray, how: Conversion) -> pa.Array:
    offsets, keys, values = map_parts(array)
    keys = how.part(keys, how.source.keyType, how.target.keyType)
    values = how.part(values, how.source.valueType, how.target.valueType)
    return build_map(offsets, keys, values, how.arrow, mask_of(array))


def build_map(
    offsets: pa.Array, keys: pa.Array, values: pa.Array, kind: pa.DataType, mask: pa.Array | None
) -> pa.Array:
    """Return maps of exactly ``kind`` from their parts."""
    entries = pa.StructArray.from_arrays([keys, values], fields=[kind.key_field, kind.item_field])
    listed = pa.ListArray.from_arrays(offsets.cast(pa.int32()), entries, mask=mask)
    return pa.Array.from_buffers(
        kind, len(listed), listed.buffers()[:2], children=[entries], offset=listed.offset
    )


def _struct(array: pa.StructArray, how: Conversion) -> pa.Array:
    parts = [
        how.part(pc.struct_field(array, i), source.dataType, target.dataType)
        for i, (source, target) in enumerate(zip(how.source.fields, how.target.fields, strict=True))
    ]
    fields = [how.arrow.field(i) for i in range(how.arrow.num_fields)]
    return pa.StructArray.from_arrays(parts, fields=fields, mask=mask_of(array))
