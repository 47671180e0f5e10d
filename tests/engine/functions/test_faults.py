"""A named error survives its way through DataFusion."""

from __future__ import annotations

import datafusion
import pyarrow as pa
import pytest

from workbench.base.errors import ArithmeticFault, ExecutionError
from workbench.engine.functions import faults
from workbench.engine.functions.vectors import register


def test_the_error_itself_comes_back() -> None:
    error = ExecutionError("USER_RAISED_EXCEPTION", errorMessage="stop")

    def fail(_values: pa.Array) -> pa.Array:
        raise error

    function = register(fail, [pa.int64()], pa.int64())
    frame = datafusion.SessionContext().from_pydict({"a": [1]})
    with pytest.raises(Exception, match="workbench-fault") as caught:
        frame.select(function(datafusion.col("a"))).collect()
    assert faults.recover(caught.value) is error


def test_datafusion_s_own_division_by_zero_is_named() -> None:
    frame = datafusion.SessionContext().from_pydict({"a": [1], "b": [0]})
    with pytest.raises(Exception, match="ivide by zero") as caught:
        frame.select(datafusion.col("a") / datafusion.col("b")).collect()
    assert isinstance(faults.recover(caught.value), ArithmeticFault)


def test_a_stranger_is_left_alone() -> None:
    assert faults.recover(ValueError("something else")) is None


def test_only_so_many_errors_wait() -> None:
    for _ in range(2 * faults.KEPT):
        with pytest.raises(faults.Fault):
            faults.throw(ExecutionError("INTERNAL_ERROR", message="x"))
    last = faults.Fault(f"workbench-fault:{next(iter(faults._WAITING))}")
    assert faults.recover(last).condition == "INTERNAL_ERROR"
    assert len(faults._WAITING) == faults.KEPT
