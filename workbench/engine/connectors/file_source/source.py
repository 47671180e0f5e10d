"""A stream of files that appear in folders (Spark: FileStreamSource)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from workbench.base.errors import IllegalState, Unsupported
from workbench.base.failpoints import failpoint
from workbench.engine.connectors.file_source.choose import choose, in_order
from workbench.engine.connectors.file_source.clean import Cleaner
from workbench.engine.connectors.file_source.options import OFF, FileStreamOptions
from workbench.engine.connectors.file_source.seen import SeenFiles
from workbench.engine.connectors.files import globs, manifest
from workbench.engine.connectors.files.compact_log import CompactLog, LogRules
from workbench.engine.connectors.files.listing import Listing, list_files
from workbench.engine.connectors.files.partitions import discover
from workbench.engine.connectors.files.read import NATIVE, read_listing, zone_of
from workbench.engine.connectors.files.status import FileStatus, absolute, display, from_uri
from workbench.engine.connectors.options import Options, paths_of

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.types import StructType

    from workbench.engine.connectors.contract import FileScan, Offset, SourceContext
    from workbench.engine.connectors.files.format import FileFormat


class FileStreamSource:
    """Takes each file once, in batches that a restart repeats exactly. One thread.

    The offset ``{"logOffset":N}`` names entry N of the log at ``sources/<i>``. Taking files is two durable steps:

    1. ``latest_offset`` writes log entry N+1 with the files of the next batch (crash points ``file-source.log.*``);
    2. the query writes the offset N+1 to its own log.

    Killed between the two, the entry is there without an offset: the next run's first batch reaches over it, so its files
    are read once. ``batch`` reads what the log says, never what the folder holds.
    """

    def __init__(
        self, kind: FileFormat, options: Options, schema: StructType, context: SourceContext
    ) -> None:
        self.kind = kind
        self.options = options
        self.schema = schema
        self.conf = context.conf
        self.limits = FileStreamOptions.of(options)
        self.zone = zone_of(options, context.conf)
        paths = [absolute(path) for path in paths_of(options)]
        self.description = f"FileStreamSource[{','.join(display(path) for path in paths)}]"
        self.cleaner = Cleaner(self.limits, paths)
        rules = LogRules.of(context.conf, "spark.sql.streaming.fileSource.log")
        self.log = CompactLog(context.log_path, rules, "file-source", context.now_ms)
        self.seen = SeenFiles(self.limits.max_age_ms, self.limits.file_name_only)
        for entry in self.log.all():
            self.seen.add(entry["path"], entry["timestamp"])
        self.seen.purge()
        self._unread: Sequence[FileStatus] = []
        self._frozen: list[FileStatus] | None = None
        self._cleaned = -1

    # ------------------------------------------------------------------ where the stream is

    def initial_offset(self) -> Offset | None:
        """Nothing is before the first file."""
        return None

    def prepare_available_now(self) -> None:
        """Remember the files that are there now."""
        self._frozen = self._listed()

    def latest_offset(self, start: Offset | None, available_now: bool = False) -> Offset | None:
        """Take the next batch's files into the log and return its newest entry; None before the first file."""
        chosen, rest = choose(self._unread, self._is_new, self.limits)
        if not chosen:
            chosen, rest = choose(self._known(available_now), self._is_new, self.limits)
        self._unread = self._worth_keeping(rest, chosen)
        for file in chosen:
            self.seen.add(file.uri, file.modified_ms)
        self.seen.purge()
        if chosen:
            self._take(chosen)
        return None if self.log.latest is None else to_offset(self.log.latest)

    def _take(self, files: list[FileStatus]) -> None:
        batch = 0 if self.log.latest is None else self.log.latest + 1
        failpoint("file-source.chosen")
        self.log.add(
            batch,
            [{"path": file.uri, "timestamp": file.modified_ms, "batchId": batch} for file in files],
        )

    def _is_new(self, file: FileStatus) -> bool:
        return self.seen.is_new(file.uri, file.modified_ms)

    def _known(self, available_now: bool) -> list[FileStatus]:
        return self._frozen if available_now and self._frozen is not None else self._listed()

    def _worth_keeping(
        self, rest: Sequence[FileStatus], chosen: Sequence[FileStatus]
    ) -> Sequence[FileStatus]:
        """Return the listed files kept for later batches; with new files first every batch has to look again."""
        if self.limits.latest_first:
            return []
        kept = rest[: self.limits.max_cached]
        return kept if len(kept) >= self.limits.discard_ratio * len(chosen) else []

    def _listed(self) -> list[FileStatus]:
        listing = list_files(self.options, self.zone, must_exist=False)
        self._refuse_cleaning_sinks(listing)
        found = discover(listing, self.options, self.schema, self.zone)
        return in_order(found.files, self.limits.latest_first)

    def _refuse_cleaning_sinks(self, listing: Listing) -> None:
        if self.limits.clean != OFF and any(
            manifest.is_sink_folder(root) for root in listing.roots
        ):
            raise Unsupported("WORKBENCH_FILE_SOURCE.CLEANS_SINK", path=listing.roots[0])

    # ------------------------------------------------------------------ rows

    def batch(self, start: Offset | None, end: Offset) -> pa.Table | FileScan:
        """Return the rows of the log's files after ``start`` up to ``end``."""
        first = 0 if start is None else from_offset(start) + 1
        entries = self.log.between(first, from_offset(end))
        return self._rows_of(
            [FileStatus(from_uri(entry["path"]), 0, entry["timestamp"]) for entry in entries]
        )

    def following(self) -> Callable[[], pa.Table | FileScan] | None:
        """Return how to read the listed files the next batch takes if nothing changes; None where none wait."""
        chosen, _ = choose(self._unread, self._is_new, self.limits)
        if self.kind.name not in NATIVE or not chosen:
            return None
        # As the log will have them.
        return partial(self._rows_of, [replace(file, size=0) for file in chosen])

    def _rows_of(self, files: list[FileStatus]) -> pa.Table | FileScan:
        roots = tuple(file.path for file in files)
        listing = Listing(
            tuple(files), roots, self.options.flag("recursiveFileLookup"), self._bases(files)
        )
        return read_listing(self.kind, listing, self.options, self.schema, self.conf)

    def _bases(self, files: list[FileStatus]) -> frozenset[str]:
        """Return the folders that partition columns start below."""
        given = self.options.get("basePath")
        if given is not None:
            return frozenset({absolute(given)})
        patterns = [absolute(path) for path in paths_of(self.options)]
        return frozenset(base for path in patterns for base in _matches(path, files))

    def commit(self, end: Offset) -> None:
        """Clean the files up to ``end``, when the options ask for it."""
        if self.limits.clean == OFF:
            return
        last = from_offset(end)
        first = self._cleaned + 1 if self._cleaned >= 0 else last
        for entry in self.log.between(first, last):
            failpoint("file-source.clean")
            self.cleaner.clean(from_uri(entry["path"]))
        self._cleaned = last

    def metrics(
        self, start: Offset | None, end: Offset, latest: Offset | None
    ) -> Mapping[str, str]:
        """Return how many files are listed and wait for later batches."""
        if not self._unread:
            return {}
        waiting = sum(file.size for file in self._unread)
        return {"numFilesOutstanding": str(len(self._unread)), "numBytesOutstanding": str(waiting)}

    def tune(self, **changes: object) -> None:
        """Take ``max_files_per_trigger`` or ``max_bytes_per_trigger`` from the next batch on."""
        if "max_files_per_trigger" in changes:
            self.limits = replace(
                self.limits, max_files=changes["max_files_per_trigger"], max_bytes=None
            )
        if "max_bytes_per_trigger" in changes:
            self.limits = replace(
                self.limits, max_bytes=changes["max_bytes_per_trigger"], max_files=None
            )

    def stop(self) -> None:
        """Nothing is held open."""


