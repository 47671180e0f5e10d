"""Small JSON files beside the state: a version first, a checksum last."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

from workbench.engine.state.durable import make_directory, write_durably
from workbench.engine.state.statefile import CorruptFileError


def write_json(path: Path, content: object, crash_point: str) -> None:
    r"""Write durably.

    Layout; the checksum covers the bytes before its line::

        v1\n
        {…}\n
        crc32 xxxxxxxx\n
    """
    body = b"v1\n" + json.dumps(content, separators=(",", ":")).encode() + b"\n"
    make_directory(path.parent)
    write_durably(path, [body, b"crc32 %08x\n" % zlib.crc32(body)], crash_point)


def read_json(path: Path) -> object:
    """Read and verify. Raises ``FileNotFoundError`` or :class:`CorruptFileError`."""
    body, mark, stored = path.read_bytes().rpartition(b"crc32 ")
    if not mark or stored != b"%08x\n" % zlib.crc32(body):
        raise CorruptFileError(path, "the checksum does not match")
    version, _, text = body.partition(b"\n")
    if version != b"v1":
        raise CorruptFileError(path, f"unknown version {version!r}")
    return json.loads(text)
