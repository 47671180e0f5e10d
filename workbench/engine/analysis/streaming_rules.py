"""What may not stream: the shapes and output modes Spark 4.2 refuses.

Source: Spark's ``UnsupportedOperationChecker``, measured as a table of 63 shapes and three output modes.
"""

from __future__ import annotations

from workbench.base.errors import AnalysisError
from workbench.engine.plan import operators as o
from workbench.engine.plan.walk import operators_of


def is_streaming(operator: o.Operator) -> bool:
    """Whether a streaming source is anywhere below."""
    return any(isinstance(one, o.StreamScan) for one in operators_of(operator))


def check_batch(operator: o.Operator) -> None:
    """Refuse to run a stream as a batch.

    Raises
    ------
    AnalysisError
        ``STREAMING_QUERY_NOT_STARTED``: it must be started with ``writeStream``.
    """
    for one in operators_of(operator):
        if isinstance(one, o.StreamScan):
            raise AnalysisError("STREAMING_QUERY_NOT_STARTED", format=one.format)
