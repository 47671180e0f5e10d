"""Which files a batch takes, of however many that wait."""

from __future__ import annotations

import pytest

from workbench.engine.connectors.file_source.choose import choose
from workbench.engine.connectors.file_source.options import FileStreamOptions
from workbench.engine.connectors.files.status import FileStatus
from workbench.engine.connectors.options import Options

WAITING = [FileStatus(f"/in/{number:03}", 10, number) for number in range(500)]


def chosen(seen=(), **given):
    """The names of the files a batch takes, of those behind them, and how many were looked at."""
    looked = []

    def is_new(file):
        looked.append(file)
        return file.path not in seen

    files, rest = choose(WAITING, is_new, FileStreamOptions.of(Options(given)))
    return [file.path for file in files], list(rest), len(looked)


@pytest.mark.parametrize(
    ("limit", "count"),
    [
        ({"maxFilesPerTrigger": "3"}, 3),
        ({"maxBytesPerTrigger": "30"}, 3),
        ({"maxBytesPerTrigger": "35"}, 3),
        ({"maxBytesPerTrigger": "5"}, 1),
    ],
)
def test_no_more_files_are_looked_at_than_a_batch_takes(limit, count):
    taken, rest, looked = chosen(**limit)
    assert taken == [file.path for file in WAITING[:count]]
    assert rest == WAITING[count:]
    assert looked == count + 1


def test_without_a_limit_all_that_is_new_is_taken():
    taken, rest, _ = chosen(seen={"/in/000", "/in/007"})
    assert len(taken) == 498
    assert rest == []


def test_what_was_taken_before_does_not_count():
    taken, rest, _ = chosen(seen={"/in/000", "/in/002"}, maxFilesPerTrigger="2")
    assert taken == ["/in/001", "/in/003"]
    assert rest == WAITING[4:]
