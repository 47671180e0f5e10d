"""One state file: rows put and keys removed, with a version and a checksum."""

from __future__ import annotations

import json
import mmap
import zlib
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from workbench.engine.state.durable import write_durably

FORMAT = b"v1\n"
_TRAILER = len("crc32 00000000\n")
_FEW_ROWS = 1 << 14
"""Up to so many rows, compressing them takes less time than waking the threads that would."""


class CorruptFileError(Exception):
    """A state file that cannot be trusted; ``reason`` says why."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Header:
    """What a state file says about itself.

    ``parent`` is the checksum of the file of the version before it, ``stands_for`` that of the delta a snapshot replaces;
    together they prove that the files of a chain belong together. ``rows_total`` counts the rows of the version.
    """

    kind: str
    version: int
    store: str
    partition: int
    partitions: int
    parent: str | None
    stands_for: str | None
    rows_total: int
    removes_bytes: int = 0
    puts_bytes: int = 0
    removes_rows: int = 0
    puts_rows: int = 0


@dataclass(frozen=True, slots=True)
class StateFile:
    """A verified state file; its rows are read when asked for, so a long chain is never in memory at once."""

    path: Path
    header: Header
    checksum: str
    start: int

    @property
    def size(self) -> int:
        """The bytes of the rows in the file."""
        return self.header.removes_bytes + self.header.puts_bytes

    @property
    def identity(self) -> str:
        """The checksum the next version's delta names as its parent."""
        return self.header.stands_for or self.checksum

    def removes(self) -> pa.Table:
        """Return the key columns of the rows removed."""
        return self._section(self.start, self.header.removes_bytes)

    def puts(self) -> pa.Table:
        """Return the key and value columns of the rows put."""
        return self._section(self.start + self.header.removes_bytes, self.header.puts_bytes)

    def _section(self, start: int, size: int) -> pa.Table:
        content = _map(self.path)
        return pa.ipc.open_stream(pa.py_buffer(content[start : start + size])).read_all()


def write_state_file(
    path: Path, header: Header, removes: pa.Table, puts: pa.Table
) -> tuple[str, int]:
    r"""Write a file durably and return its checksum and its size.

    Layout, version first; the checksum covers every byte before it::

        v1\n
        {"kind":"delta","version":7,…,"removes_bytes":R,"puts_bytes":P,…}\n
        R bytes   Arrow IPC stream, lz4: key columns of the removed rows
        P bytes   Arrow IPC stream, lz4: key and value columns of the rows put
        crc32 xxxxxxxx\n

    A key may be in both: removes come first. A snapshot removes nothing and puts every row.
    """
    bodies = [_stream(removes), _stream(puts)]
    sizes = {"removes_bytes": bodies[0].size, "puts_bytes": bodies[1].size}
    rows = {"removes_rows": removes.num_rows, "puts_rows": puts.num_rows}
    text = json.dumps(_fields(header) | sizes | rows, separators=(",", ":")).encode() + b"\n"
    parts = [FORMAT + text, *map(memoryview, bodies)]
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    trailer = b"crc32 %08x\n" % checksum
    write_durably(path, [*parts, trailer], f"state.{header.kind}")
    return f"{checksum:08x}", sum(map(len, parts))


def _fields(header: Header) -> dict[str, object]:
    return {name: getattr(header, name) for name in Header.__slots__}


def read_state_file(path: Path) -> StateFile:
    """Verify a file. Raises :class:`CorruptFileError` or ``FileNotFoundError``."""
    content = _map(path)
    checksum = _verified(path, content)
    header, start = _header(path, content)
    if start + header.removes_bytes + header.puts_bytes + _TRAILER != len(content):
        raise CorruptFileError(path, "the sections do not fill the file")
    return StateFile(path, header, checksum, start)


def stored_checksum(path: Path) -> str:
    """Return the checksum a file carries, without verifying it."""
    with path.open("rb") as file:
        file.seek(-_TRAILER, 2)
        return file.read()[6:14].decode(errors="replace")


def _map(path: Path) -> memoryview:
    with path.open("rb") as file:
        if path.stat().st_size < len(FORMAT) + _TRAILER:
            raise CorruptFileError(path, "the file is shorter than its frame")
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _stream(table: pa.Table) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=table.num_rows > _FEW_ROWS)
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _verified(path: Path, content: memoryview) -> str:
    computed = b"crc32 %08x\n" % zlib.crc32(content[:-_TRAILER])
    stored = bytes(content[-_TRAILER:])
    if stored != computed:
        raise CorruptFileError(path, f"checksum {stored!r} stored, {computed!r} computed")
    return computed[6:14].decode()


def _header(path: Path, content: memoryview) -> tuple[Header, int]:
    if bytes(content[: len(FORMAT)]) != FORMAT:
        raise CorruptFileError(path, f"unknown version {bytes(content[: len(FORMAT)])!r}")
    limit = len(FORMAT) + 65536
    line = bytes(content[len(FORMAT) : limit]).partition(b"\n")[0]
    return Header(**json.loads(line)), len(FORMAT) + len(line) + 1
