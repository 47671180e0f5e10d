"""How Spark shows the variables and timers of ``transformWithState``: one row a value, an element, an entry or a timer.

A variable is one row a grouping key here, a list or a map in one column (:mod:`workbench.engine.operators.python_state.variables`
draws it). Source of the columns: Spark's ``SchemaUtil.getSourceSchema``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine.state.reader import BEFORE, CHANGE, PARTITION, VERSION
from workbench.engine.state.store import StoreSpec
from workbench.engine.state_source.variable_changes import DELETE, Changes, of_lists, of_maps
from workbench.engine.state_source.views import View, struct_of, struct_type

_VALUE, _KEY, _EXPIRES = "value", "key", "expires_ms"
_TTL = "ttlExpirationMs"


VALUE, LIST, MAP, TIMER = "ValueState", "ListState", "MapState", "TimerState"
"""What a store of a processor holds, in Spark's words."""


def kind_of(spec: StoreSpec) -> str:
    """Return what a store of a processor holds: one of ``VALUE``, ``LIST``, ``MAP`` and ``TIMER``."""
    kind = spec.values.field(_VALUE).type
    if pa.types.is_struct(kind):
        return VALUE
    if not pa.types.is_struct(kind.value_type):
        return TIMER
    return MAP if kind.value_type.get_field_index(_KEY) >= 0 else LIST


def of_variable(spec: StoreSpec, *, flat: bool) -> View:
    """Return the view of a variable or of the timers; ``flat``: an element of a list, an entry of a map a row."""
    return _VIEWS[kind_of(spec)](spec, spec.values.field(_VALUE).type, flat)


def _of_value(spec: StoreSpec, kind: pa.StructType, _flat: bool) -> View:
    shown = pa.field("value", _element(spec, pa.struct([(_VALUE, kind), (_EXPIRES, pa.int64())])))

    def rows(table: pa.Table) -> list[pa.Array]:
        value, expires = (_plain(table, name) for name in (_VALUE, _EXPIRES))
        if _has_ttl(spec):
            value = pa.StructArray.from_arrays([value, expires], fields=list(shown.type))
        return [_keys(spec, table), value, _plain(table, PARTITION)]

    return View(spec.name, (_key_field(spec), shown), rows)


def _of_elements(spec: StoreSpec, fields: Sequence[pa.Field], columns) -> View:  # noqa: ANN001 - a function of this module
    def rows(table: pa.Table) -> list[pa.Array]:
        lists = _plain(table, _VALUE)
        owners = pc.list_parent_indices(lists)
        taken = table.select([*spec.keys.names, PARTITION]).take(owners)
        return [_keys(spec, taken), *columns(pc.list_flatten(lists)), _plain(taken, PARTITION)]

    return View(spec.name, (_key_field(spec), *fields), rows, changes=False)


def _of_timers(spec: StoreSpec, _kind: pa.ListType, _flat: bool) -> View:
    return _of_elements(
        spec,
        [pa.field("expiration_timestamp_ms", pa.int64())],
        lambda found: [found.cast(pa.int64())],
    )


def _of_list(spec: StoreSpec, kind: pa.ListType, flat: bool) -> View:
    element = _element(spec, kind.value_type)
    if flat:
        fields = [pa.field("list_element", element)]
        made = _of_elements(spec, fields, lambda found: [_valued(spec, found)])
        return replace(made, changes=True, feed=partial(_list_changes, spec))
    shown = pa.field("list_value", pa.list_(element))

    def rows(table: pa.Table) -> list[pa.Array]:
        lists = _plain(table, _VALUE)
        values = _valued(spec, lists.flatten())
        made = pa.ListArray.from_arrays(_offsets(lists), values, type=shown.type)
        return [_keys(spec, table), made, _plain(table, PARTITION)]

    return View(spec.name, (_key_field(spec), shown), rows, changes=False)


