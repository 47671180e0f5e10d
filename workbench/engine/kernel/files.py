"""Files scanned by DataFusion itself, with column and filter pushdown."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from datafusion import col
from pyspark.sql.types import StructType

from workbench.base.arrow_types import arrow_schema, to_arrow
from workbench.engine.functions import literals
from workbench.engine.plan.typed import Literal

if TYPE_CHECKING:
    from datafusion import DataFrame, Expr

    from workbench.engine.connectors.contract import FileScan
    from workbench.engine.kernel.operators import Compilation
    from workbench.engine.plan.typed import Attribute


def scan_files(scan: FileScan, output: tuple[Attribute, ...], run: Compilation) -> DataFrame:
    """Return a frame over parquet files whose columns are, by name, ``output``.

    Partition values (the schema's last columns when ``scan.partitions`` is given) become constants per file.
    """
    if not scan.paths:
        return run.frame(arrow_schema(scan.schema).empty_table(), output)
    width = len(scan.partitions[0]) if scan.partitions else 0
    stored = scan.schema.fields[: len(scan.schema.fields) - width]
    schema = arrow_schema(StructType(stored))
    if not width:
        whole = run.context.read_parquet(list(scan.paths), schema=schema)
        return whole.select(*_columns(output, stored, ()))
    parts = [
        run.context.read_parquet([path], schema=schema).select(*_columns(output, stored, values))
        for path, values in zip(scan.paths, scan.partitions, strict=True)
    ]
    return reduce(lambda left, right: left.union(right), parts)


def _columns(output: tuple[Attribute, ...], stored: list, values: tuple) -> list[Expr]:
    read = [
        col(f'"{field.name}"').cast(to_arrow(attribute.type)).alias(attribute.column)
        for field, attribute in zip(stored, output, strict=False)
    ]
    constant = [
        literals.build(Literal(value, attribute.type)).alias(attribute.column)
        for value, attribute in zip(values, output[len(stored) :], strict=True)
    ]
    return [*read, *constant]
