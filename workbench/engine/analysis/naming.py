"""The names Spark gives to columns nobody named.

Source: Spark's ``toPrettySQL`` (``org.apache.spark.sql.catalyst.util``): ``count(1)``, ``(a + 1)``, ``CAST(a AS INT)``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import singledispatch
from typing import Any

from pyspark.sql import types as t

from workbench.engine.functions import catalog
from workbench.engine.plan import expressions as e

_INFIX = {
    "+": "+", "-": "-", "*": "*", "/": "/", "%": "%", "div": "div", "==": "=", "=": "=",
    "<=>": "<=>", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "and": "AND", "or": "OR", "&": "&", "|": "|", "^": "^",
    "<<": "<<", ">>": ">>", ">>>": ">>>",
}  # fmt: skip
_PREFIX = {"not": "NOT ", "!": "NOT ", "-": "- ", "+": "+ "}
_POSTFIX = {"isnull": "IS NULL", "isnotnull": "IS NOT NULL"}
_CALLED = {
    "rlike": "RLIKE", "regexp": "REGEXP", "regexp_like": "REGEXP_LIKE", "rank": "RANK", "dense_rank": "DENSE_RANK",
    "percent_rank": "PERCENT_RANK", "power": "POWER", "ceil": "CEIL", "floor": "FLOOR", "log": "LOG", "array_agg": "collect_list",
    "position": "locate",
}  # fmt: skip
_DEFAULTS = {
    "round": (1, "0"), "bround": (1, "0"), "substr": (2, "2147483647"), "substring": (2, "2147483647"), "locate": (2, "1"),
    "position": (2, "1"), "percentile_approx": (2, "10000"), "approx_percentile": (2, "10000"), "percentile": (2, "1"),
    "regexp_replace": (3, "1"), "split": (2, "-1"), "sort_array": (1, "true"), "months_between": (2, "true"),
    "from_unixtime": (1, "yyyy-MM-dd HH:mm:ss"), "unix_timestamp": (1, "yyyy-MM-dd HH:mm:ss"), "listagg": (1, "NULL"),
    "lag": (2, "NULL"), "lead": (2, "NULL"),
    "aggregate": (3, "lambdafunction(namedlambdavariable(), namedlambdavariable())"),
    "reduce": (3, "lambdafunction(namedlambdavariable(), namedlambdavariable())"),
}  # fmt: skip
"""Function → how many arguments before the default that Spark shows."""
_FLAGS = {"first", "last", "any_value", "first_value", "last_value", "nth_value"}
"""Functions whose last argument, whether to ignore nulls, is not shown."""
_ROW_FRAMES = {"row_number", "rank", "dense_rank", "percent_rank", "ntile"}
_EPOCH = dt.datetime(1970, 1, 1)


@singledispatch
def name_of(expression: e.Expression) -> str:
    """Return the column name of an expression without an alias."""
    return type(expression).__name__.lower()


@name_of.register
def _name(expression: e.Name) -> str:
    return expression.parts[-1]


def _text(expression: e.Expression) -> str:
    return ".".join(expression.parts) if isinstance(expression, e.Name) else name_of(expression)


@name_of.register
def _literal(expression: e.Literal) -> str:
    value, kind = expression.value, expression.type
    if value is None:
        return "NULL"
    shown = next((show for kinds, show in _LITERALS if isinstance(kind, kinds)), None)
    return shown(value, kind) if shown else str(value)


def _date(value: int, _kind: t.DataType) -> str:
    return f"DATE '{dt.date(1970, 1, 1) + dt.timedelta(days=value)}'"


def _moment(value: int, kind: t.DataType) -> str:
    word = "TIMESTAMP" if isinstance(kind, t.TimestampType) else "TIMESTAMP_NTZ"
    return f"{word} '{_EPOCH + dt.timedelta(microseconds=value)}'"


_DAY_TIME = ("DAY", "HOUR", "MINUTE", "SECOND")
_MICROS = (86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000)
_YEAR_MONTH = ("YEAR", "MONTH")


def _is_interval(expression: e.Expression) -> bool:
    kinds = (t.DayTimeIntervalType, t.YearMonthIntervalType)
    return isinstance(expression, e.Literal) and isinstance(expression.type, kinds)


def _day_time(value: int, kind: t.DayTimeIntervalType) -> str:
    sign, rest = ("-" if value < 0 else ""), abs(value)
    parts = []
    for field in range(kind.startField, kind.endField + 1):
        whole, rest = divmod(rest, _MICROS[field])
        parts.append(f"{whole:02d}" if field > kind.startField else str(whole))
    text = (
        sign + " ".join([parts[0], ":".join(parts[1:])]).strip()
        if kind.startField == 0
        else sign + ":".join(parts)
    )
    if rest and kind.endField == len(_MICROS) - 1:
        text += f".{rest:06d}".rstrip("0")
    return f"INTERVAL '{text}' {_fields(_DAY_TIME, kind)}"


def _year_month(value: int, kind: t.YearMonthIntervalType) -> str:
    sign, size = ("-" if value < 0 else ""), abs(value)
    if kind.startField == kind.endField:
        return f"INTERVAL '{sign}{size // 12 if kind.startField == 0 else size}' {_fields(_YEAR_MONTH, kind)}"
    return f"INTERVAL '{sign}{size // 12}-{size % 12}' {_fields(_YEAR_MONTH, kind)}"


def _fields(names: tuple[str, ...], kind: t.DayTimeIntervalType | t.YearMonthIntervalType) -> str:
    first, last = names[kind.startField], names[kind.endField]
    return first if first == last else f"{first} TO {last}"


_LITERALS: tuple[tuple[type | tuple[type, ...], Callable[[Any, Any], str]], ...] = (
    (t.BooleanType, lambda value, _kind: str(value).lower()),
    (t.DateType, _date),
    ((t.TimestampType, t.TimestampNTZType), _moment),
    (t.DayTimeIntervalType, _day_time),
    (t.YearMonthIntervalType, _year_month),
    (t.BinaryType, lambda value, _kind: f"X'{bytes(value).hex().upper()}'"),
    (t.ArrayType, lambda value, _kind: f"array({', '.join(map(str, value))})"),
)
"""How constants of a type are shown; others as Python writes them."""


@name_of.register
def _function(expression: e.Function) -> str:
    name = expression.name.lower()
    arguments = [_text(argument) for argument in expression.arguments]
    shown = _OPERATORS.get((name, len(arguments))) or _OPERATORS.get((name, None))
    return shown(name, arguments, expression) if shown else _plain_call(name, arguments, expression)


def _plain_call(name: str, arguments: list[str], expression: e.Function) -> str:
    where = f" FILTER (WHERE {_text(expression.filter)})" if expression.filter is not None else ""
    distinct = "DISTINCT " if expression.distinct else ""
    # A function of the user's is shown as it is written.
    called = _CALLED.get(name, name) if catalog.find(name) else expression.name
    return f"{called}({distinct}{', '.join(_shown(name, expression, arguments))}){where}"


def _infix(name: str, arguments: list[str], expression: e.Function) -> str:
    if name in ("+", "-") and _is_interval(expression.arguments[1]):
        return f"{arguments[0]} {name} {arguments[1]}"
    return f"({arguments[0]} {_INFIX[name]} {arguments[1]})"


def _count(name: str, arguments: list[str], expression: e.Function) -> str:
    is_star = arguments == ["*"] and not expression.distinct
    return _plain_call(name, ["1"] if is_star else arguments, replace(expression, arguments=()))


def _mode(name: str, arguments: list[str], expression: e.Function) -> str:
    """Spark writes the order its choice goes through equally frequent values, which is against the one asked for."""
    order = expression.order[0] if expression.order and not arguments else None
    flag = expression.arguments[1] if len(arguments) > 1 else None
    is_chosen = isinstance(flag, e.Literal) and flag.value is True
    if order is None and not is_chosen:
        return _plain_call(name, arguments[:1], expression)
    value = _text(order.child) if order else arguments[0]
    direction = " DESC" if order is None or order.ascending else ""
    plain = _plain_call(name, [], expression)
    return plain.replace("mode()", f"mode() WITHIN GROUP (ORDER BY {value}{direction})", 1)


_OPERATORS: dict[tuple[str, int | None], Callable[[str, list[str], e.Function], str]] = {
    **{(name, 2): _infix for name in _INFIX},
    **{(name, 1): lambda n, a, _e: f"({_PREFIX[n]}{a[0]})" for name in _PREFIX},
    **{(name, 1): lambda n, a, _e: f"({a[0]} {_POSTFIX[n]})" for name in _POSTFIX},
    **{(name, 2): lambda _n, a, _e: f"(NOT ({a[0]} = {a[1]}))" for name in ("!=", "<>")},
    ("~", 1): lambda _n, a, _e: f"~{a[0]}",
    ("like", 2): lambda _n, a, _e: f"{a[0]} LIKE {a[1]}",
    ("if", 3): lambda _n, a, _e: f"(IF({', '.join(a)}))",
    ("in", None): lambda _n, a, _e: f"({a[0]} IN ({', '.join(a[1:])}))",
    ("when", None): lambda _n, a, _e: _case(a),
    ("count", 1): _count,
    ("mode", None): _mode,
}
"""Name and number of arguments (None: any) → how Spark writes the call."""


def _shown(name: str, expression: e.Function, arguments: list[str]) -> list[str]:
    last = expression.arguments[-1] if expression.arguments else None
    if name in _FLAGS and isinstance(last, e.Literal) and isinstance(last.value, bool):
        return arguments[:-1]
    if name in ("lag", "lead") and len(arguments) == 1:
        arguments = [*arguments, "1"]
    count, default = _DEFAULTS.get(name, (-1, ""))
    return [*arguments, default] if len(arguments) == count else arguments


def _case(arguments: list[str]) -> str:
    pairs = len(arguments) // 2
    parts = [f"WHEN {arguments[2 * i]} THEN {arguments[2 * i + 1]}" for i in range(pairs)]
    last = f" ELSE {arguments[-1]}" if len(arguments) % 2 else ""
    return f"CASE {' '.join(parts)}{last} END"


@name_of.register
def _star(expression: e.Star) -> str:
    return ".".join((*expression.target, "*"))


@name_of.register
def _cast(expression: e.Cast) -> str:
    word = "TRY_CAST" if expression.is_try else "CAST"
    return f"{word}({_text(expression.child)} AS {expression.type.simpleString().upper()})"


@name_of.register
def _alias(expression: e.Alias) -> str:
    return f"{_text(expression.child)} AS {expression.names[0]}"


@name_of.register
def _extract(expression: e.Extract) -> str:
    key = expression.key
    if isinstance(key, e.Literal) and isinstance(key.value, str):
        child = _text(expression.child)
        return (
            f"{child}.{key.value}"
            if isinstance(expression.child, e.Name)
            else f"{child}[{key.value}]"
        )
    return f"{_text(expression.child)}[{_text(key)}]"


@name_of.register
def _lambda(expression: e.Lambda) -> str:
    variables = ", ".join("namedlambdavariable()" for _ in expression.parameters)
    return f"lambdafunction({_text(expression.body)}, {variables})"


@name_of.register
def _variable(expression: e.LambdaVariable) -> str:
    return ".".join(("namedlambdavariable()", *expression.parts[1:]))


@name_of.register
def _order(expression: e.SortOrder) -> str:
    nulls_first = expression.ascending if expression.nulls_first is None else expression.nulls_first
    direction = "ASC" if expression.ascending else "DESC"
    return f"{_text(expression.child)} {direction} NULLS {'FIRST' if nulls_first else 'LAST'}"


@name_of.register
def _window(expression: e.Window) -> str:
    parts = []
    if expression.partition:
        parts.append("PARTITION BY " + ", ".join(map(_text, expression.partition)))
    if expression.order:
        parts.append("ORDER BY " + ", ".join(map(_text, expression.order)))
    parts.append(_frame(expression))
    return f"{_text(expression.function)} OVER ({' '.join(part for part in parts if part)})"


def _frame(expression: e.Window) -> str:
    function = expression.function
    name = function.name.lower() if isinstance(function, e.Function) else ""
    if name in ("lag", "lead"):
        offset = function.arguments[1].value if len(function.arguments) > 1 else 1
        offset = -offset if name == "lag" else offset
        return f"ROWS BETWEEN {offset} FOLLOWING AND {offset} FOLLOWING"
    if expression.frame is None:
        if not expression.order:
            return "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
        unit = "ROWS" if name in _ROW_FRAMES else "RANGE"
        return f"{unit} BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    frame = expression.frame
    lower, upper = _bound(frame.lower, "PRECEDING"), _bound(frame.upper, "FOLLOWING")
    return f"{frame.unit.upper()} BETWEEN {lower} AND {upper}"


def _bound(bound: e.Bound, unbounded: str) -> str:
    offset = bound.offset
    if offset is None:
        return f"UNBOUNDED {unbounded}"
    value = offset if isinstance(offset, int) else getattr(offset, "value", offset)
    if value == 0:
        return "CURRENT ROW"
    return (
        f"{abs(value)} {'FOLLOWING' if value > 0 else 'PRECEDING'}"
        if isinstance(value, int)
        else str(value)
    )


@name_of.register
def _python(expression: e.PythonCall) -> str:
    return f"{expression.function.name}({', '.join(map(_text, expression.arguments))})"


@name_of.register
def _named_argument(expression: e.NamedArgument) -> str:
    return f"{expression.name} => {_text(expression.value)}"


@name_of.register
def _scalar_subquery(_expression: e.ScalarSubquery) -> str:
    return "scalarsubquery()"


@name_of.register
def _exists(_expression: e.Exists) -> str:
    return "exists()"


@name_of.register
def _in_subquery(expression: e.InSubquery) -> str:
    return f"({', '.join(map(_text, expression.values))} IN (listquery()))"


@name_of.register
def _update_field(expression: e.UpdateField) -> str:
    operations = []
    inner: e.Expression = expression
    while isinstance(inner, e.UpdateField):
        operations.append(
            "dropfield()" if inner.value is None else f"WithField({_text(inner.value)})"
        )
        inner = inner.child
    return f"update_fields({', '.join([_text(inner), *reversed(operations)])})"


@name_of.register
def _sql_text(expression: e.SqlText) -> str:
    return expression.text
