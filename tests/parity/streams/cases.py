"""Queries over streams and what they read, drawn by a seed: the same ones wherever they run.

A case is data only: the rows of each batch of up to two sources, and steps that make a query of them. ``running.py`` runs a case on
any Spark session, ``record.py`` writes down what Apache Spark answers.
"""

from __future__ import annotations

import json
import random
import zlib
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

SCHEMA = "t TIMESTAMP, k STRING, x BIGINT, v DOUBLE, b BOOLEAN"
START = datetime(2024, 1, 1)

Rows = list[dict[str, object]]


@dataclass(frozen=True, slots=True)
class Input:
    """One source.

    Attributes
    ----------
    delay : str
        Of the watermark on ``t``; empty: it has none.
    batches : list
        The rows of each file; a batch reads one.
    """

    delay: str
    batches: list[Rows]


@dataclass(frozen=True, slots=True)
class Case:
    """One query and its input.

    Attributes
    ----------
    name : str
        Kind and number.
    inputs : dict of str to Input
        The sources, ``a`` and perhaps ``b``.
    steps : list
        ``(word, argument)``: ``sql`` with ``{a}``, ``{b}`` and ``{last}`` for the views, ``dedup``, ``dedup_within``, ``limit``.
    mode : str
        The output mode.
    conf : dict
        Settings of the session.
    """

    name: str
    inputs: dict[str, Input]
    steps: list[tuple[str, object]]
    mode: str
    conf: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """What tells whether an answer belongs to this very case."""
        return f"{zlib.crc32(json.dumps(asdict(self), sort_keys=True).encode()):08x}"


def draw_input(
    chance: random.Random, delay: str = "10 minutes", files: int = 0, keys: str = "abc"
) -> Input:
    """Draw rows whose times mostly rise from file to file, with late ones, far ones and nulls."""
    pace = chance.choice([5, 15, 40])
    files = files or chance.randrange(3, 6)
    return Input(delay, [_rows(chance, number * pace, pace, keys) for number in range(files)])


def _rows(chance: random.Random, minute: int, pace: int, keys: str) -> Rows:
    if chance.random() < 0.06:
        return []
    count = chance.randrange(1, 9)
    return [_row(chance, minute, pace, keys) for _ in range(count)]


def _row(chance: random.Random, minute: int, pace: int, keys: str) -> dict[str, object]:
    at = START + timedelta(minutes=minute, seconds=chance.randrange(0, pace * 60, 30))
    if chance.random() < 0.15:
        at -= timedelta(minutes=chance.randrange(1, 3 * pace + 1))
    row = {
        "t": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "k": chance.choice(keys),
        "x": chance.randrange(-5, 20),
        "v": chance.randrange(-40, 200) / 4,
        "b": chance.random() < 0.5,
    }
    return {name: None if chance.random() < _NULLS[name] else value for name, value in row.items()}


_NULLS = {"t": 0.01, "k": 0.04, "x": 0.06, "v": 0.06, "b": 0.05}
