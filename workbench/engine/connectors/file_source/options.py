"""The options of a stream of files."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.base.errors import IllegalArgument
from workbench.engine.connectors.options import Options
from workbench.engine.connectors.values.spans import milliseconds

OFF, ARCHIVE, DELETE = "off", "archive", "delete"
FOREVER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class FileStreamOptions:
    """How files are taken.

    Attributes
    ----------
    max_files, max_bytes : int or None
        The most that a batch takes; at most one of them is set. A batch always takes one file.
    latest_first : bool
        New files before old ones.
    file_name_only : bool
        A file is known by its name alone, whatever folder it is in.
    max_age_ms : int
        Files older than the newest by more than this are not taken any more.
    max_cached : int
        How many listed files are kept for later batches instead of being listed again.
    discard_ratio : float
        A cache smaller than this part of a batch is dropped.
    clean : str
        What happens to files that are done with: off, archive, delete.
    archive : str or None
        The folder for archived files.
    """

    max_files: int | None
    max_bytes: int | None
    latest_first: bool
    file_name_only: bool
    max_age_ms: int
    max_cached: int
    discard_ratio: float
    clean: str
    archive: str | None

    @classmethod
    def of(cls, options: Options) -> FileStreamOptions:
        """Return the options, checked.

        Raises
        ------
        IllegalArgument
            ``WORKBENCH_INVALID_OPTION``, ``WORKBENCH_FILE_SOURCE.*``.
        """
        max_files, max_bytes = (
            options.positive("maxFilesPerTrigger"),
            options.positive("maxBytesPerTrigger"),
        )
        if max_files and max_bytes:
            raise IllegalArgument("WORKBENCH_FILE_SOURCE.BOTH_LIMITS")
        latest_first = options.flag("latestFirst")
        limited = max_files is not None or max_bytes is not None
        age = milliseconds(options.text("maxFileAge", default="7d"), "maxFileAge")
        return cls(
            max_files,
            max_bytes,
            latest_first,
            options.flag("fileNameOnly"),
            # With new files first, age would drop the old files a limited batch has left for later.
            FOREVER if latest_first and limited else age,
            options.number("maxCachedFiles", 10_000) or 0,
            _ratio(options),
            *_cleaning(options),
        )


def _ratio(options: Options) -> float:
    text = options.text("discardCachedInputRatio", default="0.2")
    try:
        ratio = float(text)
    except ValueError:
        ratio = -1.0
    if not 0 <= ratio <= 1:
        options.refuse("discardCachedInputRatio", "a number from 0 to 1")
    return ratio


def _cleaning(options: Options) -> tuple[str, str | None]:
    clean = options.text("cleanSource", default=OFF).lower()
    if clean not in {OFF, ARCHIVE, DELETE}:
        options.refuse("cleanSource", "archive, delete or off")
    archive = options.get("sourceArchiveDir")
    if clean == ARCHIVE and not archive:
        raise IllegalArgument("WORKBENCH_FILE_SOURCE.ARCHIVE_MISSING")
    return clean, archive
