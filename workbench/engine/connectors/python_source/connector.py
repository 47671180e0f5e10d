"""A ``DataSource`` class of the user as a connector (``spark.dataSource.register``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pyspark.errors import PySparkNotImplementedError
from pyspark.sql import types as t
from pyspark.sql.datasource import CaseInsensitiveDict, DataSource
from pyspark.sql.datasource_internal import _streamReader

from workbench.base.ddl import parse_ddl
from workbench.base.errors import AnalysisError
from workbench.engine.connectors.contract import Connector
from workbench.engine.connectors.python_source.batch import PythonReader, write_rows
from workbench.engine.connectors.python_source.calls import calling
from workbench.engine.connectors.python_source.stream import PythonSink, PythonStreamSource

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.engine.connectors.contract import SinkContext, SourceContext

Conf = Callable[[str], str]


def python_connector(kind: type[DataSource]) -> Connector:
    """Return the registry row of a user's data source; its class decides which of the entries work.

    Raises
    ------
    UserCodeError
        ``PYTHON_DATA_SOURCE_ERROR``: the user's code raised, here or in any of the entries.
    """
    with calling(kind.__name__, "name"):
        name = kind.name()

    def made(options: Mapping[str, str]) -> DataSource:
        with calling(name, "__init__"):
            return kind(CaseInsensitiveDict(options))

    def schema(
        options: Mapping[str, str], user: t.StructType | None, is_streaming: bool, conf: Conf
    ) -> t.StructType:
        return user if user is not None else _declared(name, made(options))

    def read(options: Mapping[str, str], columns: t.StructType, conf: Conf) -> PythonReader:
        return PythonReader(name, _part(name, "reader", made(options).reader, columns), columns)

    def source(
        options: Mapping[str, str], columns: t.StructType, context: SourceContext
    ) -> PythonStreamSource:
        opened = made(options)
        reader = _part(name, "streamReader", lambda schema: _streamReader(opened, schema), columns)
        return PythonStreamSource(name, reader, columns)

    def write(
        table: pa.Table,
        columns: t.StructType,
        options: Mapping[str, str],
        mode: str,
        partition_by: Sequence[str],
        conf: Conf,
    ) -> None:
        if mode not in {"append", "overwrite"}:
            raise AnalysisError(
                "UNSUPPORTED_DATA_SOURCE_SAVE_MODE", source=name, createMode=f'"{mode}"'
            )
        writer = _part(name, "writer", made(options).writer, columns, mode == "overwrite")
        write_rows(name, writer, table, columns)

    def sink(
        options: Mapping[str, str],
        columns: t.StructType,
        partition_by: Sequence[str],
        context: SinkContext,
    ) -> PythonSink:
        opened = made(options)
        return PythonSink(
            name,
            lambda overwrite: _part(name, "streamWriter", opened.streamWriter, columns, overwrite),
            columns,
        )

    modes = ("append", "complete", "update")
    return Connector(name, schema, read, write, source, sink, modes)


def _declared(name: str, opened: DataSource) -> t.StructType:
    with calling(name, "schema"):
        declared = opened.schema()
    return parse_ddl(declared) if isinstance(declared, str) else declared


def _part(name: str, method: str, make: Callable[..., Any], *arguments: Any) -> Any:
    """Return a reader or writer of the user's, or say that the source has none."""
    with calling(name, method):
        try:
            return make(*arguments)
        except PySparkNotImplementedError:
            missing = AnalysisError("UNSUPPORTED_DATA_SOURCE_MODE", source=name, operator=method)
    raise missing
