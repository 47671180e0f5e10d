"""Python functions over columns: opened once, called with a batch at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datafusion import functions as f
from datafusion import udf
from pyspark.sql.types import DoubleType

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import WorkbenchError
from workbench.engine.functions import faults
from workbench.engine.kernel.python_calls import opened
from workbench.engine.kernel.python_loading import load, user_error
from workbench.engine.kernel.python_work import ColumnWork
from workbench.engine.kernel.running import looker
from workbench.engine.plan.typed import Attribute, PythonCall
from workbench.engine.plan.walk import every

if TYPE_CHECKING:
    import pyarrow as pa
    from datafusion import Expr

__all__ = ["load", "scalar_call", "user_error"]


def scalar_call(call: PythonCall, arguments: list[Expr]) -> Expr:
    """Return the DataFusion expression of a user's function over columns."""
    function = call.function
    run = opened(ColumnWork.of(call))
    kinds = [to_arrow(a.type) for a in call.arguments]
    # DataFusion calls a function of constants once for all rows; a column of random numbers tells it how many there are.
    is_constant = not any(isinstance(part, Attribute) for part in every(call))
    given = len(kinds)
    look = looker()
    if is_constant:
        kinds, arguments = [*kinds, to_arrow(DoubleType())], [*arguments, f.random()]

    def guarded(*columns: pa.Array) -> pa.Array:
        look()
        try:
            return run(list(columns[:given]), len(columns[0]))
        except WorkbenchError as error:
            faults.throw(error)

    volatility = "immutable" if function.deterministic and not is_constant else "volatile"
    made = udf(guarded, kinds, to_arrow(call.type), volatility, name=f"{function.name}_{id(run)}")
    return made(*arguments)
