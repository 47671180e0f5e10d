"""Write down what Apache Spark's streams answer with every aggregate: ``python -m tests.parity.stream_aggregates.record``, with Spark's own Python.

Names after it are recorded again; without any, those that are not on record yet.
"""

from __future__ import annotations

from pathlib import Path

from tests.parity.recording import record
from tests.parity.stream_aggregates.queries import QUERIES, answers

if __name__ == "__main__":
    record(QUERIES, answers, Path(__file__).with_name("answers.json"))
