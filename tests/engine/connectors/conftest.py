from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pytest

from workbench.base.arrow_types import spark_schema
from workbench.base.ddl import parse_ddl
from workbench.engine.connectors import registry
from workbench.engine.connectors.options import with_paths

UTC = {"spark.sql.session.timeZone": "UTC"}


class Files:
    """Writes files and reads them back through the registry, as a session does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.conf = dict(UTC)

    def put(self, name: str, content: str | bytes, modified_ms: int | None = None) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if modified_ms is not None:
            os.utime(path, ns=(modified_ms * 1_000_000,) * 2)
        return str(path)

    def path(self, name: str = "") -> str:
        return str(self.folder / name)

    def schema(self, format, *names, ddl=None, is_streaming=False, **options):
        given = with_paths(options, tuple(self.path(name) for name in names))
        user = parse_ddl(ddl) if ddl else None
        return registry.find(format).schema(given, user, is_streaming, self.conf.get)

    def read(self, format, *names, ddl=None, **options):
        given = with_paths(options, tuple(self.path(name) for name in names))
        schema = self.schema(format, *names, ddl=ddl, **options)
        return registry.find(format).read(given, schema, self.conf.get).rows()

    def rows(self, format, *names, ddl=None, **options):
        return [
            tuple(row.values()) for row in self.read(format, *names, ddl=ddl, **options).to_pylist()
        ]

    def write(
        self, format, table: pa.Table, name, mode="error", partition_by=(), schema=None, **options
    ):
        given = {**options, "path": self.path(name)}
        connector = registry.find(format)
        connector.write(
            table, schema or spark_schema(table.schema), given, mode, partition_by, self.conf.get
        )

    def texts(self, name) -> list[str]:
        """The content of a folder's part files."""
        found = sorted(path for path in (self.folder / name).rglob("part-*"))
        return [path.read_bytes().decode() for path in found]


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def condition(caught) -> str:
    return caught.value.condition
