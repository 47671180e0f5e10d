"""Files scanned by DataFusion itself, with column and filter pushdown."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import pyarrow.dataset as ds
from datafusion import col
from pyspark.sql.types import StructType

from workbench.base.arrow_types import arrow_schema, to_arrow
from workbench.engine.functions import literals
from workbench.engine.plan.typed import Literal, next_id

if TYPE_CHECKING:
    import pyarrow as pa
    from datafusion import DataFrame, Expr

    from workbench.engine.connectors.contract import FileScan
    from workbench.engine.kernel.operators import Compilation
    from workbench.engine.plan.typed import Attribute

MOST_SCANS = 32
"""More files than this are one Arrow dataset: planning a scan a file would cost more than DataFusion's own reader brings."""


def scan_files(scan: FileScan, output: tuple[Attribute, ...], run: Compilation) -> DataFrame:
    """Return a frame over parquet files whose columns are, by name, ``output``.

    Partition values (the schema's last columns when ``scan.partitions`` is given) become constants per file.
    """
    if not scan.paths:
        return run.frame(arrow_schema(scan.schema).empty_table(), output)
    run.scanned.extend(scan.paths)
    width = len(scan.partitions[0]) if scan.partitions else 0
    stored = scan.schema.fields[: len(scan.schema.fields) - width]
    schema = arrow_schema(StructType(stored))
    values = scan.partitions or ((),) * len(scan.paths)
    groups: dict[tuple, list[str]] = {}
    for path, constants in zip(scan.paths, values, strict=True):
        groups.setdefault(constants, []).append(path)
    parts = [
        whole.select(*_columns(output, stored, constants))
        for constants, paths in groups.items()
        for whole in _opened(paths, schema, run)
    ]
    return reduce(lambda left, right: left.union(right), parts)


def _opened(paths: list[str], schema: pa.Schema, run: Compilation) -> list[DataFrame]:
    if len(paths) <= MOST_SCANS:
        return [run.context.read_parquet(path, schema=schema, file_extension="") for path in paths]
    name = f"files{next_id()}"
    run.context.register_dataset(name, ds.dataset(paths, schema=schema, format="parquet"))
    made = run.context.table(name)
    run.context.deregister_table(name)
    return [made]


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
