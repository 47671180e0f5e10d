"""Commands as a user gave them: what changes something and returns little."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.engine.plan.expressions import Expression
    from workbench.engine.plan.python_function import PythonFunction
    from workbench.engine.plan.relations import PythonTableFunction, Relation


class Command:
    """The base of all commands."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class CreateView(Command):
    """A temporary view over a plan."""

    child: Relation
    name: str
    is_global: bool
    replace: bool
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Write(Command):
    """``df.write``, and ``writeTo``. ``mode``: append, overwrite, error, ignore (writeTo: create, replace … too)."""

    child: Relation
    format: str | None
    mode: str
    path: str | None = None
    table: tuple[str, ...] | None = None
    insert_into: bool = False
    partition_by: tuple[str, ...] = ()
    sort_by: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StartStream(Command):
    """``writeStream….start()``.

    ``trigger``: ``("processingTime", "5 seconds")``, ``("availableNow", "")``, ``("once", "")``, ``("continuous", "1 second")``,
    ``("realTime", "5 minutes")``.
    """

    child: Relation
    format: str
    options: Mapping[str, str]
    output_mode: str
    trigger: tuple[str, str]
    query_name: str = ""
    path: str = ""
    table: str = ""
    partition_by: tuple[str, ...] = ()
    foreach: PythonFunction | None = None
    foreach_batch: PythonFunction | None = None


@dataclass(frozen=True, slots=True)
class RegisterFunction(Command):
    """``spark.udf.register``."""

    name: str
    function: PythonFunction


@dataclass(frozen=True, slots=True)
class RegisterTableFunction(Command):
    """``spark.udtf.register``."""

    name: str
    function: PythonTableFunction


@dataclass(frozen=True, slots=True)
class RegisterDataSource(Command):
    """``spark.dataSource.register``: a pickled ``DataSource`` class under a format's name."""

    name: str
    command: bytes


@dataclass(frozen=True, slots=True)
class CreateTable(Command):
    """SQL ``CREATE TABLE [IF NOT EXISTS] … [USING …] [AS query]``."""

    table: tuple[str, ...]
    format: str | None
    schema: str
    child: Relation | None
    if_not_exists: bool
    replace: bool = False
    location: str | None = None
    partition_by: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DropTable(Command):
    """SQL ``DROP TABLE`` / ``DROP VIEW``."""

    table: tuple[str, ...]
    is_view: bool
    if_exists: bool


@dataclass(frozen=True, slots=True)
class InsertInto(Command):
    """SQL ``INSERT INTO`` / ``INSERT OVERWRITE``."""

    table: tuple[str, ...]
    child: Relation
    overwrite: bool
    columns: tuple[str, ...] = ()
    by_name: bool = False


@dataclass(frozen=True, slots=True)
class SetConf(Command):
    """SQL ``SET key = value``; no value: show it; no key: show all."""

    key: str | None
    value: str | None


@dataclass(frozen=True, slots=True)
class CreateDatabase(Command):
    """SQL ``CREATE DATABASE``."""

    name: str
    if_not_exists: bool


@dataclass(frozen=True, slots=True)
class DropDatabase(Command):
    """SQL ``DROP DATABASE``."""

    name: str
    if_exists: bool
    cascade: bool


@dataclass(frozen=True, slots=True)
class UseDatabase(Command):
    """SQL ``USE``."""

    name: str


@dataclass(frozen=True, slots=True)
class Show(Command):
    """SQL ``SHOW``, ``DESCRIBE`` and ``EXPLAIN``; answers a table.

    ``kind``: tables views databases functions columns create_table tblproperties partitions catalogs current_namespace
    describe_table describe_table_extended describe_function describe_function_extended describe_database describe_query
    explain. ``target``: the database (tables, views, functions), table or function. ``pattern``: LIKE's text; explain's mode
    (simple extended codegen cost formatted); the key of tblproperties. ``child``: the query of describe_query and explain.
    """

    kind: str
    target: tuple[str, ...] = ()
    pattern: str | None = None
    child: Relation | None = None
    condition: Expression | None = None


@dataclass(frozen=True, slots=True)
class ResetConf(Command):
    """SQL ``RESET [key]``; no key: all."""

    key: str | None


@dataclass(frozen=True, slots=True)
class CacheTable(Command):
    """SQL ``CACHE [LAZY] TABLE name [OPTIONS ('storageLevel' = '…')] [AS query]``.

    With a query, the name is a temporary view of it.
    """

    table: tuple[str, ...]
    child: Relation | None = None
    lazy: bool = False
    level: str = ""


@dataclass(frozen=True, slots=True)
class UncacheTable(Command):
    """SQL ``UNCACHE TABLE [IF EXISTS] name``; an empty name is ``CLEAR CACHE``."""

    table: tuple[str, ...]
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class RefreshTable(Command):
    """SQL ``REFRESH TABLE name`` and ``ANALYZE TABLE name …``: the table must exist; ``path`` for ``REFRESH path``."""

    table: tuple[str, ...] = ()
    path: str | None = None
