"""Names of ``pyspark.sql.functions`` that are no functions of the engine: the client or the plan has them in other forms."""

from __future__ import annotations

NAMES: dict[str, str] = {
    **dict.fromkeys(("col", "column"), "a column by name"),
    "lit": "a constant",
    "expr": "SQL text",
    **dict.fromkeys(("call_function", "call_udf"), "a call by name"),
    **dict.fromkeys(
        ("asc", "asc_nulls_first", "asc_nulls_last", "desc", "desc_nulls_first", "desc_nulls_last"),
        "a sort key",
    ),
    "broadcast": "a hint, which changes no answer",
    **dict.fromkeys(("udf", "pandas_udf", "arrow_udf", "udtf", "arrow_udtf"), "a Python function"),
    "unwrap_udt": "user-defined types travel unwrapped",
    **dict.fromkeys(
        (
            "AnalyzeArgument",
            "AnalyzeResult",
            "ArrowUDFType",
            "OrderingColumn",
            "PandasUDFType",
            "PartitioningColumn",
            "SelectedColumn",
            "SkipRestOfInputTableException",
            "UserDefinedFunction",
            "UserDefinedTableFunction",
        ),
        "a class of the client",
    ),
    **dict.fromkeys(
        ("window", "session_window", "window_time"), "a time window, which the analysis plans"
    ),
}
