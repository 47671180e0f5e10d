"""Mistakes in a cell, shown in one line; a notebook that runs by itself stops at them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from functools import wraps
from traceback import TracebackException, extract_tb
from typing import Any

from IPython.core.error import UsageError as IPythonUsageError
from pyspark.errors import PySparkException

from workbench.magics.spark import running
from workbench.ui.wording import readable

_FRAME = re.compile(r'File "[^"]*", line (\d+), in (\S+)\n\s+(.+)')
_RAISED = re.compile(r"^(\w+(?:\.\w+)*: .+|\w+(?:Error|Exception))$", re.MULTILINE)
_CLASS = re.compile(r"^\([\w.$]+\) ")
_STATE = re.compile(r"\s*SQLSTATE: \w{5}")

WATERMARK = "WATERMARK column DELAY OF INTERVAL 10 SECONDS"


class UsageError(IPythonUsageError):
    """A magic was not used as it is meant to be.

    IPython prints its own class as text, after which nothing in the notebook's file says that the cell failed; this one is
    an error of the cell, in one line.
    """

    def _render_traceback_(self) -> list[str]:
        return [f"UsageError: {self}"]


def one_line(run: Callable[..., Any]) -> Callable[..., Any]:
    """Make a magic show an error as one line; ``--traceback`` shows everything."""

    @wraps(run)
    def shown(self: Any, line: str, *rest: Any, **named: Any) -> Any:
        if "--traceback" in line:
            return _whole(run, self, line.replace("--traceback", ""), *rest, **named)
        try:
            return run(self, line, *rest, **named)
        except UsageError:
            raise
        except IPythonUsageError as error:
            raise UsageError(str(error)) from None
        except PySparkException as error:
            shown_as(error, in_short(error) + _next_step(error, self.shell.user_ns))
            raise
        except KeyboardInterrupt as error:
            shown_as(error, "KeyboardInterrupt: this cell was interrupted; queries run on.")
            raise

    return shown


def _whole(run: Callable[..., Any], *given: Any, **named: Any) -> Any:
    try:
        return run(*given, **named)
    except Exception as error:
        vars(error).pop("_render_traceback_", None)
        if error.__cause__ is None:
            raise
        raise error.__cause__ from None


def shown_as(error: BaseException, text: str) -> None:
    """Let IPython show an error by a text of ours, unless one was chosen before."""
    if not hasattr(error, "_render_traceback_"):
        error._render_traceback_ = lambda: [text]  # type: ignore[attr-defined]


def in_short(error: BaseException) -> str:
    """Return an error as one line; where a function of the user's raised it, with the user's own lines."""
    text = str(error)
    name = type(error).__name__
    frames = dict.fromkeys(_FRAME.findall(text))
    if not frames:
        return f"{name}: {reason(error)}"
    raised = _RAISED.search(text, text.rfind('File "'))
    cause = _STATE.sub("", raised[1]) if raised else reason(error)
    return "\n".join([f"{name}: {cause}", *(_at(*frame) for frame in frames)])


def reason(error: object) -> str:
    """Return what an error says, in its first line."""
    return _STATE.sub("", readable(_CLASS.sub("", str(error).strip())))


def _at(line: object, function: str, text: str | None) -> str:
    return f"    line {line}, in {function}: {text}"


@contextmanager
def users_lines(filename: str, columns: Iterable[str] = ()) -> Iterator[None]:
    """Show what the user's code raises by the lines of their cell; ``columns`` are what a row has."""
    try:
        yield
    except IPythonUsageError:
        raise
    except SyntaxError as error:
        text = (error.text or "").strip()
        raise UsageError(f"line {error.lineno}: {error.msg}\n    {text}") from error
    except Exception as error:
        frames = [one for one in extract_tb(error.__traceback__) if one.filename == filename]
        lines = [_at(one.lineno, one.name.removeprefix("on_"), one.line) for one in frames]
        said = "".join(TracebackException.from_exception(error).format_exception_only()).strip()
        said = said.removeprefix(f"{type(error).__module__}.")
        shown_as(error, "\n".join([said + _hint(error, frames, list(columns)), *lines]))
        raise


def _hint(error: Exception, frames: list[Any], columns: list[str]) -> str:
    missing = getattr(error, "getMessageParameters", dict)() or {}
    if "attr_name" in missing:
        return suggestion(missing["attr_name"], columns)
    if isinstance(error, TypeError) and "NoneType" in str(error) and "state." in _line(frames):
        return ". What is kept is None at first: write for example (state.n or 0)."
    return ""


def _line(frames: list[Any]) -> str:
    return frames[-1].line or "" if frames else ""


def no_such(what: str, name: str, known: Iterable[str]) -> UsageError:
    """Return the error for a name that is none of ``known``, the nearest suggested."""
    return UsageError(f"There is no {what} {name!r}.{suggestion(name, known)}")


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about a name that is none of ``known``."""
    known = list(known)
    near = get_close_matches(name, known, n=1)
    return f" Did you mean {near[0]}?" if near else f" There are: {', '.join(known) or 'none'}."


def _next_step(error: PySparkException, namespace: dict[str, Any]) -> str:
    """Return what somebody may have meant."""
    condition, said = error.getCondition(), error.getMessageParameters() or {}
    if condition == "PARSE_SYNTAX_ERROR" and "'WATERMARK'" in str(error):
        return f" Write: FROM table {WATERMARK}, and its alias after that."
    session = running(namespace)
    if session is None or condition != "TABLE_OR_VIEW_NOT_FOUND":
        return ""
    known = [one.name for one in session.catalog.listTables()]
    near = get_close_matches(said.get("relationName", "").replace("`", ""), known, n=1)
    return f" Did you mean {near[0]}?" if near else ""
