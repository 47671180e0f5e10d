"""Calls side by side, each on a thread that waits for a worker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any


def side_by_side(calls: Sequence[Callable[[], Any]], width: int) -> list[Any]:
    """Make calls, up to ``width`` at a time, and return their answers in order.

    When one fails no other begins; those under way are waited for, then the failure of the first in order is raised. The
    calling thread takes part. The others are daemons: a call that never returns must not keep the process from ending.
    """
    answers: list[Any] = [None] * len(calls)
    failures: dict[int, BaseException] = {}
    waiting = iter(range(len(calls)))
    lock = threading.Lock()

    def take() -> int | None:
        with lock:
            return None if failures else next(waiting, None)

    def work() -> None:
        while (place := take()) is not None:
            try:
                answers[place] = calls[place]()
            except BaseException as error:  # noqa: BLE001 - the top of a thread: the caller raises it
                with lock:
                    failures[place] = error

    helpers = [
        threading.Thread(target=work, name="workbench-worker", daemon=True)
        for _ in range(min(width, len(calls)) - 1)
    ]
    for one in helpers:
        one.start()
    work()
    for one in helpers:
        one.join()
    if failures:
        raise failures[min(failures)]
    return answers
