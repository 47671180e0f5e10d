"""Which files a stream has taken (Spark: FileStreamSource.SeenFilesMap)."""

from __future__ import annotations

import os

from workbench.engine.connectors.files.status import from_uri


class SeenFiles:
    """Knows the files taken within the last ``max_age_ms`` of file time; older ones count as taken. One thread."""

    def __init__(self, max_age_ms: int, file_name_only: bool) -> None:
        self.max_age_ms = max_age_ms
        self.file_name_only = file_name_only
        self.oldest_ms = 0
        self._newest_ms = 0
        self._least_ms = 0
        self._seen: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, uri: str, modified_ms: int) -> None:
        """Remember a taken file."""
        self._least_ms = min(self._least_ms, modified_ms) if self._seen else modified_ms
        self._seen[self._key(uri)] = modified_ms
        self._newest_ms = max(self._newest_ms, modified_ms)

    def is_new(self, uri: str, modified_ms: int) -> bool:
        """Tell whether a file is still to be taken."""
        return modified_ms >= self.oldest_ms and self._key(uri) not in self._seen

    def purge(self) -> None:
        """Forget files that are too old to be taken again."""
        self.oldest_ms = max(self._newest_ms - self.max_age_ms, 0)
        if self._least_ms < self.oldest_ms:
            self._seen = {uri: ms for uri, ms in self._seen.items() if ms >= self.oldest_ms}
            self._least_ms = min(self._seen.values(), default=self.oldest_ms)

    def _key(self, uri: str) -> str:
        return os.path.basename(from_uri(uri)) if self.file_name_only else uri
