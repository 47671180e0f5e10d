"""Write down what Apache Spark answers: ``python -m tests.parity.misplaced_functions.record``, with Spark's own Python.

Names after it are recorded again; without any, those that are not on record yet.
"""

from __future__ import annotations

from pathlib import Path

from tests.parity.misplaced_functions.queries import NAMES, told
from tests.parity.recording import record

if __name__ == "__main__":
    record(NAMES, told, Path(__file__).with_name("answers.json"))
