"""Files and blobs a client sent to its session."""

from __future__ import annotations

import shutil
import sys
import tarfile
import tempfile
import threading
import zipfile
from pathlib import Path, PurePosixPath

from workbench.base.errors import IllegalArgument

_CACHE, _PYTHON, _ARCHIVES = "cache", "pyfiles", "archives"
_COPIES = "forward_to_fs"


class Artifacts:
    """Blobs stay in memory; files go to a private directory, Python files onto ``sys.path``. Thread-safe.

    Names are the client's: ``cache/<sha256>``, ``pyfiles/<file>``, ``files/<file>``, ``archives/<file>[#<directory>]``.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blobs: dict[str, bytes] = {}
        self._names: set[str] = set()
        self._directory: Path | None = None

    def blob(self, name: str) -> bytes | None:
        """The cached blob of this name."""
        return self._blobs.get(name)

    def exists(self, name: str) -> bool:
        """Whether an artifact of this name has arrived."""
        return name in self._blobs or name in self._names

    def add(self, name: str, data: bytes) -> None:
        """Keep one artifact."""
        kind, _, rest = name.partition("/")
        if kind == _CACHE:
            self._blobs[name] = data
            return
        if kind == _COPIES:
            Path(f"/{rest}").write_bytes(data)
            return
        path = self._write(name.partition("#")[0], data)
        if kind == _PYTHON:
            self._make_importable(path)
        elif kind == _ARCHIVES:
            _unpack(path, path.parent / (name.partition("#")[2] or path.stem))
        self._names.add(name)

    def _write(self, name: str, data: bytes) -> Path:
        parts = PurePosixPath(name).parts
        if not parts or ".." in parts or name.startswith("/"):
            raise IllegalArgument("ARTIFACT_NAME", name=name)
        path = self._root().joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def _root(self) -> Path:
        with self._lock:
            if self._directory is None:
                self._directory = Path(tempfile.mkdtemp(prefix="workbench-artifacts-"))
            return self._directory

    def _make_importable(self, path: Path) -> None:
        entry = str(path.parent if path.suffix == ".py" else path)
        if entry not in sys.path:
            sys.path.insert(1, entry)

    def close(self) -> None:
        """Remove the files and take them off ``sys.path``."""
        if self._directory is None:
            return
        root = str(self._directory)
        sys.path[:] = [entry for entry in sys.path if not entry.startswith(root)]
        shutil.rmtree(self._directory, ignore_errors=True)


def _unpack(archive: Path, into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(into)  # noqa: S202 - ZipFile takes ".." out of names itself.
        return
    with tarfile.open(archive) as opened_tar:
        opened_tar.extractall(into, filter="data")
