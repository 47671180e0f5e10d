"""Words and signs with a meaning of their own."""

from __future__ import annotations

OPERATORS = frozenset(
    [
        "+",
        "-",
        "*",
        "/",
        "%",
        "~",
        "&",
        "|",
        "^",
        "=",
        "==",
        "<>",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "!>",
        "!<",
        "<=>",
        "||",
        "<<",
        ">>",
        ">>>",
        "!",
        "->",
        "=>",
        "::",
        "|>",
        ":",
        ".",
        ",",
        "(",
        ")",
        "[",
        "]",
        "?",
        ";",
    ]
)

BINARY: dict[str, tuple[int, str]] = {
    "*": (60, "*"),
    "/": (60, "/"),
    "%": (60, "%"),
    "div": (60, "div"),
    "+": (50, "+"),
    "-": (50, "-"),
    "||": (50, "concat"),
    "<<": (45, "<<"),
    ">>": (45, ">>"),
    ">>>": (45, ">>>"),
    "&": (40, "&"),
    "^": (35, "^"),
    "|": (30, "|"),
    "=": (20, "=="),
    "==": (20, "=="),
    "<>": (20, "!="),
    "!=": (20, "!="),
    "<": (20, "<"),
    "<=": (20, "<="),
    "!>": (20, "<="),
    ">": (20, ">"),
    ">=": (20, ">="),
    "!<": (20, ">="),
    "<=>": (20, "<=>"),
}
"""Sign → how tight it binds, and the function's name (``SqlBaseParser.g4``, valueExpression)."""

UNARY = {"-": "-", "+": "+", "~": "~"}

STRICT_WORDS = frozenset(
    [
        "anti",
        "cross",
        "except",
        "full",
        "inner",
        "intersect",
        "join",
        "lateral",
        "left",
        "minus",
        "natural",
        "on",
        "right",
        "semi",
        "setminus",
        "union",
        "using",
    ]
)
"""Never a table's alias (strictNonReserved)."""

CLAUSE_WORDS = frozenset(
    [
        "cluster",
        "distribute",
        "except",
        "for",
        "from",
        "group",
        "having",
        "insert",
        "intersect",
        "into",
        "lateral",
        "limit",
        "minus",
        "offset",
        "order",
        "pivot",
        "qualify",
        "select",
        "setminus",
        "sort",
        "tablesample",
        "union",
        "unpivot",
        "watermark",
        "where",
        "window",
    ]
)
"""Words that start a clause, and are names only where the clause cannot follow."""

NO_COLUMN = frozenset(
    [
        "and",
        "else",
        "except",
        "for",
        "from",
        "having",
        "intersect",
        "join",
        "on",
        "or",
        "select",
        "then",
        "union",
        "when",
        "where",
    ]
)
"""Words that are read as a mistake, not as a column, where an expression is expected."""

NO_PAREN_FUNCTIONS = {
    "current_catalog": "current_catalog",
    "current_date": "current_date",
    "current_time": "current_time",
    "current_timestamp": "current_timestamp",
    "current_user": "current_user",
    "session_user": "current_user",
}

QUERY_WORDS = frozenset(["from", "select", "table", "values", "with"])