def _of_map(spec: StoreSpec, kind: pa.ListType, flat: bool) -> View:
    key, value = kind.value_type.field(_KEY).type, _element(spec, kind.value_type)
    if flat:
        fields = [pa.field("user_map_key", key), pa.field("user_map_value", value)]
        made = _of_elements(spec, fields, lambda found: [found.field(_KEY), _valued(spec, found)])
        return replace(made, changes=True, feed=partial(_map_changes, spec))
    shown = pa.field("map_value", pa.map_(key, value))

    def rows(table: pa.Table) -> list[pa.Array]:
        lists = _plain(table, _VALUE)
        entries = lists.flatten()
        made = pa.MapArray.from_arrays(_offsets(lists), entries.field(_KEY), _valued(spec, entries))
        return [_keys(spec, table), made.cast(shown.type), _plain(table, PARTITION)]

    return View(spec.name, (_key_field(spec), shown), rows, changes=False)


_VIEWS = {VALUE: _of_value, LIST: _of_list, MAP: _of_map, TIMER: _of_timers}


def _list_changes(spec: StoreSpec, found: pa.Table) -> list[pa.Array]:
    gone = np.asarray(pc.equal(found.column(CHANGE), DELETE))
    changes = of_lists(*_before_and_now(found), gone)
    return _told(spec, found, changes, [_unless_deleted(changes, _valued(spec, changes.parts))])


def _map_changes(spec: StoreSpec, found: pa.Table) -> list[pa.Array]:
    changes = of_maps(*_before_and_now(found), _KEY)
    value = _unless_deleted(changes, _valued(spec, changes.parts))
    return _told(spec, found, changes, [changes.parts.field(_KEY), value])


def _before_and_now(found: pa.Table) -> tuple[pa.Array, pa.Array]:
    # A struct's field keeps what a struct that is null hides, so it is taken with the struct's own nulls.
    return pc.struct_field(_plain(found, BEFORE), _VALUE), _plain(found, _VALUE)


def _unless_deleted(changes: Changes, values: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(changes.kinds == DELETE), pa.scalar(None, values.type), values)


def _told(
    spec: StoreSpec, found: pa.Table, changes: Changes, shown: list[pa.Array]
) -> list[pa.Array]:
    names = [VERSION, *spec.keys.names, PARTITION]
    taken = found.select(names).take(pa.array(changes.owners))
    kinds = pa.array(changes.kinds, pa.string())
    return [
        _plain(taken, VERSION), kinds, _keys(spec, taken), *shown, _plain(taken, PARTITION)
    ]  # fmt: skip


def _has_ttl(spec: StoreSpec) -> bool:
    return _TTL in spec.names


def _element(spec: StoreSpec, kept: pa.StructType) -> pa.DataType:
    """Return the type one value is shown in: with its expiry where the variable has one."""
    value = kept.field(_VALUE).type
    return pa.struct([(_VALUE, value), (_TTL, pa.int64())]) if _has_ttl(spec) else value


def _valued(spec: StoreSpec, kept: pa.StructArray) -> pa.Array:
    value = kept.field(_VALUE)
    if not _has_ttl(spec):
        return value
    fields = list(_element(spec, kept.type))
    return pa.StructArray.from_arrays([value, kept.field(_EXPIRES)], fields=fields)


def _offsets(lists: pa.Array) -> pa.Array:
    lengths = pc.fill_null(pc.list_value_length(lists), 0)
    return pa.concat_arrays(
        [pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())]
    )


def _shown(spec: StoreSpec) -> dict[str, str]:
    return dict(zip(spec.keys.names, spec.names or spec.keys.names, strict=False))


def _key_field(spec: StoreSpec) -> pa.Field:
    return pa.field("key", struct_type(spec.keys, spec.keys.names, _shown(spec)))


def _keys(spec: StoreSpec, table: pa.Table) -> pa.StructArray:
    return struct_of(table, spec.keys.names, _shown(spec))


def _plain(table: pa.Table, name: str) -> pa.Array:
    return table.column(name).combine_chunks()
