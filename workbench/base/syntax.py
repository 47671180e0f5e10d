"""Where a text could not be read, told as Spark tells it."""

from __future__ import annotations

from workbench.base.errors import ParseError


class SyntaxFault(ParseError):
    """A parse error with its place in the text.

    Parameters
    ----------
    condition : str
        A condition's name.
    text : str
        The whole text that was read.
    position : int
        Where in it the trouble starts.
    **parameters : object
        The condition's parameters.
    """

    def __init__(self, condition: str, text: str, position: int, **parameters: object) -> None:
        super().__init__(condition, **parameters)
        self.text = text
        self.position = position

    def __str__(self) -> str:
        line, column = place(self.text, self.position)
        lines = self.text.split("\n")
        marked = [*lines[:line], f"{'-' * column}^^^", *lines[line:]]
        body = "\n".join(marked)
        return f"{super().__str__()} (line {line}, pos {column})\n\n== SQL ==\n{body}\n"

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.condition, self.text, self.position, self.parameters))


def _rebuild(condition: str, text: str, position: int, parameters: dict[str, str]) -> SyntaxFault:
    return SyntaxFault(condition, text, position, **parameters)


def place(text: str, position: int) -> tuple[int, int]:
    """Return the line (from 1) and the position in it (from 0)."""
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1)


def near(text: str, position: int, found: str, hint: str = "") -> SyntaxFault:
    """Return the error for a token nothing accepts; an empty ``found`` is the end of the text."""
    if not text.strip():
        return SyntaxFault("PARSE_EMPTY_STATEMENT", text, position)
    error = f"'{found}'" if found else "end of input"
    return SyntaxFault("PARSE_SYNTAX_ERROR", text, position, error=error, hint=hint)
