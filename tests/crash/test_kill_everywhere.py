"""Kill a stream at every durable step, with each operator and both providers: nobody can tell afterwards.

One stream is killed at one step after the other, each time in a process of its own that goes on where the last one died, and
is compared with a run nothing disturbed: the rows written and all rows of state. By default every operator takes its share of
the steps with one of the providers, so that each step is taken by some; ``WORKBENCH_ALL_KILLS=1`` takes every step with every
operator and both providers.
"""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from tests.crash.events import fill
from tests.crash.outcome import output, state
from tests.crash.stream_run import SHAPES, STREAMED

WHOLE = os.environ.get("WORKBENCH_ALL_KILLS") == "1"
FIRST = [
    "metadata.written", "metadata.named",
    *(f"state.{file}.{step}" for file in ("metadata", "schema", "layout") for step in ("written", "renamed", "durable")),
]  # fmt: skip
"""Steps of a checkpoint's first batch."""
EVERY = [
    "offsets.before", "offsets.written", "offsets.named", "offsets.after",
    "file-source.chosen", "file-source.log.written", "file-source.log.durable",
    "sink.before", "file-sink.files", "file-sink.log.written", "file-sink.log.durable", "sink.after",
    "state.delta.written", "state.delta.renamed", "state.delta.durable", "state.partition", "state.after",
    "state.same.named", "state.same.durable",
    "state.snapshot.written", "state.snapshot.renamed", "state.snapshot.durable", "state.purge",
    "commits.before", "commits.written", "commits.named", "commits.after", "source.committed",
]  # fmt: skip
NOT_ALWAYS = {
    step for step in EVERY if step.startswith(("state.snapshot", "state.purge", "state.same"))
}
"""Steps of the maintenance thread, to which a process that is over first does not come, and of a batch that leaves a store as it
was, which some streams have not. ``tests/engine/state`` holds that each is reached."""
AGAIN = ["state.layout.written", "state.layout.renamed", "state.layout.durable", "state.discard"]
"""Steps of a start with another number of partitions, after a kill between two stores."""
PROVIDERS = ("", "rocksdb")
KINDS = [shape for shape in [*SHAPES, *STREAMED] if shape != "rows"]
STREAMS = (
    [(shape, provider) for provider in PROVIDERS for shape in KINDS]
    if WHOLE
    else [(shape, PROVIDERS[place % 2]) for place, shape in enumerate(KINDS)]
)
FILES = 80 if WHOLE else 30
SHARE = 8
"""Every stream takes one step in so many."""

pytestmark = [pytest.mark.crash, pytest.mark.slow]


def steps(place):
    """Return the steps of a stream, in the order they are taken."""
    # The one count of a limit cannot be divided, and its layout, once it is there, is not written again.
    never = AGAIN[2:3] if STREAMS[place][0] == "limit" else []
    first = [step for step in FIRST if step not in never]
    again = [step for step in AGAIN if not never or "layout" not in step]
    taken = [*first, *random.Random(place).sample(EVERY, len(EVERY)), *again]
    return (
        taken if WHOLE else [step for at, step in enumerate(taken) if at % SHARE == place % SHARE]
    )


@pytest.mark.parametrize("place", range(len(STREAMS)))
def test_no_step_is_a_bad_one_to_die_at(tmp_path, forks, undisturbed, place):
    shape, provider = STREAMS[place]
    folder, reached = fill(tmp_path, FILES), set()
    for number, step in enumerate(steps(place)):
        partitions = str(3 + number % 7) if step in AGAIN else ""
        if step == "state.discard":
            forks.run(shape, folder, provider, at="state.partition:2")
        reached.add(
            forks.run(shape, folder, provider, at=f"{step},commits.after:4", partitions=partitions)
        )
    assert forks.run(shape, folder, provider) is None
    rows, kept = undisturbed(shape, FILES)
    assert output(folder) == rows
    assert state(folder) == kept
    assert set(steps(place)) - NOT_ALWAYS <= reached


def test_the_steps_are_those_of_the_code():
    """A new crash point is a step to kill at."""
    root = Path(__file__).resolve().parents[2] / "workbench"
    found = subprocess.run(
        ["grep", "-rhoE", r'failpoint\("[a-z.-]+"\)', str(root)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    named = {line.split('"')[1] for line in found.splitlines()} - {"name"}
    elsewhere = {"file-source.clean", *(name for name in named if name.startswith("worker."))}
    assert named - elsewhere <= {*FIRST, *EVERY, *AGAIN}
