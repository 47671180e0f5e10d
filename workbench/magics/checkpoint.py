"""``%checkpoint``: what a checkpoint holds, and how two batches differ."""

from __future__ import annotations

import json
import re
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments

from workbench.magics.arguments import at_least_one, parse, with_traceback
from workbench.magics.errors import UsageError, one_line

LOGS = ("offsets", "commits")
VERSION = re.compile(r"v\d+")


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
    @argument("batches", nargs="*", help="batch numbers: one for show, two for diff (the newest)")
    @argument("-n", "--limit", type=at_least_one, default=20, help="how many batches ls lists (20)")
    @with_traceback
    @line_magic
    @one_line
    def checkpoint(self, line: str) -> Any:
        """List, show or compare the batches of a checkpoint.

        ``%checkpoint ls FOLDER`` lists the newest batches, ``%checkpoint show FOLDER 3`` shows what is kept of batch 3, and
        ``%checkpoint diff FOLDER 2 3`` what changed from one to the other. ``{variable}`` in the line is its value.
        """
        given = parse(self.checkpoint, line)
        root = Path(given.path.removeprefix("file://")).expanduser()
        if not (root / "metadata").is_file():
            near = [str(one.parent) for one in sorted(root.glob("*/metadata"))]
            raise UsageError(
                f"{root} is no checkpoint: it has no file `metadata`."
                + (f" There are, below it: {', '.join(near[:5])}." if near else "")
            )
        found = batches(root, "offsets")
        if not found:
            raise UsageError(f"{root} has no batches yet: the query has not finished one.")
        if given.action == "ls":
            return listing(root, found[-given.limit :])
        wanted = _numbers(given.batches, 1 if given.action == "show" else 2, found)
        print(shown(root, *wanted) if given.action == "show" else difference(root, *wanted))
        return None


def batches(root: Path, log: str) -> list[int]:
    """Return the batch numbers of a log, in order."""
    folder = root / log
    names = [one.name for one in folder.iterdir()] if folder.is_dir() else []
    return sorted(int(name) for name in names if name.isdigit())


def _numbers(given: list[str], count: int, found: list[int]) -> list[int]:
    """Return the batches that are asked for; the newest when none is."""
    wanted = given or [str(one) for one in found[-count:]]
    if len(wanted) != count:
        many = "one batch" if count == 1 else "two batches"
        raise UsageError(
            f"{many} are wanted, or none for the newest, not {len(wanted)}: {' '.join(wanted)}."
        )
    for one in wanted:
        if not one.isdigit() or int(one) not in found:
            raise UsageError(f"There is no batch {one!r}. There are: {found[0]} to {found[-1]}.")
    return [int(one) for one in wanted]


def listing(root: Path, wanted: list[int]) -> pd.DataFrame:
    """Return one line a batch: whether it is committed, its watermark, its offsets."""
    committed = set(batches(root, "commits"))
    rows = []
    for batch in wanted:
        metadata, *offsets = entry(root / "offsets" / str(batch))
        watermark = json.loads(metadata).get("batchWatermarkMs")
        at = pd.Timestamp(watermark, unit="ms", tz="UTC") if watermark else None
        rows.append((batch, batch in committed, at, " | ".join(offsets)))
    return pd.DataFrame(rows, columns=["batch", "committed", "watermark", "offsets"])


def entry(path: Path) -> list[str]:
    """Return the lines of an entry of the offset log, without its version.

    Raises
    ------
    UsageError
        It is none.
    """
    version, *lines = path.read_text("utf-8", errors="replace").splitlines() or [""]
    if not VERSION.fullmatch(version) or not lines:
        raise UsageError(
            f"{path} is no entry of Spark's offset log: it begins with {version[:20]!r}, not 'v1'."
        )
    return lines


def shown(root: Path, batch: int) -> str:
    """Return both entries of a batch, JSON laid out."""
    parts = []
    for log in LOGS:
        path = root / log / str(batch)
        lines = (
            path.read_text("utf-8", errors="replace").splitlines()
            if path.exists()
            else ["(not committed)"]
        )
        parts.append("\n".join([f"{log}/{batch}", *map(_pretty, lines)]))
    return "\n\n".join(parts)


def difference(root: Path, before: int, after: int) -> str:
    """Return what changed from one batch to another."""
    lines = (shown(root, batch).splitlines() for batch in (before, after))
    return "\n".join(unified_diff(*lines, f"batch {before}", f"batch {after}", lineterm=""))


def _pretty(line: str) -> str:
    try:
        return json.dumps(json.loads(line), indent=2)
    except ValueError:
        return line
