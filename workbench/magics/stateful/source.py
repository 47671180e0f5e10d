"""A cell's functions as a plain PySpark class: the code that runs is the code that is shown."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass

from workbench.magics.errors import UsageError
from workbench.magics.stateful.variables import Variable

FUNCTIONS = {
    "rows": ("key", "rows", "state"),
    "init": ("state",),
    "timer": ("key", "state", "timers"),
    "close": ("state",),
}
"""The functions a cell may define, and what they are called with."""

TIME_MODES = {"event": "EventTime", "processing": "ProcessingTime", None: "None"}

_HEAD = "from pyspark.sql import Row\nfrom pyspark.sql.streaming import StatefulProcessor"

_NAMED = """
    @staticmethod
    def named(given):
        \"\"\"Return rows with the names of their columns, which Spark wants and tuples do not have.\"\"\"
        row = Row({names})
        return (one if hasattr(one, "__fields__") else row(*one) for one in given or ())
"""

_PLAIN = """
    @staticmethod
    def plain(row):
        \"\"\"Return a row with its times as state gives them: Spark's rows name their time zone, its state does not.\"\"\"
        aware = {{name: row[name] for name in {times} if row[name] is not None}}
        return Row(**row.asDict() | {{name: at.astimezone().replace(tzinfo=None) for name, at in aware.items()}})
"""

_TIMERS = '''
class Timers:
    """A key's timers, in milliseconds since 1970."""

    def __init__(self, handle, values, expired=None):
        self.register, self.delete, self.list = handle.registerTimer, handle.deleteTimer, handle.listTimers
        self.now = values.getCurrentProcessingTimeInMs()
        self.watermark = values.getCurrentWatermarkInMs()
        self.expired = expired
