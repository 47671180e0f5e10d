"""What a stream of files has done: the rows a reader sees, and the rows of its state."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from workbench.engine.state.reader import read_operators, read_state


def output(folder: Path) -> Counter:
    """Return what the sink shows to a reader: the files its log names, once each."""
    logs = sorted(
        (folder / "out/_spark_metadata").glob("[0-9]*"), key=lambda p: (int(p.stem), not p.suffix)
    )
    compacted = max((int(p.stem) for p in logs if p.suffix), default=-1)
    named = set()
    for log in logs:
        if int(log.stem) > compacted or (log.suffix and int(log.stem) == compacted):
            named |= {json.loads(line)["path"] for line in log.read_text().splitlines()[1:]}
    files = [folder / "out" / path.rsplit("/", 1)[-1] for path in named]
    return Counter(line for file in files for line in file.read_text().splitlines())


def state(folder: Path) -> dict[tuple[int, str], Counter]:
    """Return all rows of state, whatever their numbers and partitions."""
    found = {}
    for one in read_operators(folder / "checkpoint"):
        number = one.metadata.operator_id
        for spec in one.specs:
            rows = read_state(
                folder / "checkpoint", one.last_version, operator_id=number, store=spec.name
            )
            # Columns are named anew in every run, and rows are numbered in the order they came.
            names = [name for name in rows.column_names if name not in ("_row", "partition_id")]
            lists = (rows.column(name).to_pylist() for name in names)
            found[number, spec.name] = Counter(map(str, zip(*lists, strict=True)))
    return found
