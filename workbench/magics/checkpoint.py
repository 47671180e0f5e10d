"""``%checkpoint``: what a checkpoint holds, and how two batches differ."""

from __future__ import annotations

import json
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments

from workbench.magics.arguments import parse
from workbench.magics.errors import no_such, one_line

LOGS = ("offsets", "commits")


@magics_class
class CheckpointMagic(Magics):
    """Reads checkpoints, Spark's or this engine's: the layout is the same."""

    @magic_arguments()
    @argument(
        "action",
        choices=("ls", "show", "diff"),
        help="ls: its batches; show: one batch; diff: two batches",
    )
    @argument("path", help="the checkpoint's folder")
    @argument(
        "batches",
        nargs="*",
        type=int,
        help="batch numbers: one for show, two for diff (the newest)",
    )
    @line_magic
    @one_line
    def checkpoint(self, line: str) -> Any:
        """List, show or compare the batches of a checkpoint."""
        given = parse(self.checkpoint, line)
        root = Path(given.path).expanduser()
        if not (root / "metadata").exists():
            raise UsageError(f"{root} is no checkpoint: it has no file `metadata`.")
        if given.action == "ls":
            return listing(root)
        if given.action == "show":
            print(shown(root, *(given.batches or [newest(root)])[:1]))
            return None
        last = newest(root)
        before, after = given.batches or (last - 1, last)
        lines = (shown(root, batch).splitlines() for batch in (before, after))
        print(
            "\n".join(unified_diff(*lines, f"batch {before}", f"batch {after}", lineterm="", n=100))
        )
        return None


def batches(root: Path, log: str) -> list[int]:
    """Return the batch numbers of a log, in order."""
    folder = root / log
    return (
        sorted(int(one.name) for one in folder.iterdir() if one.name.isdigit())
        if folder.exists()
        else []
    )


def newest(root: Path) -> int:
    """Return the newest batch."""
    found = batches(root, "offsets")
    if not found:
        raise UsageError(f"{root} has no batches yet.")
    return found[-1]


def listing(root: Path) -> pd.DataFrame:
    """Return one line a batch: whether it is committed, its watermark, its offsets."""
    committed = set(batches(root, "commits"))
    rows = []
    for batch in batches(root, "offsets"):
        _, metadata, *offsets = (root / "offsets" / str(batch)).read_text("utf-8").splitlines()
        watermark = json.loads(metadata)["batchWatermarkMs"]
        rows.append(
            (
                batch,
                batch in committed,
                pd.Timestamp(watermark, unit="ms", tz="UTC"),
                " | ".join(offsets),
            )
        )
    return pd.DataFrame(rows, columns=["batch", "committed", "watermark", "offsets"])


def shown(root: Path, batch: int) -> str:
    """Return both entries of a batch, JSON laid out."""
    if batch not in batches(root, "offsets"):
        raise no_such("batch", str(batch), [str(one) for one in batches(root, "offsets")[-10:]])
    parts = []
    for log in LOGS:
        path = root / log / str(batch)
        text = (
            "\n".join(map(_pretty, path.read_text("utf-8").splitlines()))
            if path.exists()
            else "(not committed)"
        )
        parts.append(f"{log}/{batch}\n{text}")
    return "\n\n".join(parts)


def _pretty(line: str) -> str:
    try:
        return json.dumps(json.loads(line), indent=2)
    except ValueError:
        return line
