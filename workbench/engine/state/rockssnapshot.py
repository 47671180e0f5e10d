"""A snapshot of the ``rocksdb`` provider: a directory of immutable database files and a manifest that proves them."""

from __future__ import annotations

import base64
import os
import shutil
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

from workbench.base.failpoints import failpoint
from workbench.engine.state.durable import sync_directory
from workbench.engine.state.statefile import CorruptFileError, Header
from workbench.engine.state.textfile import read_json, write_json

MANIFEST = "state"


@dataclass(frozen=True, slots=True)
class RocksSnapshot:
    """A verified snapshot directory; used where a :class:`StateFile` of kind ``snapshot`` is."""

    path: Path
    header: Header
    checksum: str
    files: tuple[str, ...]
    schema: pa.Schema
    size: int

    @property
    def identity(self) -> str:
        """The checksum the next version's delta names as its parent."""
        return self.header.stands_for or self.checksum

    def removes(self) -> pa.Table:
        """Return no keys: a snapshot removes nothing."""
        keys = int(self.schema.metadata[b"keys"])
        return pa.schema(list(self.schema)[:keys]).empty_table()

    def puts(self) -> pa.Table:
        """Return all rows, read through a copy of the database made of hard links."""
        from workbench.engine.state.rocksdb import read_all

        return read_all(self)

    def copy_to(self, directory: Path) -> None:
        """Make a database directory of the same files; immutable ones are linked, not copied."""
        directory.mkdir(parents=True, exist_ok=True)
        for name in self.files:
            _link(self.path / name, directory / name)


def seal_snapshot_directory(made: Path, path: Path, header: Header, schema: pa.Schema) -> int:
    r"""Make a finished directory of database files durable under its real name and return its size.

    1. every file is synced, and the manifest ``state`` written: ``v1\n``, one JSON object, ``crc32 xxxxxxxx\n``; the object
       holds the header, the Arrow schema in base64 and ``{"files": {name: [size, crc32]}}``
    2. the directory is renamed to ``<version>.snapshot``
    3. its parent is synced
    """
    files = {file.name: _synced(file) for file in sorted(made.iterdir())}
    content = {
        "header": asdict(header),
        "schema": base64.b64encode(schema.serialize()).decode(),
        "files": files,
    }
    write_json(made / MANIFEST, content, "state.manifest")
    failpoint("state.snapshot.written")
    if path.exists():
        shutil.rmtree(path)
    made.rename(path)
    failpoint("state.snapshot.renamed")
    sync_directory(path.parent)
    failpoint("state.snapshot.durable")
    return sum(size for size, _ in files.values())


def read_snapshot_directory(path: Path) -> RocksSnapshot:
    """Verify a snapshot directory. Raises :class:`CorruptFileError`."""
    try:
        content = read_json(path / MANIFEST)
        for name, stored in content["files"].items():
            if _measured(path / name) != stored:
                raise CorruptFileError(path / name, "size or checksum differ from the manifest's")
    except FileNotFoundError as error:
        raise CorruptFileError(Path(error.filename), "the file does not exist") from error
    schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(content["schema"])))
    checksum = f"{zlib.crc32((path / MANIFEST).read_bytes()):08x}"
    size = sum(size for size, _ in content["files"].values())
    return RocksSnapshot(
        path, Header(**content["header"]), checksum, tuple(content["files"]), schema, size
    )


def _synced(file: Path) -> list:
    with file.open("rb") as handle:
        os.fsync(handle.fileno())
    return _measured(file)


def _measured(file: Path) -> list:
    """Return size and checksum, read a piece at a time."""
    checksum = size = 0
    with file.open("rb") as handle:
        while piece := handle.read(1 << 22):
            checksum = zlib.crc32(piece, checksum)
            size += len(piece)
    return [size, f"{checksum:08x}"]


def _link(source: Path, target: Path) -> None:
    if source.suffix == ".sst":
        os.link(source, target)
    else:
        shutil.copyfile(source, target)
