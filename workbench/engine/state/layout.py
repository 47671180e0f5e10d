"""How many partitions an operator had, from which version on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.base.errors import ExecutionError
from workbench.engine.state.statefile import CorruptFileError
from workbench.engine.state.textfile import read_json, write_json


@dataclass(frozen=True, slots=True)
class Layout:
    """The history of an operator's partition count: ``(first version, partitions)``, ascending."""

    entries: tuple[tuple[int, int], ...] = ()

    def partitions_at(self, version: int) -> int | None:
        """Return how many partitions a version has, None when nothing is known."""
        return self._entry(version)[1]

    def floor_at(self, version: int) -> int:
        """Return the version from which on the files of a partition hold its present keys; 0 for the first layout.

        A version at a floor above 0 is a snapshot in every partition.
        """
        floor = self._entry(version)[0]
        return 0 if floor == self._first() else floor

    def changed(self, version: int, partitions: int) -> Layout:
        """Return the layout in which ``version`` and later ones have ``partitions``.

        >>> Layout(((1, 2),)).changed(7, 4)
        Layout(entries=((1, 2), (7, 4)))
        """
        kept = tuple(entry for entry in self.entries if entry[0] < version)
        if kept and kept[-1][1] == partitions:
            return Layout(kept)
        return Layout((*kept, (version, partitions)))

    def _first(self) -> int:
        return self.entries[0][0] if self.entries else 0

    def _entry(self, version: int) -> tuple[int, int | None]:
        found: tuple[int, int | None] = (0, None)
        for entry in self.entries:
            if entry[0] <= version:
                found = entry
        return found


def layout_path(operator: Path) -> Path:
    """Return where an operator's layout is kept."""
    return operator / "_metadata" / "layout"


def read_layout(operator: Path) -> Layout:
    """Return an operator's layout, empty when it was never written."""
    try:
        content = read_json(layout_path(operator))
    except FileNotFoundError:
        return Layout()
    except CorruptFileError as error:
        raise ExecutionError(
            "CANNOT_LOAD_STATE_STORE.CORRUPT_FILE", file=error.path, reason=error.reason
        ) from error
    return Layout(tuple((entry["from"], entry["partitions"]) for entry in content))


def write_layout(operator: Path, layout: Layout) -> None:
    """Write durably: a list of ``{"from": version, "partitions": count}`` (frame: see :func:`write_json`)."""
    content = [{"from": first, "partitions": count} for first, count in layout.entries]
    write_json(layout_path(operator), content, "state.layout")
