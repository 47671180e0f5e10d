"""A process that has everything loaded and runs each stream in a child of its own, which may be killed.

A fresh interpreter takes over a second to load the engine; a child of this one is ready at once and as ignorant: this
process itself runs no stream, starts no thread and opens no file. ``python -m tests.crash.fork_server MODULE`` takes one JSON
object a line: in, the arguments of the module's ``run`` and ``at``, the crash points; out, ``died`` (the point it was killed
at, null when it ran to its end) and ``error``.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from workbench.base.failpoints import NOTE, VARIABLE

ROOT = Path(__file__).resolve().parents[2]
LONGEST_S = 300


class ForkServer:
    """The process, as a test uses it.

    Parameters
    ----------
    module : str
        Whose ``run(shape, folder, provider, partitions)`` is a stream; what it imports is loaded once.
    """

    def __init__(self, module: str) -> None:
        command = [sys.executable, "-m", "tests.crash.fork_server", module]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(
        self, shape: str, folder: Path, provider: str = "", at: str = "", partitions: str = ""
    ) -> str | None:
        """Run a stream until it is killed or has read everything; return the crash point that killed it."""
        more = [partitions] if partitions else []
        job = {"run": [shape, str(folder), provider, *more], "at": at}
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert not answer["error"], answer["error"]
        return answer["died"]

    def close(self) -> None:
        """End the process."""
        self.process.communicate(timeout=LONGEST_S)


LOADED = (
    "workbench.engine.sql",
    "workbench.engine.connectors.formats.json",
    "workbench.engine.state.rocksdb",
    "workbench.engine.state.rocksmulti",
)
"""What a stream imports when it first needs it."""


def serve() -> None:
    """Answer until there is no more input."""
    for name in LOADED:
        import_module(name)
    run = import_module(sys.argv[1]).run
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(run, json.loads(line))) + "\n")
        sys.stdout.flush()


def _answer(run: Callable[..., None], job: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as told:
        note, log = Path(told, "note"), Path(told, "log")
        child = os.fork()
        if not child:
            _child(run, job, note, log)
        _, status = os.waitpid(child, 0)
        died = note.read_text() if note.exists() else None
        expected = -signal.SIGKILL if died else 0
        failed = os.waitstatus_to_exitcode(status) != expected
        return {"died": died, "error": f"{status}: {log.read_text()[-3000:]}" if failed else ""}


def _child(run: Callable[..., None], job: dict[str, Any], note: Path, log: Path) -> None:
    # A session of its own: what a child hangs in must not hold the tests up for ever.
    signal.alarm(LONGEST_S)
    os.environ[VARIABLE], os.environ[NOTE] = job["at"], str(note)
    shape, folder, *more = job["run"]
    with log.open("w") as out:
        os.dup2(out.fileno(), 2)
        try:
            run(shape, Path(folder), *more)
        except BaseException:  # noqa: BLE001 - the top of a process: whatever ends it is told to the test
            traceback.print_exc(file=out)
            out.flush()
            os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    serve()
