"""The tests' temporary files are in memory while they run, where there is room, and leave nothing there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.cli import scratch


@pytest.fixture
def memory(monkeypatch, tmp_path):
    """A folder that stands for the one in memory, and has room."""
    monkeypatch.delenv(scratch.VARIABLE, raising=False)
    monkeypatch.setattr(scratch, "MEMORY", tmp_path)
    monkeypatch.setattr(scratch, "ROOM", 0)
    return tmp_path


def test_the_folder_is_there_as_long_as_the_tests_run(memory):
    with scratch.provide() as place:
        folder = Path(place["TMPDIR"])
        assert folder.parent == memory
        (folder / "left").mkdir()
    assert list(memory.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value"), [("ROOM", 1 << 62), ("MEMORY", Path("/no/such/folder"))]
)
def test_where_there_is_no_room_the_usual_place_is_used(memory, monkeypatch, name, value):
    monkeypatch.setattr(scratch, name, value)
    with scratch.provide() as place:
        assert place == {}


def test_whoever_chose_a_place_keeps_it(memory, monkeypatch):
    monkeypatch.setenv(scratch.VARIABLE, "/elsewhere")
    with scratch.provide() as place:
        assert place == {}


def test_what_a_killed_run_left_is_removed_and_another_run_is_let_be(memory):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    mine, left = (memory / f"{scratch.PREFIX}{pid}-x" for pid in (os.getpid(), dead.pid))
    for folder in (mine, left):
        folder.mkdir()
    with scratch.provide():
        assert mine.exists()
        assert not left.exists()