def to_offset(entry: int) -> str:
    """Return a log entry's number as the JSON that goes into ``offsets/N``."""
    return json.dumps({"logOffset": entry}, separators=(",", ":"))


def from_offset(offset: str) -> int:
    """Return the log entry an offset names.

    Raises
    ------
    IllegalState
        ``MALFORMED_LOG_FILE`` for an offset of another source.
    """
    try:
        found = json.loads(offset)
        return int(found["logOffset"]) if isinstance(found, dict) else int(found)
    except (ValueError, TypeError, KeyError) as cause:
        raise IllegalState("MALFORMED_LOG_FILE", path="offsets", text=offset) from cause


def _matches(pattern: str, files: list[FileStatus]) -> set[str]:
    """Return the folders a path or pattern stands for, judged by the files' own paths: folders may be gone by now."""
    if not globs.is_glob(pattern):
        return {pattern}
    matcher = [globs.compiled(part) for part in pattern.split("/")[1:]]
    found = set()
    for file in files:
        parts = file.path.split("/")[1:]
        if len(parts) >= len(matcher) and all(
            m.fullmatch(p) for m, p in zip(matcher, parts, strict=False)
        ):
            found.add("/" + "/".join(parts[: len(matcher)]))
    return {
        os.path.dirname(path) if any(file.path == path for file in files) else path
        for path in found
    }
