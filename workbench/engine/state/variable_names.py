"""Under which name a user's state variable is stored: any text is a name of a variable, not every text one of a directory."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

TIMER_STORE = "timers"
"""The store of an operator's timers; a variable of that name is stored under another."""
_UNSAFE = re.compile(r"%.*|\..*|.*[/\0].*|\d+\.(delta|snapshot)|", re.DOTALL)
"""What would leave the partition's directory, hide in it or be taken for one of its files."""


def store_of(variable: str) -> str:
    """Return the store of a variable: its own name wherever that can do no harm.

    Examples
    --------
    >>> store_of("count"), store_of("timers"), store_of("../a")
    ('count', '%timers', '%..%2Fa')
    """
    if variable == TIMER_STORE or _UNSAFE.fullmatch(variable):
        return "%" + quote(variable, safe="")
    return variable


def variable_of(store: str) -> str:
    """Return the variable of a store; a store that is not the user's keeps its name."""
    return unquote(store.removeprefix("%")) if store.startswith("%") else store
