"""Python functions over columns: unpickled once, called with a batch at a time."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from datafusion import functions as f
from datafusion import udf
from pyspark.sql.types import DoubleType

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import Unsupported, UserCodeError
from workbench.engine.functions import faults
from workbench.engine.kernel.python_conventions import CONVENTIONS
from workbench.engine.kernel.unpickling import loads
from workbench.engine.plan.typed import Attribute, PythonCall
from workbench.engine.plan.walk import every

if TYPE_CHECKING:
    import pyarrow as pa
    from datafusion import Expr

    from workbench.engine.plan.python_function import PythonFunction


@lru_cache(maxsize=256)
def load(command: bytes) -> Callable[..., Any]:
    """Return the function inside a client's pickle."""
    loaded = loads(command)
    return loaded[0] if isinstance(loaded, tuple) else loaded


def user_error(name: str, error: BaseException) -> UserCodeError:
    """Return the named error for what a user's function raised; the traceback is cut to the user's own lines."""
    if isinstance(error, UserCodeError):
        return error
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not any(part in frame.filename for part in _NOT_THE_USERS)]
    lines = traceback.format_list(own) + traceback.format_exception_only(error)
    return UserCodeError("PYTHON_EXCEPTION", functionName=name, traceback="".join(lines).rstrip())


_NOT_THE_USERS = ("/workbench/engine/", "/pyspark/sql/conversion.py", "/pyspark/sql/pandas/")


def with_keywords(call: PythonCall) -> Callable[..., Any]:
    """Return a call's function as one that takes every argument by place."""
    function, names = load(call.function.command), call.keywords
    if not names:
        return function
    plain = len(call.arguments) - len(names)
    return lambda *given: function(*given[:plain], **dict(zip(names, given[plain:], strict=True)))


def scalar_call(call: PythonCall, arguments: list[Expr]) -> Expr:
    """Return the DataFusion expression of a user's function over columns."""
    function = call.function
    convention = CONVENTIONS.get(function.eval_type)
    if convention is None:
        raise Unsupported("UNSUPPORTED_FEATURE.PYTHON_EVAL_TYPE", evalType=function.eval_type)
    run = convention(with_keywords(call), [a.type for a in call.arguments], call)
    kinds = [to_arrow(a.type) for a in call.arguments]
    # DataFusion calls a function of constants once for all rows; a column of random numbers tells it how many there are.
    is_constant = not any(isinstance(part, Attribute) for part in every(call))
    given = len(kinds)
    if is_constant:
        kinds, arguments = [*kinds, to_arrow(DoubleType())], [*arguments, f.random()]

    def guarded(*columns: pa.Array) -> pa.Array:
        try:
            return run(list(columns[:given]), len(columns[0]))
        except Exception as error:
            faults.throw(user_error(function.name, error))

    volatility = "immutable" if function.deterministic and not is_constant else "volatile"
    made = udf(guarded, kinds, to_arrow(call.type), volatility, name=f"{function.name}_{id(run)}")
    return made(*arguments)


def call_user(function: PythonFunction, *arguments: Any) -> Any:
    """Call a user's function, its failure named."""
    try:
        return load(function.command)(*arguments)
    except Exception as error:
        raise user_error(function.name, error) from error
