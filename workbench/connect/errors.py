"""The one map from errors to what a Spark Connect client decodes into its own exceptions.

A status carries a ``google.rpc.ErrorInfo`` with the classes, the condition, its parameters and an id; with the id the client
fetches the full chain (``FetchErrorDetails``). The classes are Spark's, so the client raises what it would on Spark.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from dataclasses import dataclass

from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from pyspark.errors import PySparkException
from pyspark.sql.connect.proto import base_pb2

from workbench.base.errors import UserCodeError, WorkbenchError

_JAVA = (
    "java.lang.RuntimeException",
    "java.lang.Exception",
    "java.lang.Throwable",
    "java.lang.Object",
)

# A Spark class and what it inherits; the client takes the first name it knows.
_PARENTS: dict[str, tuple[str, ...]] = {
    "org.apache.spark.sql.catalyst.parser.ParseException": (
        "org.apache.spark.sql.AnalysisException",
    ),
    "org.apache.spark.SparkArithmeticException": ("java.lang.ArithmeticException",),
    "org.apache.spark.SparkDateTimeException": ("java.time.DateTimeException",),
    "org.apache.spark.SparkNumberFormatException": (
        "java.lang.NumberFormatException",
        "java.lang.IllegalArgumentException",
    ),
    "org.apache.spark.SparkArrayIndexOutOfBoundsException": (
        "java.lang.ArrayIndexOutOfBoundsException",
        "java.lang.IndexOutOfBoundsException",
    ),
    "org.apache.spark.SparkIllegalArgumentException": ("java.lang.IllegalArgumentException",),
    "org.apache.spark.SparkIllegalStateException": ("java.lang.IllegalStateException",),
    "org.apache.spark.SparkUnsupportedOperationException": (
        "java.lang.UnsupportedOperationException",
    ),
}

# HTTP/2 trailers are small (8 KB by default); the whole text travels in FetchErrorDetails.
_SHORT = 1024

_PLUMBING = tuple(
    f"/workbench/connect/{name}.py"
    for name in ("servicer", "operation", "responses", "handlers/execute_plan")
)


class ConfNotFound(WorkbenchError, KeyError):
    """A configuration key nobody set and nobody knows."""

    spark_class = "org.apache.spark.SparkNoSuchElementException"


class InvalidHandle(WorkbenchError):
    """A session, operation or answer the server does not have."""


class Cancelled(WorkbenchError):
    """An operation the user interrupted."""


class Unauthenticated(WorkbenchError):
    """A call without the server's token."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the client is told of one error."""

    classes: tuple[str, ...]
    condition: str
    message: str
    parameters: dict[str, str]
    sql_state: str | None


def facts(error: BaseException) -> Facts:
    """Return what the client is told; an error the engine did not name is an ``INTERNAL_ERROR`` with its traceback."""
    if isinstance(error, WorkbenchError):
        return _named(error)
    if isinstance(error, PySparkException) and error.getCondition():
        parameters = error.getMessageParameters() or {}
        classes = _classes(WorkbenchError.spark_class)
        return Facts(classes, str(error.getCondition()), str(error), parameters, None)
    return _internal(error)


def _named(error: WorkbenchError) -> Facts:
    message = str(error)
    if isinstance(error, UserCodeError) and "traceback" in error.parameters:
        message = f"{message}\n\n{error.parameters['traceback']}"
    classes = _classes(error.spark_class)
    return Facts(classes, error.condition, message, error.parameters, error.sql_state)


def _internal(error: BaseException) -> Facts:
    what = f"{type(error).__name__}: {error}"
    named = WorkbenchError("INTERNAL_ERROR", message=what)
    return Facts(
        classes=_classes(named.spark_class),
        condition=named.condition,
        message=f"{named}\n\n{_traceback(error)}",
        parameters=named.parameters,
        sql_state=named.sql_state,
    )


def _traceback(error: BaseException) -> str:
    """The error's traceback without the frames every call passes through."""
    whole = traceback.TracebackException.from_exception(error)
    frames = [frame for frame in whole.stack if not frame.filename.endswith(_PLUMBING)]
    whole.stack = traceback.StackSummary.from_list(frames)
    return "".join(whole.format())


def _classes(spark_class: str) -> tuple[str, ...]:
    return (spark_class, *_PARENTS.get(spark_class, ()), *_JAVA)


def to_status(error: BaseException, error_id: str) -> status_pb2.Status:
    """Return the gRPC status of an error. ``error_id``: what ``FetchErrorDetails`` will be asked for, "" for nothing."""
    told = facts(error)
    info = error_details_pb2.ErrorInfo(reason=told.classes[0], domain="org.apache.spark")
    info.metadata["classes"] = json.dumps(told.classes)
    info.metadata["errorClass"] = told.condition
    if error_id:
        info.metadata["errorId"] = error_id
    if told.sql_state:
        info.metadata["sqlState"] = told.sql_state
    parameters = json.dumps(told.parameters)
    info.metadata["messageParameters"] = parameters if len(parameters) <= _SHORT else "{}"
    detail = any_pb2.Any()
    detail.Pack(info)
    unknown_caller = isinstance(error, Unauthenticated)
    code = code_pb2.UNAUTHENTICATED if unknown_caller else code_pb2.INTERNAL
    return status_pb2.Status(code=code, message=_short(told.message), details=[detail])


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"


def to_details(error: BaseException) -> list[base_pb2.FetchErrorDetailsResponse.Error]:
    """Return the error and its causes, the error first, each with its Python frames as its stack trace."""
    chain = list(_chain(error))
    return [
        _detail(one, index + 1 if index + 1 < len(chain) else None)
        for index, one in enumerate(chain)
    ]


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _detail(error: BaseException, cause: int | None) -> base_pb2.FetchErrorDetailsResponse.Error:
    told = facts(error)
    message = base_pb2.FetchErrorDetailsResponse.Error(
        error_type_hierarchy=told.classes, message=told.message, stack_trace=_frames(error)
    )
    if cause is not None:
        message.cause_idx = cause
    message.spark_throwable.error_class = told.condition
    message.spark_throwable.message_parameters.update(told.parameters)
    if told.sql_state:
        message.spark_throwable.sql_state = told.sql_state
    return message


def _frames(error: BaseException) -> list[base_pb2.FetchErrorDetailsResponse.StackTraceElement]:
    frames = traceback.extract_tb(error.__traceback__)
    return [
        base_pb2.FetchErrorDetailsResponse.StackTraceElement(
            declaring_class=frame.filename,
            method_name=frame.name,
            file_name=frame.filename,
            line_number=frame.lineno or 0,
        )
        for frame in reversed(frames)
    ]