'''

_VALUE = """
    @property
    def {name}(self):
        {read}

    @{name}.setter
    def {name}(self, value):
        if value is None:
            self._{name}.clear()
        else:
            self._{name}.update({written})
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """What ``%%stateful`` was given.

    Attributes
    ----------
    name, text : str
        The DataFrame's name and the cell's body.
    output : tuple of str
        The names of the columns the functions give.
    variables : tuple of Variable
        What is kept for each key.
    timers : str, optional
        event, processing or none.
    ttl_ms : int, optional
        How long a value is kept.
    times : tuple of str
        The TIMESTAMP columns of the rows.
    """

    name: str
    text: str
    output: tuple[str, ...]
    variables: tuple[Variable, ...] = ()
    timers: str | None = None
    ttl_ms: int | None = None
    times: tuple[str, ...] = ()

    @property
    def class_name(self) -> str:
        """The processor's name."""
        return "".join(part.capitalize() for part in self.name.split("_")) + "Processor"

    @property
    def time_mode(self) -> str:
        """PySpark's time mode; values that expire need processing time."""
        return TIME_MODES["processing" if self.ttl_ms and not self.timers else self.timers]


@dataclass(frozen=True, slots=True)
class Parts:
    """A cell taken apart: its own functions, and all that stands beside them."""

    functions: dict[str, ast.FunctionDef]
    others: list[ast.stmt]


def take_apart(cell: Cell, filename: str) -> Parts:
    """Return a cell's parts.

    Raises
    ------
    SyntaxError
        In the user's own line.
    UsageError
        There is no function ``rows``, or a function takes something else.
    """
    body = ast.parse(cell.text, filename).body
    mine = [one for one in body if isinstance(one, ast.FunctionDef) and one.name in FUNCTIONS]
    found = {one.name: one for one in mine}
    for one in mine:
        if one is not found[one.name]:
            raise UsageError(
                f"line {one.lineno} and line {found[one.name].lineno} both define {one.name}. Keep one of them."
            )
    if "rows" not in found:
        raise UsageError(_no_rows(body))
    for name, function in found.items():
        wanted = FUNCTIONS[name]
        if len(function.args.args) != len(wanted):
            raise UsageError(
                f"line {function.lineno}: {name} is called as {name}({', '.join(wanted)})."
            )
    if "timer" in found and not cell.timers:
        raise UsageError(
            "The cell has a function timer, but no --timers event or --timers processing."
        )
    return Parts(found, [one for one in body if one not in found.values()])


def _no_rows(body: list[ast.stmt]) -> str:
    """Return what is wrong with a cell that has no function ``rows``."""
    wanted = "The cell wants a function: def rows(key, rows, state)."
    for one in body:
        if isinstance(one, ast.AsyncFunctionDef) and one.name == "rows":
            return f"line {one.lineno}: rows cannot be async. {wanted}"
    others = [one.name for one in body if isinstance(one, ast.FunctionDef)]
    return f"{wanted} It has only {', '.join(others)}." if others else wanted


def class_source(cell: Cell, parts: Parts, *, with_functions: bool) -> str:
    """Return the class; without the user's functions when these are put in as they were compiled."""
    lines = [
        _HEAD,
        "",
        *([_TIMERS] if cell.timers else []),
        "",
        f"class {cell.class_name}(StatefulProcessor):",
    ]
    lines += ["    def init(self, handle):", "        self.handle = handle"]
    for one in cell.variables:
        mark = "_" if one.kind == "value" else ""
        lines.append(f"        self.{mark}{one.name} = {one.opened(cell.ttl_ms)}")
    lines += ["        self.on_init(self)"] if "init" in parts.functions else []
    lines += [_value(one) for one in cell.variables if one.kind == "value"]
    lines += ["", *_calls(cell, parts)]
    lines += [_NAMED.format(names=", ".join(map(repr, cell.output))).rstrip("\n")]
    lines += [_PLAIN.format(times=cell.times).rstrip("\n")] if cell.times else []
    if with_functions:
        for name, function in parts.functions.items():
            lines += [
                "",
                "    @staticmethod",
                textwrap.indent(_renamed(cell, name, function), "    "),
            ]
    return "\n".join(lines) + "\n"


def _value(one: Variable) -> str:
    plain = f"held = self._{one.name}.get()\n        return None if held is None else held[0]"
    read, written = (
        (f"return self._{one.name}.get()", "tuple(value)") if one.is_struct else (plain, "(value,)")
    )
    return _VALUE.format(name=one.name, read=read, written=written).rstrip("\n")


def _calls(cell: Cell, parts: Parts) -> list[str]:
    lines = ["    def handleInputRows(self, key, rows, timerValues):"]
    lines += ["        self.timers = Timers(self.handle, timerValues)"] if cell.timers else []
    rows = "map(self.plain, rows)" if cell.times else "rows"
    lines += [f"        return self.named(self.on_rows(key, {rows}, self))"]
    if "timer" in parts.functions:
        lines += ["", "    def handleExpiredTimer(self, key, timerValues, expiredTimerInfo):"]
        lines += [
            "        self.timers = Timers(self.handle, timerValues, expiredTimerInfo.getExpiryTimeInMs())"
        ]
        lines += ["        return self.named(self.on_timer(key, self, self.timers))"]
    if "close" in parts.functions:
        lines += ["", "    def close(self):", "        self.on_close(self)"]
    return lines


def _renamed(cell: Cell, name: str, function: ast.FunctionDef) -> str:
    """Return a function's own text under the name it has in the class; indenting must not change a string of many lines."""
    texts = [
        one
        for one in ast.walk(function)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    ]
    if any(one.end_lineno != one.lineno for one in texts):
        return ast.unparse(_under(function, f"on_{name}"))
    text = "\n".join(cell.text.splitlines()[function.lineno - 1 : function.end_lineno])
    return text.replace(f"def {name}(", f"def on_{name}(", 1)


def _under(function: ast.FunctionDef, name: str) -> ast.FunctionDef:
    fields = {field: getattr(function, field) for field in function._fields}
    return ast.copy_location(ast.FunctionDef(**{**fields, "name": name}), function)


def plain_source(
    cell: Cell, parts: Parts, given: str, keys: list[str], output: str, mode: str, around: str
) -> str:
    """Return a program without the magic: it runs on any Spark. `around` is what it uses of the notebook."""
    quoted = ", ".join(map(repr, keys))
    frame = (
        f"{cell.name} = {given}.groupBy({quoted}).transformWithState(\n    {cell.class_name}(), {output!r}, "
        f"outputMode={mode!r}, timeMode={cell.time_mode!r}\n)\n"
    )
    ahead, beside = (
        _beside(cell, [o for o in parts.others if _is_ahead(o) is want]) for want in (True, False)
    )
    made = class_source(cell, parts, with_functions=True)
    return "\n\n".join(part for part in (ahead, around, beside, made, frame) if part)


def _is_ahead(one: ast.stmt) -> bool:
    """Whether a statement must be a program's first."""
    return isinstance(one, ast.ImportFrom) and one.module == "__future__"


def _beside(cell: Cell, statements: list[ast.stmt]) -> str:
    """Return what stands beside the functions, as it was written."""
    made = ""
    for one in statements:
        first = min([one.lineno, *(d.lineno for d in getattr(one, "decorator_list", []))])
        text = "\n".join(cell.text.splitlines()[first - 1 : one.end_lineno])
        is_block = hasattr(one, "body")
        made += ("\n\n" if is_block and made else "") + text + ("\n\n\n" if is_block else "\n")
    return made.strip("\n")


def build(cell: Cell, parts: Parts, filename: str, namespace: dict) -> type:
    """Run a cell and return its processor class; tracebacks show the user's own lines."""
    exec(compile(ast.Module(parts.others, []), filename, "exec"), namespace)  # noqa: S102 - a notebook's cell
    exec(  # noqa: S102
        compile(class_source(cell, parts, with_functions=False), f"<{cell.class_name}>", "exec"),
        namespace,
    )
    made = namespace[cell.class_name]
    for name, function in parts.functions.items():
        inside = {}
        module = ast.Module([_under(function, f"on_{name}")], [])
        exec(compile(module, filename, "exec"), namespace, inside)  # noqa: S102
        setattr(made, f"on_{name}", staticmethod(inside[f"on_{name}"]))
    return made
