"""What ``%%stateful`` reads: a stream of the notebook, by the name of a variable or of a view."""

from __future__ import annotations

from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame
from pyspark.sql.connect.dataframe import DataFrame as ConnectDataFrame
from pyspark.sql.types import TimestampType

from workbench.magics.errors import UsageError, no_such

_WATERMARK = "spark.watermarkDelayMs"


def source(spark: Any, name: str, namespace: dict[str, Any]) -> Any:
    """Return the streaming DataFrame a name stands for: a variable of the notebook, or a view.

    Raises
    ------
    UsageError
        There is no such stream, the nearest suggested.
    """
    found = namespace.get(name)
    if isinstance(found, DataFrame | ConnectDataFrame):
        frame, is_streaming = found, found.isStreaming
    else:
        try:
            frame = spark.table(name)
            is_streaming = frame.isStreaming
        except AnalysisException:
            if found is not None:
                kind = type(found).__name__
                raise UsageError(f"{name} is no streaming DataFrame but a {kind}.") from None
            raise no_such("streaming DataFrame or view", name, streams(namespace)) from None
    if not is_streaming:
        raise UsageError(f"{name} is no stream: %%stateful reads a DataFrame of spark.readStream.")
    return frame


def need_watermark(frame: Any, name: str) -> None:
    """Refuse timers that would never be due."""
    if any(_WATERMARK in (field.metadata or {}) for field in frame.schema.fields):
        return
    times = [one.name for one in frame.schema.fields if isinstance(one.dataType, TimestampType)]
    column = times[0] if times else "when"
    raise UsageError(
        f"--timers event needs a watermark, which {name} has not: {name}.withWatermark({column!r}, '10 seconds') gives one."
    )


def streams(namespace: dict[str, Any]) -> list[str]:
    """Return the names of a notebook's streaming DataFrames."""
    frames = {
        name: one
        for name, one in namespace.items()
        if isinstance(one, DataFrame | ConnectDataFrame)
    }
    return [name for name, one in frames.items() if not name.startswith("_") and one.isStreaming]


def written(name: str, namespace: dict[str, Any]) -> str:
    """Return a stream as a program writes it."""
    return (
        name
        if isinstance(namespace.get(name), DataFrame | ConnectDataFrame)
        else f"spark.table({name!r})"
    )


def grouping(frame: Any, words: list[str]) -> list[str]:
    """Return the columns of a key.

    Raises
    ------
    UsageError
        The stream has no such column, the nearest suggested.
    """
    keys = [part for one in words for part in one.replace(",", " ").split()]
    for key in keys:
        if key not in frame.columns:
            raise no_such("column", key, frame.columns)
    return keys
