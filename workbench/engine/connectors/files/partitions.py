"""Hive-style folders: ``country=FR/day=2020-01-01`` are columns."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from pyspark.sql import types as t

from workbench.base.errors import ExecutionError
from workbench.engine.connectors.files.listing import Listing
from workbench.engine.connectors.files.status import FileStatus, absolute, display
from workbench.engine.connectors.options import Options

DEFAULT_NAME = "__HIVE_DEFAULT_PARTITION__"
_ESCAPED = re.compile(r"[\x01-\x1f\x7f\"#%'*/:=?\\{\[\]^]")
_INT = re.compile(r"[+-]?\d{1,18}")
_DECIMAL = re.compile(r"[+-]?\d{19,38}")
_DOUBLE = re.compile(r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?)")
_INT_MAX = 2**31


@dataclass(frozen=True, slots=True)
class Partitioned:
    """Files with the values their folders give them; ``schema`` is the folders' columns."""

    files: tuple[FileStatus, ...]
    schema: t.StructType
    values: tuple[tuple[Any, ...], ...]


def discover(
    listing: Listing,
    options: Options,
    user_schema: t.StructType | None,
    zone: str,
    infer: bool = True,
) -> Partitioned:
    """Return the listing's files with their partition columns.

    Files beside partition folders do not count, and without partition columns only files directly in a root do, as in
    Spark's PartitioningAwareFileIndex.
    """
    if listing.is_recursive:
        return Partitioned(listing.files, t.StructType([]), ((),) * len(listing.files))
    bases = _bases(listing, options)
    folders = {os.path.dirname(file.path) for file in listing.files}
    found = {folder: _columns(folder, bases) for folder in folders}
    named = {folder: parts for folder, parts in found.items() if parts}
    if not named:
        files = tuple(file for file in listing.files if _is_direct(file, listing.roots))
        return Partitioned(files, t.StructType([]), ((),) * len(files))
    names = _agreed(named)
    files = tuple(file for file in listing.files if os.path.dirname(file.path) in named)
    texts = [[value for _, value in named[os.path.dirname(file.path)]] for file in files]
    schema = _schema(names, texts, user_schema, zone, infer)
    rows = [
        tuple(
            to_value(text, field.dataType, zone)
            for text, field in zip(row, schema.fields, strict=True)
        )
        for row in texts
    ]
    return Partitioned(files, schema, tuple(rows))


def _bases(listing: Listing, options: Options) -> Collection[str]:
    if listing.bases is not None:
        return listing.bases
    given = options.get("basePath")
    if given is not None:
        return {absolute(given)}
    return {root if os.path.isdir(root) else os.path.dirname(root) for root in listing.roots}


def _is_direct(file: FileStatus, roots: Sequence[str]) -> bool:
    return file.path in roots or os.path.dirname(file.path) in roots


def _columns(folder: str, bases: Collection[str]) -> list[tuple[str, str | None]]:
    """Return the names and texts of a folder's ``name=value`` parts below its base."""
    parts: list[tuple[str, str | None]] = []
    while folder not in bases and folder != "/":
        folder, _, last = folder.rpartition("/")
        folder = folder or "/"
        name, equals, value = last.partition("=")
        if equals and name:
            text = unescape(value)
            parts.append((unescape(name), None if text == DEFAULT_NAME else text))
    return parts[::-1]


def _agreed(named: dict[str, list[tuple[str, str | None]]]) -> tuple[str, ...]:
    lists = sorted({tuple(name for name, _ in parts) for parts in named.values()})
    if len(lists) > 1:
        shown = "".join(
            f"\n\tPartition column name list #{i}: {', '.join(names)}"
            for i, names in enumerate(lists)
        )
        paths = "".join(f"\n\t{display(folder)}" for folder in sorted(named))
        raise ExecutionError(
            "CONFLICTING_PARTITION_COLUMN_NAMES",
            distinctPartColLists=shown + "\n",
            suspiciousPaths=paths,
        )
    return lists[0]


