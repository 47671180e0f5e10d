"""Write down what Apache Spark answers: ``python -m tests.parity.stateful.record FIRST END ANSWERS``, with Spark's own Python.

As ``tests.parity.streams.record``, with the RocksDB store, which ``transformWithState`` needs there.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.parity.recording import ROCKSDB, drawn, local_spark, read, write_cases
from tests.parity.stateful.kinds import draw
from tests.parity.stateful.running import run


def main(first: int, end: int, path: Path) -> None:
    spark = local_spark(ROCKSDB)
    known = read(path)
    for number in range(first, end):
        known[str(number)] = drawn(spark, draw(number), run)
        write_cases(known, path)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
