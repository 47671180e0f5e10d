"""What the catalogue knows about a table, a database, a view."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pyspark.sql.types import StructType

from workbench.engine.catalog.names import CATALOG, quoted


@dataclass(frozen=True, slots=True)
class DatabaseEntry:
    """A database: a name for tables, and the folder its managed tables are in."""

    name: str
    location: str
    comment: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the entry as it is stored."""
        return {
            "name": self.name,
            "location": self.location,
            "comment": self.comment,
            "properties": dict(self.properties),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> DatabaseEntry:
        """Return the entry that was stored."""
        return cls(stored["name"], stored["location"], stored["comment"], stored["properties"])


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A table: a schema, a format, and the folder its rows are in.

    Attributes
    ----------
    is_managed : bool
        The folder belongs to the catalogue and goes when the table goes.
    partition_by : tuple of str
        The columns that are folders; they stand last in ``schema``.
    """

    database: str
    name: str
    provider: str
    schema: StructType
    location: str
    is_managed: bool
    partition_by: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    comment: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    created_ms: int = 0

    @property
    def full_name(self) -> str:
        """The name as errors write it."""
        return quoted(CATALOG, self.database, self.name)

    @property
    def plain_name(self) -> str:
        """The name without backticks."""
        return f"{CATALOG}.{self.database}.{self.name}"

    @property
    def kind(self) -> str:
        """MANAGED or EXTERNAL."""
        return "MANAGED" if self.is_managed else "EXTERNAL"

    def to_json(self) -> dict[str, Any]:
        """Return the entry as it is stored."""
        return {
            "database": self.database,
            "name": self.name,
            "provider": self.provider,
            "schema": json.loads(self.schema.json()),
            "location": self.location,
            "isManaged": self.is_managed,
            "partitionBy": list(self.partition_by),
            "options": dict(self.options),
            "comment": self.comment,
            "properties": dict(self.properties),
            "createdMs": self.created_ms,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> TableEntry:
        """Return the entry that was stored."""
        return cls(
            stored["database"],
            stored["name"],
            stored["provider"],
            StructType.fromJson(stored["schema"]),
            stored["location"],
            stored["isManaged"],
            tuple(stored["partitionBy"]),
            stored["options"],
            stored["comment"],
            stored["properties"],
            stored["createdMs"],
        )

    def renamed(self, name: str, location: str) -> TableEntry:
        """Return the entry under another name and folder."""
        return replace(self, name=name, location=location)


@dataclass(frozen=True, slots=True)
class ViewEntry:
    """A temporary view. ``relation`` is the session's: a plan or a reader; the catalogue never looks into it."""

    name: str
    relation: Any
    is_global: bool


@dataclass(frozen=True, slots=True)
class FunctionEntry:
    """A function as ``listFunctions`` shows it."""

    name: str
    description: str = ""
    class_name: str = ""