def _schema(
    names: Sequence[str],
    rows: list[list[str | None]],
    user: t.StructType | None,
    zone: str,
    infer: bool,
) -> t.StructType:
    known = {field.name.lower(): field for field in user.fields} if user else {}
    fields = []
    for position, name in enumerate(names):
        given = known.get(name.lower())
        texts = [row[position] for row in rows if row[position] is not None]
        kind = given.dataType if given else infer_type(texts, zone) if infer else t.StringType()
        fields.append(t.StructField(given.name if given else name, kind, True))
    return t.StructType(fields)


def infer_type(texts: Sequence[str | None], zone: str) -> t.DataType:
    """Return the narrowest type that reads all texts: int, bigint, decimal, double, date, timestamp, string."""
    kinds = {_type_of(text, zone) for text in texts if text is not None}
    return _wider(kinds) if kinds else t.StringType()


def _type_of(text: str, zone: str) -> str:
    if _INT.fullmatch(text):
        return "int" if -_INT_MAX <= int(text) < _INT_MAX else "bigint"
    if _DECIMAL.fullmatch(text):
        return "bigint" if -(2**63) <= int(text) < 2**63 else f"decimal({len(text.lstrip('+-'))},0)"
    if _DOUBLE.fullmatch(text):
        return "double"
    for kind, reader in (("date", _date), ("timestamp", _timestamp)):
        if reader(text, zone) is not None:
            return kind
    return "string"


_ORDER = ("int", "bigint", "decimal", "double")


def _wider(kinds: set[str]) -> t.DataType:
    simple = {kind.partition("(")[0] for kind in kinds}
    if len(kinds) == 1:
        return _named(next(iter(kinds)))
    if simple <= set(_ORDER):
        widest = max(simple, key=_ORDER.index)
        return t.DecimalType(38, 0) if widest == "decimal" else _named(widest)
    return t.TimestampType() if simple <= {"date", "timestamp"} else t.StringType()


def _named(kind: str) -> t.DataType:
    if kind.startswith("decimal"):
        return t.DecimalType(int(kind[len("decimal(") : kind.index(",")]), 0)
    return _NAMED[kind]


_NAMED: dict[str, t.DataType] = {
    "int": t.IntegerType(),
    "bigint": t.LongType(),
    "double": t.DoubleType(),
    "date": t.DateType(),
    "timestamp": t.TimestampType(),
    "string": t.StringType(),
}


def to_value(text: str | None, kind: t.DataType, zone: str) -> Any:
    """Return a folder's text as a value of its column's type, None when it cannot be read so."""
    reader = _READERS.get(type(kind))
    if text is None or reader is None:
        return text
    try:
        return reader(text, zone)
    except (ValueError, ArithmeticError):
        return None


def _date(text: str, _zone: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", text):
        return None
    try:
        return date(*map(int, text.split("-")))
    except ValueError:
        return None


def _timestamp(text: str, zone: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    local = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


_READERS: dict[type[t.DataType], Any] = {
    **dict.fromkeys(
        (t.ByteType, t.ShortType, t.IntegerType, t.LongType), lambda text, _: int(text)
    ),
    **dict.fromkeys((t.FloatType, t.DoubleType), lambda text, _: float(text)),
    t.DecimalType: lambda text, _: Decimal(text),
    t.BooleanType: lambda text, _: {"true": True, "false": False}.get(text.lower()),
    t.DateType: _date,
    t.TimestampType: _timestamp,
    t.TimestampNTZType: lambda text, _: datetime.fromisoformat(text),
    t.BinaryType: lambda text, _: text.encode(),
}


def escape(text: str) -> str:
    """Return a name or value as it stands in a folder's name (ExternalCatalogUtils.escapePathName)."""
    return _ESCAPED.sub(lambda found: f"%{ord(found[0]):02X}", text)


def unescape(text: str) -> str:
    """Return what :func:`escape` was given."""
    return unquote(text)
