"""Which files a set of paths means."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from workbench.base.errors import AnalysisError
from workbench.engine.connectors.files import globs, manifest
from workbench.engine.connectors.files.status import FileStatus, absolute, display, status_of
from workbench.engine.connectors.options import Options, paths_of

METADATA_FILES = {"_metadata", "_common_metadata"}


@dataclass(frozen=True, slots=True)
class Listing:
    """The files found, and the roots they were found under.

    ``bases``: where partition discovery stops; None: at the roots.
    """

    files: tuple[FileStatus, ...]
    roots: tuple[str, ...]
    is_recursive: bool = False
    bases: frozenset[str] | None = None


def list_files(
    options: Options, zone: str = "UTC", must_exist: bool = True, may_match_later: bool = False
) -> Listing:
    """Return the files that the options' paths name now, filters applied.

    Parameters
    ----------
    options : Options
        ``path``/``paths``, ``recursiveFileLookup``, ``pathGlobFilter``, ``modifiedBefore``, ``modifiedAfter``.
    zone : str
        The session's time zone, for the two modification bounds.
    must_exist : bool
        A path that is not there is an error.
    may_match_later : bool
        But a glob that matches nothing is none: a stream waits for its files.

    Raises
    ------
    AnalysisError
        ``PATH_NOT_FOUND``.
    """
    roots = expand_roots(paths_of(options), must_exist, may_match_later)
    recursive = options.flag("recursiveFileLookup")
    keep = Filters.of(options, zone)
    found = [file for root in roots for file in _under(root) if keep(file)]
    return Listing(tuple(found), tuple(roots), recursive)


def expand_roots(
    paths: Sequence[str], must_exist: bool = True, may_match_later: bool = False
) -> list[str]:
    """Return the existing roots of the paths, globs expanded; ``may_match_later``: a glob may match nothing yet."""
    roots: list[str] = []
    for path in paths:
        whole = absolute(path)
        found = (
            [whole]
            if os.path.exists(whole)
            else globs.expand(whole)
            if globs.is_glob(whole)
            else []
        )
        if not found and must_exist and not (may_match_later and globs.is_glob(whole)):
            raise AnalysisError("PATH_NOT_FOUND", path=display(whole))
        roots.extend(found)
    return list(dict.fromkeys(roots))


def _under(root: str) -> Iterator[FileStatus]:
    if not os.path.isdir(root):
        if not is_hidden(os.path.basename(root)):
            yield status_of(root)
        return
    if manifest.is_sink_folder(root):
        # A streaming sink's folder may hold files of unfinished batches: its manifest alone says what counts.
        yield from manifest.read_manifest(root)
        return
    yield from walk(root)


def walk(folder: str) -> Iterator[FileStatus]:
    """Yield the visible files under a folder, by name."""
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        if is_hidden(entry.name):
            continue
        if entry.is_dir():
            yield from walk(entry.path)
        else:
            found = entry.stat()
            yield FileStatus(entry.path, found.st_size, found.st_mtime_ns // 1_000_000)


def is_hidden(name: str) -> bool:
    """Tell whether Spark's listing passes over a name (HadoopFSUtils.shouldFilterOutPathName)."""
    if name.startswith("_"):
        return "=" not in name and name not in METADATA_FILES
    return name.startswith(".") or name.endswith("._COPYING_")


@dataclass(frozen=True, slots=True)
class Filters:
    """``pathGlobFilter`` and the two bounds of the modification time."""

    pattern: str | None
    after_ms: int | None
    before_ms: int | None

    @classmethod
    def of(cls, options: Options, zone: str) -> Filters:
        """Return the filters the options ask for."""
        return cls(
            options.get("pathGlobFilter"),
            _moment_ms(options, "modifiedAfter", zone),
            _moment_ms(options, "modifiedBefore", zone),
        )

    def __call__(self, file: FileStatus) -> bool:
        """Tell whether a file passes."""
        name = os.path.basename(file.path)
        if self.pattern is not None and not globs.compiled(self.pattern).fullmatch(name):
            return False
        if self.after_ms is not None and file.modified_ms <= self.after_ms:
            return False
        return self.before_ms is None or file.modified_ms < self.before_ms


def _moment_ms(options: Options, name: str, zone: str) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1294", strategy=name.lower(), timeString=text
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(options.text("timeZone", default=zone)))
    return int(moment.timestamp() * 1000)
