"""Write down what Apache Spark answers: ``python -m tests.parity.state_changes.record``, with Spark's own Python.

Names after it are recorded again; without any, those that are not on record yet.
"""

from __future__ import annotations

from pathlib import Path

from tests.parity.recording import record
from tests.parity.state_changes.changes import NAMES, answer

if __name__ == "__main__":
    record(NAMES, answer, Path(__file__).with_name("answers.json"))
