"""A magic's line, read; what is wrong with it, said in one sentence."""

from __future__ import annotations

import re
from argparse import Action, ArgumentTypeError
from keyword import iskeyword
from typing import Any

from IPython.core.error import UsageError as IPythonUsageError
from IPython.core.magic_arguments import argument, parse_argstring
from IPython.utils.process import arg_split

from workbench.magics.errors import UsageError, no_such, suggestion

with_traceback = argument(
    "--traceback", action="store_true", help="show a mistake with its whole traceback"
)
"""An option of every magic, which `one_line` reads."""

_OPTION = re.compile(r"\s*(--?[A-Za-z][\w-]*)(=\S+)?")
_NEGATIVE = re.compile(r"(--[A-Za-z][\w-]*)\s+(-\d)")
"""A value that argparse takes for an option."""
_VALUE = re.compile(r"\s+('[^']*'|\"[^\"]*\"|\S+)")


def parse(magic: Any, line: str) -> Any:
    """Return the arguments of a magic's line, without the quotes around them.

    Raises
    ------
    UsageError
        An option is unknown, the nearest suggested, or one is missing.
    """
    _check_options(magic, line)
    try:
        given = parse_argstring(magic, _NEGATIVE.sub(r"\1=\2", line))
    except ValueError:
        raise UsageError(f"A quotation mark in the line is not closed: {line.strip()}") from None
    except IPythonUsageError as error:
        raise _plainly(magic, str(error)) from None
    for name, value in vars(given).items():
        bare = list(map(_bare, value)) if isinstance(value, list) else _bare(value)
        if bare == "" != value:
            raise _no_value(_called(magic, name))
        setattr(given, name, bare)
    return given


def continued(line: str, cell: str) -> tuple[str, str]:
    r"""Return a magic's whole line and what is left of its cell: a line that ends with ``\`` goes on in the next one.

    What is left keeps an empty line for each line taken, so that what Python says about a line is true of the cell.

    >>> continued("x --key k \\", "  --mode update\ndef rows(): ...")
    ('x --key k --mode update', '\ndef rows(): ...')
    """
    taken = 0
    while line.rstrip().endswith("\\"):
        more, _, cell = cell.partition("\n")
        line, taken = f"{line.rstrip()[:-1].rstrip()} {more.strip()}", taken + 1
    return line, "\n" * taken + cell


def leading_options(magic: Any, line: str) -> tuple[str, str]:
    """Return the options a line begins with, and the text after them.

    >>> from workbench.magics.sql import SqlMagic
    >>> leading_options(SqlMagic.sql, "-n 3 -q SELECT 'a -b'")
    ('-n 3 -q', "SELECT 'a -b'")
    """
    takes = {name: one.nargs != 0 for one in actions(magic) for name in one.option_strings}
    end = 0
    while option := _OPTION.match(line, end):
        end = option.end()
        if takes.get(option[1], False) and not option[2] and (value := _VALUE.match(line, end)):
            end = value.end()
    return line[:end].strip(), line[end:].strip()


def actions(magic: Any) -> list[Action]:
    """Return what a magic's line may have."""
    return magic.parser._actions  # noqa: SLF001 - argparse lists them nowhere else


def plain(magic: Any) -> list[Action]:
    """Return what stands on the line without an option before it."""
    return [one for one in actions(magic) if not one.option_strings]


def options(magic: Any) -> list[str]:
    """Return the long options of a magic."""
    names = [name for one in actions(magic) for name in one.option_strings]
    return [name for name in names if name.startswith("--")]


def keep(shell: Any, name: str | None, value: Any) -> None:
    """Keep a value as a variable of the notebook, when it was given a name."""
    if not name:
        return
    if not name.isidentifier() or iskeyword(name):
        raise UsageError(f"{name!r} cannot name a variable. Choose a plain Python name.")
    shell.user_ns[name] = value


def at_least_one(text: str) -> int:
    """Return a count, for argparse."""
    if not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError(f"a whole number from 1 on is wanted, not {text!r}.")
    return int(text)


def seconds(text: str) -> float:
    """Return a number of seconds, for argparse."""
    try:
        number = float(text.removesuffix("s"))
    except ValueError:
        number = -1
    if number < 0:
        raise ArgumentTypeError(f"a number of seconds is wanted, such as 10, not {text!r}.")
    return number


def _check_options(magic: Any, line: str) -> None:
    known = options(magic)
    for word in arg_split(line, strict=False):
        name = word.split("=", 1)[0]
        if name.startswith("--") and not any(one.startswith(name) for one in known):
            raise no_such("option", name, known)


def _plainly(magic: Any, said: str) -> UsageError:
    """Return what argparse says as a sentence that tells what to write."""
    name = f"%{magic.parser.prog}"
    if "arguments are required" in said:
        optional = [one.dest for one in actions(magic) if one.nargs == "*"]
        missing = [one for one in said.split(": ")[1].split(", ") if one not in optional]
        return UsageError(
            f"Missing: {', '.join(missing)}. Write: {name} {_least(magic)}. {name}? says more."
        )
    if found := re.match(r"unrecognized arguments: ((-?)\S+.*)", said):
        if found[2]:
            return no_such("option", found[1].split()[0], options(magic))
        return UsageError(
            f"{name} has no place for {found[1]!r}. Words that belong together are quoted. {name}? says more."
        )
    if found := re.match(r"argument (\S+): invalid choice: '(.*?)'", said):
        choices = _named(magic, found[1]).choices or ()
        return UsageError(f"{found[1]} knows no {found[2]!r}.{suggestion(found[2], choices)}")
    if found := re.match(r"argument (\S+): expected (?:at least )?one argument", said):
        return _no_value(_named(magic, found[1]))
    return UsageError(said.removeprefix("argument "))


def _named(magic: Any, name: str) -> Action:
    return next(one for one in actions(magic) if name in ("/".join(one.option_strings), one.dest))


def _called(magic: Any, dest: str) -> Action:
    return next(one for one in actions(magic) if one.dest == dest)


def _no_value(one: Action) -> UsageError:
    name = "/".join(one.option_strings) or one.dest
    return UsageError(f"{name} wants a value: {', '.join(one.choices or [one.help or ''])}.")


def _least(magic: Any) -> str:
    """Return what a magic's line must have."""
    needed = [one for one in actions(magic) if one.required and one.nargs != "*"]
    words = [
        [*one.option_strings[-1:], "|".join(one.choices or [one.dest.upper()])] for one in needed
    ]
    return " ".join(" ".join(each) for each in words)


def _bare(value: Any) -> Any:
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value
