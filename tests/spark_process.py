"""What a process of Apache Spark's own Python is started with."""

from __future__ import annotations

import os

JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""For a Java that lives some seconds: what the second compiler and the collector's threads take, they do not bring in again."""


def spark_environ() -> dict[str, str]:
    """This process's environment without what a Spark Connect client leaves there: it would send Spark to our server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    return kept | {"JAVA_TOOL_OPTIONS": f"{kept.get('JAVA_TOOL_OPTIONS', '')} {JAVA_OPTIONS}"}
