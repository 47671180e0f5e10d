"""Whether two plans mean the same (``df.sameSemantics``): equal once the client's plan ids no longer matter."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from workbench.engine.plan.relations import Relation, Tagged


def form(plan: Relation) -> Any:
    """Return nested tuples that are equal for plans of one meaning: ids are numbered in order of appearance."""
    return _form(plan, {})


def hash_of(plan: Relation) -> int:
    """Return a 32-bit signed hash, the same in every process."""
    digest = hashlib.blake2b(repr(form(plan)).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little", signed=True)


def _form(value: Any, numbers: dict[int, int]) -> Any:
    if isinstance(value, Tagged):
        return (_number(value.plan_id, numbers), _form(value.child, numbers))
    if isinstance(value, pa.Table):
        return _rows(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = (
            (field.name, _field(field.name, getattr(value, field.name), numbers))
            for field in dataclasses.fields(value)
        )
        return (type(value).__name__, *fields)
    if isinstance(value, (list, tuple)):
        return tuple(_form(one, numbers) for one in value)
    if isinstance(value, Mapping):
        return tuple(sorted((str(key), repr(_form(one, numbers))) for key, one in value.items()))
    return value


def _field(name: str, value: Any, numbers: dict[int, int]) -> Any:
    if name == "plan_id" and value is not None:
        return _number(value, numbers)
    return _form(value, numbers)


def _number(plan_id: int, numbers: dict[int, int]) -> int:
    return numbers.setdefault(plan_id, len(numbers))


def _rows(table: pa.Table) -> tuple[str, str]:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return (str(table.schema), hashlib.blake2b(sink.getvalue()).hexdigest())
