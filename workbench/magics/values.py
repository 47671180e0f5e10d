"""``{{ expression }}`` in SQL: the value of a Python expression of the notebook."""

from __future__ import annotations

import re
from typing import Any

from workbench.magics.errors import UsageError, no_such

_EXPRESSION = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)


def filled(text: str, namespace: dict[str, Any]) -> str:
    """Return SQL with the values of its expressions in their place.

    >>> filled("WHERE id > {{ least + 1 }}", {"least": 2})
    'WHERE id > 3'

    Raises
    ------
    UsageError
        An expression has no value.
    """
    return _EXPRESSION.sub(lambda found: _value(found[1].strip(), namespace), text)


def _value(expression: str, namespace: dict[str, Any]) -> str:
    try:
        return str(eval(expression, namespace))  # noqa: S307 - a notebook's cell
    except NameError as error:
        raise no_such(
            "variable", error.name, [n for n in namespace if not n.startswith("_")][:200]
        ) from None
    except Exception as error:
        raise UsageError(f"{{{{ {expression} }}}}: {type(error).__name__}: {error}") from error
