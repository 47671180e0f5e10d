"""A place in SQL text: what every rule of the grammar reads from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pyspark.sql.types import CharType, StringType, VarcharType

from workbench.base.ddl_reader import DDLReader, Token
from workbench.base.errors import ParseError, Unsupported
from workbench.base.quoted import unquote_name, unquote_string
from workbench.base.syntax import SyntaxFault, near
from workbench.engine.sql.keywords import CLAUSE_WORDS, OPERATORS, QUERY_WORDS, STRICT_WORDS

if TYPE_CHECKING:
    from pyspark.sql.types import DataType

    from workbench.engine.plan.expressions import Expression, SortOrder
    from workbench.engine.plan.relations import Relation

T = TypeVar("T")

_LONGEST_OPERATOR = max(map(len, OPERATORS))
_STARTS_AN_OPERAND = {"(", "*", "-", "?", ":"}
_FOLLOWS_A_NAME = {",", ")", ";", "from", ""}


@dataclass(frozen=True, slots=True)
class Grammar:
    """The rules that other rules call: a query holds expressions, and an expression holds queries."""

    query: Callable[[Cursor], Relation]
    expression: Callable[[Cursor], Expression]
    value: Callable[[Cursor], Expression]
    named_expression: Callable[[Cursor], Expression]
    sort_order: Callable[[Cursor], SortOrder]


@dataclass(slots=True)
class Cursor:
    """The tokens of one text and the next one's index.

    ``named`` and ``positional`` are the values of parameter markers; ``zone`` is the session's time zone, for timestamps
    written without one; ``windows`` are the named windows of the select read last, which its ORDER BY may use.
    """

    text: str
    tokens: Sequence[Token]
    grammar: Grammar
    named: Mapping[str, Expression] = field(default_factory=dict)
    positional: Sequence[Expression] = ()
    zone: str = "UTC"
    index: int = 0
    markers: int = 0
    lambdas: list[tuple[str, ...]] = field(default_factory=list)
    windows: Mapping[str, Any] = field(default_factory=dict)

    def query(self) -> Relation:
        """Read a query."""
        return self.grammar.query(self)

    def expression(self) -> Expression:
        """Read an expression."""
        return self.grammar.expression(self)

    def value(self) -> Expression:
        """Read an expression without ``and``, ``or``, ``not`` and predicates."""
        return self.grammar.value(self)

    def named_expression(self) -> Expression:
        """Read an expression with or without a name."""
        return self.grammar.named_expression(self)

    def sort_order(self) -> SortOrder:
        """Read one key of an ordering."""
        return self.grammar.sort_order(self)

    def peek(self, ahead: int = 0) -> Token:
        """A token further on, not taken."""
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        """The next token."""
        token = self.peek()
        self.index += token.kind != "end"
        return token

    def at(self, *words: str, ahead: int = 0) -> bool:
        """Whether these words or symbols come next."""
        return all(same(self.peek(ahead + offset), word) for offset, word in enumerate(words))

    def at_any(self, words: object, ahead: int = 0) -> bool:
        """Whether the next token is a word of this set."""
        token = self.peek(ahead)
        return token.kind == "word" and token.text.lower() in words  # type: ignore[operator]

    def skip(self, *words: str) -> bool:
        """Take these words when they come next; answer whether they did."""
        found = self.at(*words)
        self.index += len(words) * found
        return found

    def expect(self, *words: str) -> None:
        """Take these words or fail at the first that is missing."""
        for word in words:
            if not self.skip(word):
                raise self.unexpected()

    def at_query(self, ahead: int = 0) -> bool:
        """Whether a query, perhaps in parentheses, starts this far ahead."""
        while self.at("(", ahead=ahead):
            ahead += 1
        if not self.at_any(QUERY_WORDS, ahead=ahead):
            return False
        after = self.peek(ahead + 1)
        is_name = after.kind == "symbol" and after.text not in _STARTS_AN_OPERAND
        return self.at("select", ahead=ahead) or not (after.kind == "end" or is_name)

    def operator(self) -> str:
        """The longest operator that comes next, not taken; empty when there is none."""
        first = self.peek()
        if first.kind != "symbol":
            return ""
        joined = first.text
        for ahead in range(1, _LONGEST_OPERATOR):
            token = self.peek(ahead)
            if token.kind != "symbol" or token.start != first.start + ahead:
                break
            joined += token.text
        while joined and joined not in OPERATORS:
            joined = joined[:-1]
        return joined

    def skip_operator(self, text: str) -> bool:
        """Take this operator when it comes next."""
        found = self.operator() == text
        self.index += len(text) * found
        return found

    def many(self, rule: Callable[[Cursor], T]) -> tuple[T, ...]:
        """Read one or more, with commas between."""
        found = [rule(self)]
        while self.skip(","):
            found.append(rule(self))
        return tuple(found)

    def wrapped(self, rule: Callable[[Cursor], T]) -> tuple[T, ...]:
        """Read ``(one, two, …)``."""
        self.expect("(")
        found = self.many(rule)
        self.expect(")")
        return found

    def attempt(self, rule: Callable[[Cursor], T]) -> T | None:
        """Read by this rule, or answer None with nothing taken."""
        start, markers = self.index, self.markers
        try:
            return rule(self)
        except ParseError:
            self.index, self.markers = start, markers
            return None

    @contextmanager
    def lambda_scope(self, parameters: tuple[str, ...]) -> Iterator[None]:
        """Names in here may be these parameters."""
        self.lambdas.append(parameters)
        try:
            yield
        finally:
            self.lambdas.pop()

    def is_lambda_variable(self, name: str) -> bool:
        """Whether a lambda around here has this parameter."""
        return any(name.lower() in map(str.lower, names) for names in self.lambdas)

    def identifier(self) -> str:
        """Read a name; any word will do."""
        token = self.take()
        if token.kind == "quoted":
            return unquote_name(token.text)
        if token.kind != "word" or token.text.isdecimal():
            raise self.unexpected(token)
        if not token.text.isascii():
            raise SyntaxFault("INVALID_IDENTIFIER", self.text, token.start, ident=token.text)
        return token.text

    def at_identifier(self, ahead: int = 0) -> bool:
        """Whether a name comes next."""
        return self.peek(ahead).kind in {"word", "quoted"}

    def dotted(self) -> tuple[str, ...]:
        """Read ``a.b.c``."""
        parts = [self.identifier()]
        while self.at(".") and self.at_identifier(1):
            self.take()
            parts.append(self.identifier())
        return tuple(parts)

    def identifiers(self) -> tuple[str, ...]:
        """Read ``(a, b)``."""
        return self.wrapped(Cursor.identifier)

    def alias(self, *, strict: bool) -> str:
        """Read ``[AS] name`` when it is there; empty otherwise.

        A word that may start a clause is a name only where the clause cannot follow. ``strict``: join words are no names
        (table aliases).
        """
        if self.skip("as"):
            return self.identifier()
        token = self.peek()
        if token.kind == "quoted":
            return self.identifier()
        if token.kind != "word" or token.text.isdecimal():
            return ""
        word = token.text.lower()
        if strict and word in STRICT_WORDS:
            return ""
        if word in CLAUSE_WORDS and self.peek(1).text.lower() not in _FOLLOWS_A_NAME:
            return ""
        return self.identifier()

    def string(self) -> str:
        """Read a string; neighbours are joined."""
        if self.peek().kind != "string":
            raise self.unexpected()
        parts = []
        while self.peek().kind == "string":
            parts.append(unquote_string(self.take().text))
        return "".join(parts)

    def integer(self) -> int:
        """Read a whole number."""
        token = self.take()
        if not token.text.isdecimal():
            raise self.unexpected(token)
        return int(token.text)

    def data_type(self) -> DataType:
        """Read a type."""
        reader = DDLReader(self.text, self.tokens, self.index)
        found = reader.data_type()
        self.index = reader.index
        return found

    def cast_type(self) -> DataType:
        """Read a cast's type: there CHAR and VARCHAR are STRING (Spark: ``replaceCharVarcharWithString``)."""
        found = self.data_type()
        return StringType() if isinstance(found, (CharType, VarcharType)) else found

    def source(self, start: int, end: int) -> str:
        """The text from one token to before another, by index."""
        last = self.tokens[end - 1]
        return self.text[self.tokens[start].start : last.start + len(last.text)]

    def finish(self) -> None:
        """Fail unless all is read; closing semicolons are allowed."""
        while self.skip(";"):
            pass
        if self.peek().kind != "end":
            raise self.unexpected()

    def unexpected(self, token: Token | None = None, hint: str = "") -> SyntaxFault:
        """The error for a token that nothing here accepts."""
        found = token or self.peek()
        return near(self.text, found.start, found.text, hint)

    def fault(
        self, condition: str, token: Token | None = None, **parameters: object
    ) -> SyntaxFault:
        """An error at a token."""
        return SyntaxFault(condition, self.text, (token or self.peek()).start, **parameters)


def same(token: Token, word: str) -> bool:
    """Whether a token is this word or symbol."""
    return token.kind in {"word", "symbol"} and token.text.lower() == word


def unsupported(feature: str) -> Unsupported:
    """The error for SQL that Spark runs and this engine does not."""
    return Unsupported("UNSUPPORTED_FEATURE.SQL", feature=feature)
