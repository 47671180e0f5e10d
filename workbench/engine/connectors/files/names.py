"""Names of part files, as Spark's commit protocols make them."""

from __future__ import annotations


def part_name(split: int, job: str, number: int, extension: str, in_partition: bool) -> str:
    """Return ``part-00000-<job>-c000.snappy.parquet``; inside a partition folder a dot stands before the ``c``."""
    dash = "." if in_partition else "-"
    return f"part-{split:05d}-{job}{dash}c{number:03d}{extension}"
