"""What the template process runs: it imports what every worker needs, then becomes a worker once for each it is asked for.

A worker forked from it is ready in milliseconds and shares its memory. The template has one thread and no lock held, which is
what makes forking it safe; the engine's own process, with its many threads, is never forked.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pickle
import random
import socket
import sys
from typing import Any

from workbench.engine.workers import main as worker

LARGEST = 4096
"""More bytes than any request or answer has. They alternate, so each is read whole."""


def main(connection: int, preload: str) -> None:
    """Serve the engine until it closes its end; ``preload``: the import path and the modules to import, as JSON."""
    asking = socket.socket(fileno=connection)
    worker.be_a_program()
    path, modules = json.loads(preload)
    sys.path[:] = path
    for module in modules:
        importlib.import_module(module)
    # What is here stays: no collection in a worker writes to the pages it shares.
    gc.collect()
    gc.freeze()
    while True:
        data, ends, *_ = socket.recv_fds(asking, LARGEST, 2)
        if not data:
            os._exit(0)
        request, *given = pickle.loads(data)
        asking.send(pickle.dumps(_fork(asking, *ends) if request == "fork" else _wait(*given)))
        for end in ends:
            os.close(end)


def _fork(asking: socket.socket, connection: int, lifeline: int) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    asking.close()
    _own_chance()
    worker.main(connection, lifeline)
    os._exit(0)


def _own_chance() -> None:
    """Random numbers of a worker are not those of the next; Python's own generator sees to itself."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(random.SystemRandom().getrandbits(32))


def _wait(pid: int) -> int:
    """Return how a process that is ending ended, as ``Popen.returncode`` says it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
