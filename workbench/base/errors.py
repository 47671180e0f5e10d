"""Errors as named conditions.

The tree::

    WorkbenchError
    ├── AnalysisError            the query cannot be understood or is not allowed (Spark: AnalysisException)
    │   └── ParseError           the SQL or DDL text cannot be read (Spark: ParseException)
    ├── ExecutionError           a row or file made a running query fail (Spark: SparkException)
    │   ├── ArithmeticFault      overflow, division by zero (Spark: SparkArithmeticException)
    │   ├── DateTimeFault        a date or time out of range (Spark: SparkDateTimeException)
    │   ├── NumberFormatFault    text that is no number (Spark: SparkNumberFormatException)
    │   ├── ArrayIndexFault      an index outside its array (Spark: SparkArrayIndexOutOfBoundsException)
    │   └── UserCodeError        a Python function of the user raised (Spark: PythonException)
    ├── IllegalArgument          a value no option or parameter takes (Spark: SparkIllegalArgumentException)
    ├── IllegalState             a call that is not allowed now (Spark: SparkIllegalStateException)
    ├── Unsupported              Spark has it, this engine does not (Spark: SparkUnsupportedOperationException)
    └── StreamingQueryError      why a streaming query ended (Spark: StreamingQueryException)

Each error is raised with a condition's name and its parameters; the sentence is in ``error_conditions.json``. Where Spark
has a condition its name and parameters are Spark's, so code that matches on them runs on both.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files

_PLACEHOLDER = re.compile(r"<(\w+)>")


@cache
def conditions() -> dict[str, dict[str, str]]:
    """Return every known condition: name → ``{"message": …, "sqlState": …}``; sub-conditions are ``MAIN.SUB``."""
    return json.loads(files(__package__).joinpath("error_conditions.json").read_text("utf-8"))


def sentence(condition: str, parameters: dict[str, str]) -> str:
    """Return the message of a condition with its parameters put in.

    Parameters
    ----------
    condition : str
        ``MAIN`` or ``MAIN.SUB``; the sentence of ``MAIN.SUB`` follows that of ``MAIN``.
    parameters : dict of str to str
        The values for the ``<placeholders>`` of the sentence.
    """
    main = condition.partition(".")[0]
    names = [main] if main == condition else [main, condition]
    known = conditions()
    template = " ".join(known[name]["message"] for name in names if name in known)
    if not template:
        raise KeyError(f"{condition} is not in error_conditions.json")
    return _PLACEHOLDER.sub(lambda found: parameters.get(found[1], found[0]), template)


class WorkbenchError(Exception):
    """The root of every error the engine raises on purpose.

    Parameters
    ----------
    condition : str
        A name in ``error_conditions.json``.
    **parameters : object
        The condition's parameters; each is turned into text.

    Attributes
    ----------
    spark_class : str
        The JVM class whose name a Spark Connect client maps back to its own exception.
    """

    spark_class = "org.apache.spark.SparkException"

    def __init__(self, condition: str, /, **parameters: object) -> None:
        self.condition = condition
        self.parameters = {name: str(value) for name, value in parameters.items()}
        self.message = sentence(condition, self.parameters)
        super().__init__(condition, self.parameters)

    @property
    def sql_state(self) -> str | None:
        """The five-letter SQLSTATE of the condition, or None."""
        known = conditions()
        main = self.condition.partition(".")[0]
        return (known.get(self.condition) or {}).get("sqlState") or (known.get(main) or {}).get(
            "sqlState"
        )

    def __str__(self) -> str:
        state = f" SQLSTATE: {self.sql_state}" if self.sql_state else ""
        return f"[{self.condition}] {self.message}{state}"

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.condition, self.parameters))


def _rebuild(
    kind: type[WorkbenchError], condition: str, parameters: dict[str, str]
) -> WorkbenchError:
    return kind(condition, **parameters)


class AnalysisError(WorkbenchError, ValueError):
    """The query cannot be understood, or is not allowed."""

    spark_class = "org.apache.spark.sql.AnalysisException"


class ParseError(AnalysisError):
    """SQL or DDL text that cannot be read."""

    spark_class = "org.apache.spark.sql.catalyst.parser.ParseException"


class ExecutionError(WorkbenchError, RuntimeError):
    """A row, file or disk made a running query fail."""


class ArithmeticFault(ExecutionError, ArithmeticError):
    """Overflow or division by zero under ANSI rules."""

    spark_class = "org.apache.spark.SparkArithmeticException"


class DateTimeFault(ExecutionError):
    """A date or time that is out of range or cannot be read."""

    spark_class = "org.apache.spark.SparkDateTimeException"


class NumberFormatFault(ExecutionError):
    """Text that is no number."""

    spark_class = "org.apache.spark.SparkNumberFormatException"


class ArrayIndexFault(ExecutionError, IndexError):
    """An index outside its array."""

    spark_class = "org.apache.spark.SparkArrayIndexOutOfBoundsException"


class UserCodeError(ExecutionError):
    """A Python function of the user raised; ``parameters["traceback"]`` holds the user's own lines."""

    spark_class = "org.apache.spark.api.python.PythonException"


class IllegalArgument(WorkbenchError, ValueError):
    """A value that no option or parameter takes."""

    spark_class = "org.apache.spark.SparkIllegalArgumentException"


class IllegalState(WorkbenchError, RuntimeError):
    """A call that is not allowed now."""

    spark_class = "org.apache.spark.SparkIllegalStateException"


class Unsupported(WorkbenchError, NotImplementedError):
    """Spark has it, this engine does not."""

    spark_class = "org.apache.spark.SparkUnsupportedOperationException"


class StreamingQueryError(WorkbenchError):
    """Why a streaming query ended; ``__cause__`` is the error itself."""

    spark_class = "org.apache.spark.sql.streaming.StreamingQueryException"
