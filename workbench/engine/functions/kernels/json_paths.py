"""Values of JSON texts by path. JSON is read by Python's own parser, one text at a time."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa

from workbench.engine.functions.kernels.structures import make_struct


def _shown(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _read(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return None


def json_tuple(texts: pa.Array, *names: pa.Array, to: pa.DataType) -> pa.Array:
    """Return one row per text: the named top-level fields as text."""
    objects = [_read(text) for text in texts.to_pylist()]
    wanted = [name.to_pylist() for name in names]
    columns = [
        pa.array(
            [
                _shown(found.get(name)) if isinstance(found, dict) else None
                for found, name in zip(objects, column, strict=True)
            ],
            pa.string(),
        )
        for column in wanted
    ]
    offsets = pa.array(np.arange(len(texts) + 1, dtype=np.int32))
    return pa.ListArray.from_arrays(offsets, make_struct(*columns, to=to.value_type), to)
