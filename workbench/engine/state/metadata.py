"""What is known of an operator beside its rows: Spark's operator metadata, and the schema of its stores."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from workbench.base.errors import AnalysisError, ExecutionError
from workbench.engine.state.durable import make_directory, write_durably
from workbench.engine.state.same_types import same_types
from workbench.engine.state.statefile import CorruptFileError
from workbench.engine.state.store import TTL, StoreSpec
from workbench.engine.state.succession import Life, StoredSchema
from workbench.engine.state.textfile import read_json, write_json


@dataclass(frozen=True, slots=True)
class OperatorMetadata:
    """Spark's ``OperatorStateMetadataV1``: which stores an operator has and how many partitions."""

    operator_id: int
    operator_name: str
    stores: tuple[tuple[str, int], ...]
    partitions: int


def write_metadata(operator: Path, metadata: OperatorMetadata) -> None:
    r"""Write ``_metadata/metadata`` durably, in Spark's own bytes: ``v1\n`` and one JSON object, no newline."""
    info = [
        {"storeName": name, "numColsPrefixKey": prefix, "numPartitions": metadata.partitions}
        for name, prefix in metadata.stores
    ]
    about = {"operatorId": metadata.operator_id, "operatorName": metadata.operator_name}
    text = json.dumps({"operatorInfo": about, "stateStoreInfo": info}, separators=(",", ":"))
    path = operator / "_metadata" / "metadata"
    make_directory(path.parent)
    write_durably(path, [b"v1\n" + text.encode()], "state.metadata")


def read_metadata(operator: Path) -> OperatorMetadata | None:
    """Return an operator's metadata, or None when there is none."""
    path = operator / "_metadata" / "metadata"
    if not path.exists():
        return None
    content = json.loads(path.read_bytes().partition(b"\n")[2])
    stores = content["stateStoreInfo"]
    return OperatorMetadata(
        content["operatorInfo"]["operatorId"],
        content["operatorInfo"]["operatorName"],
        tuple((store["storeName"], store["numColsPrefixKey"]) for store in stores),
        stores[0]["numPartitions"],
    )


def write_schema(operator: Path, schema: StoredSchema) -> None:
    """Write ``_metadata/schema`` durably (frame: see :func:`write_json`).

    ``{"provider": …, "stores": [{"name", "multi", "expiry", "partition_by", "prefix", "keys", "values", "names", "since",
    "until"}], "properties": {…}}``; the two schemas are Arrow IPC schema messages in base64.
    """
    stores = [
        {
            "name": spec.name,
            "multi": spec.multi,
            "expiry": spec.expiry,
            "partition_by": spec.partition_by,
            "prefix": spec.prefix_columns,
            "keys": _text(spec.keys),
            "values": _text(spec.values),
            "names": spec.names,
            "since": schema.life(spec.name).since,
            "until": schema.life(spec.name).until,
        }
        for spec in schema.specs
    ]
    content = {"provider": schema.provider, "stores": stores, "properties": dict(schema.properties)}
    write_json(operator / "_metadata" / "schema", content, "state.schema")


def read_stored(operator: Path) -> StoredSchema | None:
    """Return what was written of an operator's stores, or None."""
    try:
        content = read_json(operator / "_metadata" / "schema")
    except FileNotFoundError:
        return None
    except CorruptFileError as error:
        raise ExecutionError(
            "CANNOT_LOAD_STATE_STORE.CORRUPT_FILE", file=error.path, reason=error.reason
        ) from error
    stores = content["stores"]
    lives = {store["name"]: Life(store.get("since", 0), store.get("until")) for store in stores}
    specs = tuple(_spec(store) for store in stores)
    return StoredSchema(content["provider"], specs, lives, content.get("properties", {}))


def read_schema(operator: Path) -> tuple[str, list[StoreSpec]] | None:
    """Return ``(provider, specs)`` as they were written, or None."""
    stored = read_stored(operator)
    return None if stored is None else (stored.provider, list(stored.specs))


def check_keys(stored: list[StoreSpec], asked: list[StoreSpec]) -> None:
    """Refuse rows under keys of another type; the user's keys are part of the keys of a map's rows, as in Spark."""
    for old, spec in _pairs(stored, asked):
        before, now = _with_map_key(old), _with_map_key(spec)
        if not same_types(pa.struct(before), pa.struct(now)):
            raise _incompatible("keys", _called(before, old.names), _called(now, spec.names))


def check_values(stored: list[StoreSpec], asked: list[StoreSpec]) -> None:
    """Refuse to read values of one schema as another.

    As Spark's ``StateSchemaCompatibilityChecker``: types and their order count, names do not. A variable's TTL is one of its columns.
    """
    for old, spec in _pairs(stored, asked):
        if not same_types(pa.struct(old.values), pa.struct(spec.values)):
            before, now = (_called(one.values, one.names[len(one.keys) :]) for one in (old, spec))
            raise _incompatible("values", before, now)
        if old.names and _has_ttl(old) != _has_ttl(spec):
            raise _incompatible("values", _shown(old), _shown(spec))


def _pairs(
    stored: list[StoreSpec], asked: list[StoreSpec]
) -> Iterator[tuple[StoreSpec, StoreSpec]]:
    known = {spec.name: spec for spec in stored}
    return ((known[spec.name], spec) for spec in asked if spec.name in known)


def _with_map_key(spec: StoreSpec) -> pa.Schema:
    """Return the key columns, with the user's own where the store is a map's: a list of ``key``, ``value`` and more."""
    if spec.values.names != ["value", spec.expiry] or not pa.types.is_list(spec.values.types[0]):
        return spec.keys
    entry = spec.values.types[0].value_type
    parts = list(entry) if pa.types.is_struct(entry) else []
    return pa.schema([*spec.keys, *(part for part in parts if part.name == "key")])


def _has_ttl(spec: StoreSpec) -> bool:
    return TTL in spec.names[len(spec.keys) :]


def _shown(spec: StoreSpec) -> pa.Schema:
    """Return the value columns as the state reader names them; a variable without TTL has none that expires."""
    named = _called(spec.values, spec.names[len(spec.keys) :])
    return pa.schema([field for field in named if field.name == TTL or field.name != spec.expiry])


def _called(schema: pa.Schema, names: tuple[str, ...]) -> pa.Schema:
    """Return columns as people know them, the first of them by ``names``."""
    known = [field.with_name(name) for field, name in zip(schema, names, strict=False)]
    return pa.schema([*known, *list(schema)[len(known) :]])


def _incompatible(side: str, before: pa.Schema, now: pa.Schema) -> AnalysisError:
    word = {"keys": "Key", "values": "Value"}[side]
    shown = {f"stored{word}Schema": pa.struct(before), f"new{word}Schema": pa.struct(now)}
    return AnalysisError(f"STATE_STORE_{word.upper()}_SCHEMA_NOT_COMPATIBLE", **shown)


def _text(schema: pa.Schema) -> str:
    return base64.b64encode(schema.serialize()).decode()


def _spec(store: dict) -> StoreSpec:
    keys, values = (
        pa.ipc.read_schema(pa.py_buffer(base64.b64decode(store[side])))
        for side in ("keys", "values")
    )
    by = store["partition_by"]
    return StoreSpec(
        keys,
        values,
        store["name"],
        store["multi"],
        store["expiry"],
        None if by is None else tuple(by),
        store["prefix"],
        tuple(store.get("names", ())),
    )
