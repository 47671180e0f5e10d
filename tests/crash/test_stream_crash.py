"""Kill a stream at every point between two durable steps, start it again, and find each row exactly once."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from datetime import datetime, timedelta

import pytest

from tests.crash.stream_run import SHAPES, new_session, query
from workbench.engine.plan import relations as r

POINTS = [
    "metadata.written", "metadata.named",
    "offsets.before", "offsets.written", "offsets.named", "offsets.after",
    "file-source.chosen", "file-source.log.written", "file-source.log.durable",
    "sink.before", "file-sink.files", "file-sink.log.written", "file-sink.log.durable", "sink.after",
    "commits.before", "commits.written", "commits.named", "commits.after", "source.committed",
]  # fmt: skip
STATE_POINTS = [
    "state.delta.written", "state.delta.renamed", "state.delta.durable", "state.partition", "state.after",
    "state.metadata.written", "state.schema.durable", "state.snapshot.written", "state.purge", "state.discard",
]  # fmt: skip

pytestmark = [pytest.mark.crash, pytest.mark.slow]


@pytest.fixture
def folder(tmp_path):
    """A folder with the input."""
    return fill(tmp_path)


def fill(tmp_path):
    """Write six files of rows whose times mostly rise, and a last one far later, so that every window closes."""
    (tmp_path / "in").mkdir()
    chance, start = random.Random(7), datetime(2024, 1, 1)
    for number in range(6):
        rows = [
            {
                "t": f"{start + timedelta(seconds=number * 400 + chance.randrange(500)):%Y-%m-%dT%H:%M:%SZ}",
                "k": chance.choice("abc"),
                "x": chance.randrange(100),
            }
            for _ in range(30)
        ]
        write(tmp_path, number, rows)
    far = [{"t": f"2024-01-0{day}T00:00:00Z", "k": "end", "x": 1} for day in (2, 3)]
    write(tmp_path, 6, far[:1])
    write(tmp_path, 7, far[1:])
    return tmp_path


def write(folder, number, rows):
    path = folder / "in" / f"{number}.json"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))


def rows_of(relation):
    import threading

    session = new_session()
    made = session.execute(relation(session), {}, threading.Event())
    return Counter(str(list(row.values())) for batch in made.batches for row in batch.to_pylist())


def written(folder, shape):
    session = new_session()
    schema = session.analyze(query(session, folder, shape, streaming=False)).schema.json()
    return rows_of(
        lambda session: r.ReadSource("json", schema=schema, options={"path": str(folder / "out")})
    )


def expected(folder, shape):
    """The batch answer, without the windows that are still open when the stream ends."""
    answer = rows_of(lambda session: query(session, folder, shape, streaming=False))
    return Counter(
        {
            row: n
            for row, n in answer.items()
            if "datetime.datetime(2024, 1, 3" not in row or shape in ("rows", "distinct", "join")
        }
    )


@pytest.mark.parametrize(
    "point", [*POINTS, *(f"{point}:3" for point in POINTS if not point.startswith("metadata"))]
)
def test_rows_are_written_exactly_once(forks, folder, point):
    assert forks.run("rows", folder, at=point)
    assert forks.run("rows", folder) is None
    assert written(folder, "rows") == expected(folder, "rows")


@pytest.mark.parametrize(
    "point",
    [*(f"{p}:2" for p in STATE_POINTS[:5]), "offsets.after:4", "sink.after:4", "commits.after:5"],
)
def test_windows_are_written_exactly_once(forks, folder, point):
    assert forks.run("windows", folder, at=point)
    assert forks.run("windows", folder) is None
    assert written(folder, "windows") == expected(folder, "windows")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_run_killed_again_and_again_ends_with_the_same_answer(forks, folder, shape):
    chance = random.Random(shape)
    points = POINTS if shape == "rows" else [*POINTS, *STATE_POINTS]
    for _ in range(4):
        forks.run(shape, folder, at=f"{chance.choice(points)}:{chance.randrange(1, 5)}")
    assert forks.run(shape, folder) is None
    assert written(folder, shape) == expected(folder, shape)
    if shape != "rows":
        assert (folder / "checkpoint/state/0").is_dir()
