"""What kernels over dates and times share: values without NULLs, masks, wall-clock times."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine.functions.kernels import civil
from workbench.engine.functions.kernels.zones import DAY_US, instant, local_time

UTC = pa.timestamp("us", "UTC")

NTZ = pa.timestamp("us")


def present(*arrays: Any) -> pa.Array | None:
    """Return where every array has a value, or None where all do."""
    masks = [a.is_valid() for a in arrays if isinstance(a, pa.Array) and a.null_count]
    if any(isinstance(a, pa.Scalar) and not a.is_valid for a in arrays):
        length = next(len(a) for a in arrays if isinstance(a, pa.Array))
        return pa.repeat(pa.scalar(False), length)
    made = None
    for mask in masks:
        made = mask if made is None else pc.and_(made, mask)
    return made


def masked(
    values: np.ndarray, kind: pa.DataType, valid: pa.Array | None, storage: Any = None
) -> pa.Array:
    """Return NumPy values as Arrow, NULL where not valid."""
    made = pa.array(values.astype(storage) if storage is not None else values)
    made = made.cast(kind) if made.type != kind else made
    return made if valid is None else pc.if_else(valid, made, pa.scalar(None, kind))


def ints(value: Any) -> np.ndarray:
    """Return whole numbers as NumPy, zero in place of NULL."""
    if isinstance(value, pa.Scalar):
        return np.int64(value.cast(pa.int64()).as_py() or 0)
    return civil.as_micros(value)


def days(value: Any) -> np.ndarray:
    """Return dates as days since 1970."""
    if isinstance(value, pa.Scalar):
        return np.int64(value.cast(pa.int32()).as_py() or 0)
    return civil.as_days(value)


def wall(moments: pa.Array, zone: str) -> pa.Array:
    """Return timestamps as wall-clock times; a timestamp without zone is one already."""
    return local_time(moments, zone) if moments.type.tz else moments


def local_days(moments: pa.Array, zone: str) -> np.ndarray:
    """Return the local day of dates or timestamps, days since 1970."""
    if pa.types.is_date(moments.type):
        return civil.as_days(moments)
    return np.floor_divide(civil.as_micros(wall(moments, zone)), DAY_US)


def back(local: pa.Array, kind: pa.DataType, zone: str) -> pa.Array:
    """Return wall-clock times as timestamps of a kind: instants of the zone, or as they are."""
    return instant(local, zone) if kind.tz else local
