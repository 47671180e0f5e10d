"""JSON text to nodes that know where they stand, with Jackson's leniences.

Only records that the vectorised reader cannot take come here: bad ones, and those where a value has to be kept as it was
written (a number or an object in a column of strings).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.engine.connectors.options import Options

STRING, NUMBER, TRUE, FALSE, NULL, OBJECT, ARRAY = (
    "string",
    "number",
    "true",
    "false",
    "null",
    "object",
    "array",
)

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?(?![\w.])")
_LENIENT_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?(?![\w.])")
_SPECIAL = re.compile(r"NaN|[+-]?Infinity|[+-]?INF")
_SPACE = re.compile(r"[ \t\r\n]*")
_COMMENTED = re.compile(r"(?:[ \t\r\n]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_STRING = {quote: re.compile(rf"{quote}((?:[^{quote}\\\x00-\x1f]|\\.)*){quote}") for quote in "\"'"}
_LOOSE = {
    quote: re.compile(rf"{quote}((?:[^{quote}\\]|\\.)*){quote}", re.DOTALL) for quote in "\"'"
}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "/": "/"}
_WORDS = {"true": TRUE, "false": FALSE, "null": NULL}


class BadJson(ValueError):
    """The text is no JSON."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value: ``value`` is text, a list of nodes, or a list of (name, node); ``raw`` is how it was written."""

    kind: str
    value: Any
    raw: str


@dataclass(frozen=True, slots=True)
class Leniences:
    """What Jackson is told to accept beyond JSON."""

    comments: bool
    unquoted_names: bool
    single_quotes: bool
    leading_zeros: bool
    special_numbers: bool
    control_characters: bool
    any_escape: bool

    @classmethod
    def of(cls, options: Options) -> Leniences:
        """Return the leniences of the ``allow…`` options."""
        return cls(
            options.flag("allowComments"),
            options.flag("allowUnquotedFieldNames"),
            options.flag("allowSingleQuotes", default=True),
            options.flag("allowNumericLeadingZeros"),
            options.flag("allowNonNumericNumbers", default=True),
            options.flag("allowUnquotedControlChars"),
            options.flag("allowBackslashEscapingAnyCharacter"),
        )


class Parser:
    """Parses one text; not shared between threads."""

    def __init__(self, text: str, leniences: Leniences) -> None:
        self.text = text
        self.allow = leniences
        self.at = 0

    def first(self) -> Node | None:
        """Return the first value, None for blank text; what follows it is not looked at, as in Spark."""
        self._skip()
        return None if self.at >= len(self.text) else self._value()

    def _skip(self) -> None:
        space = _COMMENTED if self.allow.comments else _SPACE
        self.at = space.match(self.text, self.at).end()

    def _value(self) -> Node:
        start = self.at
        char = self.text[start : start + 1]
        if char in {"{", "["}:
            return self._container(char, start)
        if char == '"' or (char == "'" and self.allow.single_quotes):
            text = self._string(char)
            return Node(STRING, text, self.text[start : self.at])
        return self._scalar(start)

    def _scalar(self, start: int) -> Node:
        pattern = _LENIENT_NUMBER if self.allow.leading_zeros else _NUMBER
        found = pattern.match(self.text, start)
        if found is None and self.allow.special_numbers:
            found = _SPECIAL.match(self.text, start)
        if found is not None:
            self.at = found.end()
            return Node(NUMBER, found[0], found[0])
        word = _NAME.match(self.text, start)
        if word is None or word[0] not in _WORDS:
            raise BadJson(f"unexpected text at {start}")
        self.at = word.end()
        return Node(_WORDS[word[0]], None, word[0])

    def _container(self, opening: str, start: int) -> Node:
        closing, kind = ("}", OBJECT) if opening == "{" else ("]", ARRAY)
        items: list[Any] = []
        self.at += 1
        self._skip()
        while self.text[self.at : self.at + 1] != closing:
            if items:
                self._expect(",")
            items.append(self._member() if kind == OBJECT else self._value())
            self._skip()
        self.at += 1
        return Node(kind, items, self.text[start : self.at])

    def _member(self) -> tuple[str, Node]:
        name = self._name()
        self._skip()
        self._expect(":")
        return name, self._value()

    def _name(self) -> str:
        char = self.text[self.at : self.at + 1]
        if char == '"' or (char == "'" and self.allow.single_quotes):
            return self._string(char)
        found = _NAME.match(self.text, self.at) if self.allow.unquoted_names else None
        if found is None:
            raise BadJson(f"no field name at {self.at}")
        self.at = found.end()
        return found[0]

    def _expect(self, char: str) -> None:
        if self.text[self.at : self.at + 1] != char:
            raise BadJson(f"expected {char} at {self.at}")
        self.at += 1
        self._skip()

    def _string(self, quote: str) -> str:
        pattern = (_LOOSE if self.allow.control_characters else _STRING)[quote]
        found = pattern.match(self.text, self.at)
        if found is None:
            raise BadJson(f"no end of the string at {self.at}")
        self.at = found.end()
        return self._unescape(found[1]) if "\\" in found[1] else found[1]

    def _unescape(self, text: str) -> str:
        def one(found: re.Match[str]) -> str:
            code = found[1]
            if len(code) > 1:
                return chr(int(code[1:], 16))
            if code in _ESCAPES or self.allow.any_escape or code == "'":
                return _ESCAPES.get(code, code)
            raise BadJson(f"unknown escape \\{code}")

        joined = _ESCAPE.sub(one, text)
        # Two \\u escapes may be the halves of one character.
        return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def parse_record(text: str, leniences: Leniences) -> Sequence[Node] | None:
    """Return a record's rows as object nodes: one, or each element of an array of objects; None when it is no row.

    Raises
    ------
    BadJson
        When the text is no JSON.
    """
    node = Parser(text, leniences).first()
    if node is None:
        return []
    if node.kind == OBJECT:
        return [node]
    if node.kind == ARRAY and all(item.kind in {OBJECT, NULL} for item in node.value):
        return [item for item in node.value if item.kind == OBJECT]
    return None
