"""What a process of Apache Spark's own Python is started with."""

from __future__ import annotations

import os


def spark_environ() -> dict[str, str]:
    """This process's environment without what a Spark Connect client leaves there: it would send Spark to our server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
