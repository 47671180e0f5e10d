"""A user's aggregate functions over windows: called once a partition, or once a row where the frame moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from datafusion.expr import Window
from datafusion.user_defined import WindowEvaluator, WindowUDF
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import WorkbenchError
from workbench.engine.functions import faults
from workbench.engine.functions.windows import GROWING, WHOLE, frame_of
from workbench.engine.kernel.python_calls import opened
from workbench.engine.kernel.python_work import ColumnWork

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from datafusion import Expr

    from workbench.engine.plan.typed import PythonCall, WindowCall


def window_call(
    call: WindowCall, arguments: Sequence[Expr], partition: Sequence[Expr], order: Sequence[Any]
) -> Expr:
    """Return the DataFusion expression of a user's aggregate over a window."""
    inner: PythonCall = call.function
    one = _one_group(inner)
    is_whole = (call.frame or (GROWING if call.order else WHOLE))[1:] == (None, None)
    evaluator = _Whole if is_whole else _Moving
    kinds = [to_arrow(a.type) for a in inner.arguments]
    name = f"{inner.function.name}_{id(one)}"
    made = WindowUDF.udwf(
        lambda: evaluator(one, len(kinds)), kinds, to_arrow(call.type), "volatile", name
    )
    return made(*arguments).over(
        Window(partition_by=list(partition), order_by=list(order), window_frame=frame_of(call))
    )


def _one_group(call: PythonCall) -> Callable[[list[pa.Array]], pa.Array]:
    """Return the function over one group's columns: the aggregate's convention with one list."""
    fields = [t.StructField(f"_{i}", a.type) for i, a in enumerate(call.arguments)]
    run = opened(ColumnWork.of(call, [t.ArrayType(t.StructType(fields))]))
    names = [field.name for field in fields]

    def one(columns: list[pa.Array]) -> pa.Array:
        rows = pa.StructArray.from_arrays(columns, names=names)
        try:
            return run([pa.ListArray.from_arrays(pa.array([0, len(rows)], pa.int32()), rows)], 1)
        except WorkbenchError as error:
            faults.throw(error)

    return one


class _Whole(WindowEvaluator):
    """A frame that is the whole partition: one call."""

    def __init__(self, one: Callable[[list[pa.Array]], pa.Array], width: int) -> None:
        self.one, self.width = one, width

    def evaluate_all(self, values: list[pa.Array], num_rows: int) -> pa.Array:
        made = self.one(values[: self.width])
        return made.take(pa.array([0] * num_rows, pa.int32()))


class _Moving(_Whole):
    """A frame that moves with the row: a call a row."""

    def uses_window_frame(self) -> bool:
        return True

    def evaluate(self, values: list[pa.Array], eval_range: tuple[int, int]) -> pa.Scalar:
        start, end = eval_range
        return self.one([column.slice(start, end - start) for column in values[: self.width]])[0]
