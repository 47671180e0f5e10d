"""What becomes of records that cannot be read: PERMISSIVE, DROPMALFORMED, FAILFAST."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.base.arrow_types import arrow_schema
from workbench.base.errors import AnalysisError, ExecutionError
from workbench.engine.connectors.files.format import Conf
from workbench.engine.connectors.options import Options, setting

PERMISSIVE, DROP, FAIL = "PERMISSIVE", "DROPMALFORMED", "FAILFAST"


@dataclass(frozen=True, slots=True)
class Parsed:
    """Values as far as they could be read, and which records had one that could not.

    ``records()`` gives every record's text; it is called only when somebody wants to see a bad one.
    """

    columns: list[pa.Array]
    failed: np.ndarray
    records: Callable[[], pa.Array]


def mode_of(options: Options) -> str:
    """Return the ``mode`` option; an unknown mode is PERMISSIVE, as in Spark."""
    mode = options.text("mode", default=PERMISSIVE).upper()
    return mode if mode in {PERMISSIVE, DROP, FAIL} else PERMISSIVE


def corrupt_name(options: Options, conf: Conf) -> str:
    """Return the name of the column that takes bad records."""
    default = setting(conf, "spark.sql.columnNameOfCorruptRecord", "_corrupt_record")
    return options.text("columnNameOfCorruptRecord", default=default)


def check_corrupt(schema: t.StructType, name: str) -> None:
    """Refuse a corrupt-record column that is no nullable string."""
    for field in schema.fields:
        if field.name == name and not isinstance(field.dataType, t.StringType):
            raise AnalysisError(
                "INVALID_CORRUPT_RECORD_TYPE",
                columnName=f"`{name}`",
                actualType=f'"{field.dataType.simpleString().upper()}"',
            )


def parsed_schema(schema: t.StructType, corrupt: str) -> t.StructType:
    """Return the columns that are read from a record."""
    return t.StructType([field for field in schema.fields if field.name != corrupt])


def refuse_only_corrupt(schema: t.StructType, corrupt: str) -> None:
    """Refuse a read that asks for nothing but bad records: which are bad depends on the columns that are read."""
    if [field.name for field in schema.fields] == [corrupt]:
        raise AnalysisError("UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN")


def settle(parsed: Parsed, schema: t.StructType, mode: str, corrupt: str) -> pa.Table:
    """Return the table that a mode makes of parsed records.

    Raises
    ------
    ExecutionError
        ``MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION`` in mode FAILFAST.
    """
    if mode == FAIL and parsed.failed.any():
        row = int(np.flatnonzero(parsed.failed)[0])
        shown = ",".join(_shown(column[row].as_py()) for column in parsed.columns)
        raise ExecutionError(
            "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
            badRecord=f"[{shown}]",
            failFastMode=FAIL,
        )
    table = _assemble(parsed, schema, corrupt)
    if mode == DROP and parsed.failed.any():
        return table.filter(pa.array(~parsed.failed))
    return table


def _assemble(parsed: Parsed, schema: t.StructType, corrupt: str) -> pa.Table:
    wanted = arrow_schema(schema)
    values = iter(parsed.columns)
    columns = [_bad_records(parsed) if field.name == corrupt else next(values) for field in wanted]
    if not columns:
        return pa.table({"record": pa.nulls(len(parsed.failed))}).select([])
    return pa.Table.from_arrays(columns, schema=wanted)


def _bad_records(parsed: Parsed) -> pa.Array:
    if not parsed.failed.any():
        return pa.nulls(len(parsed.failed), pa.string())
    return pc.if_else(pa.array(parsed.failed), parsed.records(), pa.scalar(None, pa.string()))


def _shown(value: object) -> str:
    return "null" if value is None else str(value)
