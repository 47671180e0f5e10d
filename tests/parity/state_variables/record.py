"""Write down how Apache Spark's state reader shows a processor's variables: ``python -m tests.parity.state_variables.record``.

With Spark's own Python. Names after it are recorded again; without any, those that are not on record yet.
"""

from __future__ import annotations

from pathlib import Path

from tests.parity.recording import record
from tests.parity.state_variables.queries import NAMES, answers

if __name__ == "__main__":
    record(NAMES, answers, Path(__file__).with_name("answers.json"))
