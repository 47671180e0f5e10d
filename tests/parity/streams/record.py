"""Write down what Apache Spark answers: ``python -m tests.parity.streams.record FIRST END ANSWERS``, with Spark's own Python.

``answers.json`` holds, by number, the case's digest and its batches, or the class of the error where Spark refuses it.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.parity.recording import UNCOMPILED, drawn, local_spark, read, write_cases
from tests.parity.streams.more_kinds import draw
from tests.parity.streams.running import run


def main(first: int, end: int, path: Path) -> None:
    spark, known = local_spark(UNCOMPILED), read(path)
    with ThreadPoolExecutor(3) as pool:
        entries = pool.map(lambda number: drawn(spark, draw(number), run), range(first, end))
        for number, entry in zip(range(first, end), entries, strict=True):
            known[str(number)] = entry
            write_cases(known, path)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
