"""Keeps the notebook's kernel status true while questions are answered beside a running cell."""

from __future__ import annotations

import threading
from collections.abc import Callable
from threading import RLock, Timer
from typing import Any

SOON_S = 0.1


class RunningCell:
    """Knows the running cell's request, and says "busy" again after a subshell has said "idle".

    A kernel has one status for all its shells: whatever a subshell answers ends in "idle", also while a cell runs
    (JupyterLab shows the last one it heard). A cell's own "idle" follows its `post_execute`, which waits for the
    lock, so a "busy" of ours never comes after it.
    """

    def __init__(self, shell: Any) -> None:
        self.kernel = shell.kernel
        self.lock = RLock()
        # A session is made in a cell, whose `pre_execute` has passed.
        self.request: dict[str, Any] | None = self.kernel.get_parent("shell")
        self.after: Callable[[], None] | None = None
        shell.events.register("pre_execute", self.begin)
        shell.events.register("post_execute", self.end)

    def begin(self) -> None:
        """Note the cell that starts. Subshells execute as well, on other threads."""
        if threading.current_thread() is threading.main_thread():
            with self.lock:
                self.request = self.kernel.get_parent("shell")

    def end(self) -> None:
        """Note that it ended."""
        if threading.current_thread() is threading.main_thread():
            with self.lock:
                self.request = None
                step, self.after = self.after, None
            if step is not None:
                step()

    def put_off(self, step: Callable[[], None]) -> bool:
        """Keep a step for the end of the cell that runs; return False where none runs."""
        with self.lock:
            if self.request is None:
                return False
            self.after = step
            return True

    def remind_soon(self) -> None:
        """Say "busy" again as soon as the answer under way has ended, if a cell still runs then."""
        if threading.current_thread() is not threading.main_thread():
            timer = Timer(SOON_S, self.remind)
            timer.daemon = True
            timer.start()

    def remind(self) -> None:
        """Say "busy" if a cell runs."""
        with self.lock:
            if self.request is not None:
                self.kernel.session.send(
                    self.kernel.iopub_socket,
                    "status",
                    {"execution_state": "busy"},
                    parent=self.request,
                    ident=b"status",
                )


_running: dict[int, RunningCell] = {}


def watch(shell: Any) -> None:
    """Know the running cell from now on; nothing happens outside a kernel, or the second time."""
    if getattr(shell, "kernel", None) is not None and id(shell) not in _running:
        _running[id(shell)] = RunningCell(shell)


def when_idle(step: Callable[[], None]) -> None:
    """Do something now, or at the end of the cell that runs."""
    if not any(cell.put_off(step) for cell in _running.values()):
        step()


def remind() -> None:
    """Say "busy" where a cell runs."""
    for cell in _running.values():
        cell.remind()


def is_deaf() -> bool:
    """Whether a cell runs in a kernel without subshells: it hears no page until the cell has ended."""
    return any(
        cell.request is not None and not getattr(cell.kernel, "_supports_kernel_subshells", False)
        for cell in _running.values()
    )


def remind_soon() -> None:
    """Have the page told that the cell still runs."""
    for cell in _running.values():
        cell.remind_soon()
