"""What the streams that are killed read."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from tests.crash.test_stream_crash import write

_WELL_UNDER_WAY = 8
"""From this file on the watermark has moved, whatever files shared a batch."""


def fill(folder, files):
    """Write many small files of rows whose times mostly rise, and two far later ones, so that every window closes.

    A kill before a batch's offsets are durable may put two files in one batch, so no answer may depend on which files share one:
    a row is late by an hour or not at all.
    """
    (folder / "in").mkdir()
    chance, start = random.Random(11), datetime(2024, 1, 1)
    for number in range(files):
        rows = [
            {
                "t": f"{start + timedelta(seconds=number * 60 + chance.randrange(-120, 120)):%Y-%m-%dT%H:%M:%SZ}",
                "k": chance.choice("abc"),
                "x": chance.randrange(100),
            }
            for _ in range(6)
        ]
        if number > _WELL_UNDER_WAY:
            rows[3]["t"] = f"{start - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
        write(folder, number, rows)
    for number, day in enumerate((2, 3), files):
        write(folder, number, [{"t": f"2024-01-0{day}T00:00:00Z", "k": "end", "x": 1}])
    return folder
