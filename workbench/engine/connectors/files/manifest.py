"""The ``_spark_metadata`` manifest, as a reader of a streaming sink's folder sees it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

from workbench.engine.connectors.files.status import FileStatus, from_uri

FOLDER = "_spark_metadata"


def is_sink_folder(path: str) -> bool:
    """Tell whether a streaming file sink wrote this folder."""
    return os.path.isdir(os.path.join(path, FOLDER))


def batches(log: str) -> dict[int, str]:
    """Return the batch files of a compactible log: batch id to file name, compacted files winning."""
    found: dict[int, str] = {}
    for name in sorted(os.listdir(log)) if os.path.isdir(log) else ():
        number = name.removesuffix(".compact")
        if number.isdigit() and (name.endswith(".compact") or int(number) not in found):
            found[int(number)] = name
    return found


def needed(found: dict[int, str]) -> list[int]:
    """Return the batches that make up the log's present content: the last compacted one, and those after it."""
    compacted = [batch for batch, name in found.items() if name.endswith(".compact")]
    start = max(compacted, default=-1)
    return sorted(batch for batch in found if batch >= start)


def read_manifest(root: str) -> Iterator[FileStatus]:
    """Yield the files that finished batches wrote."""
    log = os.path.join(root, FOLDER)
    found = batches(log)
    for batch in needed(found):
        with open(os.path.join(log, found[batch]), encoding="utf-8") as file:
            lines = file.read().splitlines()[1:]
        for entry in map(json.loads, lines):
            yield FileStatus(from_uri(entry["path"]), entry["size"], entry["modificationTime"])
