"""Storage levels as messages and as text. Rows are kept in memory; the level is remembered for the user."""

from __future__ import annotations

from pyspark.sql.connect.proto import common_pb2

_FIELDS = ("use_disk", "use_memory", "use_off_heap", "deserialized", "replication")

NONE = common_pb2.StorageLevel(replication=1)
DEFAULT = common_pb2.StorageLevel(use_disk=True, use_memory=True, deserialized=True, replication=1)
"""``MEMORY_AND_DISK_DESER``, what ``cache()`` means."""


def to_text(level: common_pb2.StorageLevel) -> str:
    """Return the level as text: its fields' numbers in order."""
    return ",".join(str(int(getattr(level, field))) for field in _FIELDS)


def from_text(text: str | None) -> common_pb2.StorageLevel:
    """Return the level of a text that :func:`to_text` made; None is no level."""
    if text is None:
        return NONE
    level = common_pb2.StorageLevel()
    for field, number in zip(_FIELDS, text.split(","), strict=True):
        setattr(level, field, int(number) if field == "replication" else number == "1")
    return level
