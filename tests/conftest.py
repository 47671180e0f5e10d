"""What the whole suite shares: where the real browser and the real Spark are."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def spark_python() -> str:
    """The interpreter of an environment with Apache Spark 4.2, the oracle; skips where there is none."""
    named = os.environ.get("WORKBENCH_SPARK_PYTHON") or str(ROOT / "spark-venv" / "bin" / "python")
    if not Path(named).exists():
        pytest.skip("no Apache Spark here: `python -m workbench test` installs one")
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        pytest.skip("Apache Spark needs Java, and there is none")
    return named


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the Chromium the browser tests drive; skips where there is none."""
    path = os.environ.get("WORKBENCH_CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.skip("no Chromium here: `python -m workbench test` installs one when run as root")
    return path


@pytest.fixture
def spark():
    """The session of the engine in this process, in UTC; a new one after a test that stopped it."""
    import workbench as wb

    session = wb.session()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    return session
