"""The template process as the engine sees it, and the workers it makes."""

from __future__ import annotations

import json
import os
import pickle
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from workbench.base.errors import ExecutionError
from workbench.engine.workers.contract import Preload
from workbench.engine.workers.template_main import LARGEST

_PROGRAM = "import sys; from workbench.engine.workers.template_main import main; main(int(sys.argv[1]), sys.argv[2])"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_START_SECONDS = 120.0


class Template:
    """A clean Python process, started and not forked, that imports once what workers need. Thread-safe.

    It ends when this end of its socket closes, so it does not outlive the engine, however that ends.
    """

    def __init__(self, preload: Preload) -> None:
        self._lock = threading.Lock()
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(_START_SECONDS)
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [
                sys.executable,
                "-c",
                _PROGRAM,
                str(theirs.fileno()),
                json.dumps([preload.path, preload.modules]),
            ],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            env=_environment(preload.path),
            # An interrupt from the keyboard, or of the notebook, is the engine's to handle.
            start_new_session=True,
        )
        theirs.close()

    @property
    def is_alive(self) -> bool:
        """Whether it can make workers."""
        return self._process.poll() is None

    def fork(self, connection: int, lifeline: int) -> int:
        """Make a worker that serves ``connection`` and lives as long as ``lifeline``; return its process number.

        Raises
        ------
        ExecutionError
            ``PYTHON_WORKER_NOT_STARTED``.
        """
        try:
            return int(self._ask(("fork",), [connection, lifeline]))
        except (OSError, EOFError) as error:
            code = self._process.poll()
            reason = f"its process ended with exit code {code}" if code is not None else str(error)
            raise ExecutionError("PYTHON_WORKER_NOT_STARTED", reason=reason) from error

    def wait(self, pid: int) -> int | None:
        """Return how a worker that is ending ended; None when that cannot be told any more."""
        with suppress(OSError, EOFError):
            return int(self._ask(("wait", pid), []))
        return None

    def close(self) -> None:
        """Let it end."""
        self._socket.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)

    def let_go(self) -> None:
        """Close this process's copy of the socket; for a forked child of the engine."""
        self._socket.close()

    def _ask(self, request: tuple[Any, ...], ends: list[int]) -> Any:
        with self._lock:
            socket.send_fds(self._socket, [pickle.dumps(request)], ends)
            return pickle.loads(self._socket.recv(LARGEST))


def _environment(path: tuple[str, ...]) -> dict[str, str]:
    """One thread each for the numeric libraries: the workers are the threads."""
    made = {**os.environ, "PYTHONPATH": os.pathsep.join(one for one in path if one)}
    for name in _THREADS:
        made.setdefault(name, "1")
    return made
