"""``python -m workbench serve``: the engine as a process of its own, for any Spark Connect client."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import warnings
from pathlib import Path

from workbench.base.errors import WorkbenchError


def run(arguments: list[str]) -> int:
    """Serve until interrupted; return 0, or 2 when the server cannot start."""
    given = parser().parse_args(arguments)
    # PySpark's generated messages are older than the protobuf in use; that is allowed.
    warnings.filterwarnings("ignore", "Protobuf gencode version")
    from workbench.connect.standalone import Place, Standalone
    from workbench.connect.tokens import new_token, read_token

    place = Place(given.host, given.port, given.certificate, given.key)
    try:
        token = read_token(given.token_file) if given.token_file else new_token()
        server = Standalone(place, token)
    except WorkbenchError as error:
        print(error, file=sys.stderr)
        return 2
    server.start()
    secret = "…" if given.token_file else token
    print(f"sc://{given.host}:{server.port}/;token={secret}", file=sys.stderr, flush=True)
    _wait_for_signal()
    server.stop()
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the verb's words."""
    made = argparse.ArgumentParser(prog="python -m workbench serve", description=__doc__)
    made.add_argument("--host", default="localhost", help="where to listen (localhost)")
    made.add_argument("--port", type=int, default=15002, help="0 for any free one (15002)")
    made.add_argument(
        "--token-file", type=Path, help="holds the token; without it one is made and printed once"
    )
    made.add_argument(
        "--certificate", type=Path, help="PEM file, for hosts other machines can reach"
    )
    made.add_argument("--key", type=Path, help="PEM file of the certificate's private key")
    return made


def _wait_for_signal() -> None:
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    # Waiting without a limit would keep Python from handling the signal on some platforms.
    while not asked.wait(1.0):
        pass
