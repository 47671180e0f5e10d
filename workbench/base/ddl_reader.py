"""The reader behind :mod:`workbench.base.ddl`: tokens, then one method per form of type."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import types as t

from workbench.base.errors import ParseError
from workbench.base.quoted import unquote_name, unquote_string
from workbench.base.syntax import SyntaxFault, near

_TOKEN = re.compile(
    r"""(?P<skip>\s+|--[^\n]*|/\*.*?\*/)
      | (?P<string>[rR]?'(?:[^'\\]|\\.|'')*'|[rR]?"(?:[^"\\]|\\.|"")*")
      | (?P<quoted>`(?:[^`]|``)*`)
      | (?P<word>\w+)
      | (?P<symbol>.)""",
    re.VERBOSE | re.DOTALL,
)

SIMPLE: dict[str, t.DataType] = {
    "bigint": t.LongType(),
    "binary": t.BinaryType(),
    "boolean": t.BooleanType(),
    "byte": t.ByteType(),
    "date": t.DateType(),
    "double": t.DoubleType(),
    "float": t.FloatType(),
    "int": t.IntegerType(),
    "integer": t.IntegerType(),
    "long": t.LongType(),
    "real": t.FloatType(),
    "short": t.ShortType(),
    "smallint": t.ShortType(),
    "timestamp_ltz": t.TimestampType(),
    "timestamp_ntz": t.TimestampNTZType(),
    "tinyint": t.ByteType(),
    "variant": t.VariantType(),
    "void": t.NullType(),
}

_DAY_TIME = {"day": 0, "hour": 1, "minute": 2, "second": 3}
_YEAR_MONTH = {"year": 0, "month": 1}
_MAX_PRECISION = 38


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text; ``kind`` is word, quoted, string, symbol or end."""

    kind: str
    text: str
    start: int


def tokens(text: str) -> list[Token]:
    """Return the text's tokens and, last, an empty one for its end."""
    found = [
        Token(match.lastgroup or "", match.group(), match.start())
        for match in _TOKEN.finditer(text)
        if match.lastgroup != "skip"
    ]
    return [*found, Token("end", "", len(text))]


class DDLReader:
    """Reads one text once; each method takes what it names and moves on.

    Parameters
    ----------
    text : str
        The whole text.
    known : sequence of Token, optional
        Its tokens, when a larger text was cut already; ``<`` and ``>`` must be tokens of their own.
    index : int
        The token to start at.
    """

    def __init__(self, text: str, known: Sequence[Token] = (), index: int = 0) -> None:
        self.text = text
        self.tokens = known or tokens(text)
        self.index = index

    def only_type(self) -> t.DataType:
        """Read a type that is the whole text."""
        found = self.data_type()
        self.end()
        return found

    def table_schema(self) -> t.StructType:
        """Read columns ``name type [NOT NULL] [COMMENT '…']`` to the end of the text."""
        fields = [self.field(colon=False)]
        while self.skip(","):
            fields.append(self.field(colon=False))
        self.end()
        return t.StructType(fields)

    def field(self, *, colon: bool) -> t.StructField:
        """Read one column or struct field."""
        name = self.name()
        if colon:
            self.skip(":")
        kind = self.data_type()
        nullable = not self.skip("not", "null")
        metadata = {"comment": self.string()} if self.skip("comment") else {}
        return t.StructField(name, kind, nullable, metadata)

    def data_type(self) -> t.DataType:
        """Read one type."""
        token = self.take()
        if token.kind not in {"word", "quoted"}:
            raise self.unexpected(token)
        word = token.text.lower()
        if word in _FORMS:
            return _FORMS[word](self, token)
        if self.peek().text == "(":
            raise self.unknown(token, f"({','.join(self.parameters())})")
        if word in SIMPLE:
            return SIMPLE[word]
        raise self.unknown(token)

    def decimal(self, token: Token) -> t.DataType:
        """``DECIMAL[(precision[, scale])]``."""
        numbers = self.parameters()
        precision, scale = (*map(int, numbers), *(10, 0)[len(numbers) :])[:2]
        if precision > _MAX_PRECISION:
            raise ParseError(
                "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
                precision=precision,
                maxPrecision=_MAX_PRECISION,
            )
        if scale > precision:
            raise SyntaxFault(
                "_LEGACY_ERROR_TEMP_1228", self.text, token.start, scale=scale, precision=precision
            )
        return t.DecimalType(precision, scale)

    def sized(self, token: Token) -> t.DataType:
        """``CHAR(n)`` and ``VARCHAR(n)``."""
        numbers = self.parameters()
        name = token.text.upper()
        if not numbers:
            raise SyntaxFault("DATATYPE_MISSING_SIZE", self.text, token.start, type=f'"{name}"')
        return (t.VarcharType if name == "VARCHAR" else t.CharType)(int(numbers[0]))

    def string_type(self, token: Token) -> t.DataType:
        """``STRING [COLLATE name]``."""
        if self.peek().text == "(":
            raise self.unknown(token, f"({','.join(self.parameters())})")
        return t.StringType(self.name().upper()) if self.skip("collate") else t.StringType()

    def timestamp(self, token: Token) -> t.DataType:
        """``TIMESTAMP``, ``TIMESTAMP WITHOUT TIME ZONE``, ``TIMESTAMP WITH LOCAL TIME ZONE``."""
        if self.peek().text == "(":
            raise self.unknown(token, f"({','.join(self.parameters())})")
        if self.skip("without", "time", "zone"):
            return t.TimestampNTZType()
        self.skip("with", "local", "time", "zone")
        return t.TimestampType()

    def time(self, token: Token) -> t.DataType:
        """``TIME[(precision)]``."""
        numbers = self.parameters()
        return t.TimeType(int(numbers[0])) if numbers else t.TimeType()

    def spatial(self, token: Token) -> t.DataType:
        """``GEOMETRY(srid)`` and ``GEOGRAPHY(srid)``."""
        kind = t.GeometryType if token.text.lower() == "geometry" else t.GeographyType
        srid = self.parameters()
        if not srid:
            raise self.unknown(token)
        return kind("ANY" if srid[0].upper() == "ANY" else int(srid[0]))

    def interval(self, token: Token) -> t.DataType:
        """``INTERVAL``, or ``INTERVAL unit [TO unit]``."""
        for units, kind in (
            (_DAY_TIME, t.DayTimeIntervalType),
            (_YEAR_MONTH, t.YearMonthIntervalType),
        ):
            if self.peek().text.lower() in units:
                first = units[self.take().text.lower()]
                return kind(first, self.last_unit(units, first))
        return t.CalendarIntervalType()

    def last_unit(self, units: dict[str, int], first: int) -> int:
        """Read ``TO unit``; without it the interval has one unit."""
        to = self.peek()
        if not self.skip("to"):
            return first
        token = self.take()
        last = units.get(token.text.lower(), -1)
        if last <= first:
            raise self.unexpected(to)
        return last

    def array(self, token: Token) -> t.DataType:
        """``ARRAY<element>``."""
        self.opening(token, "ARRAY", "<INT>", "elementType")
        element = self.data_type()
        self.expect(">")
        return t.ArrayType(element)

    def map(self, token: Token) -> t.DataType:
        """``MAP<key, value>``."""
        self.opening(token, "MAP", "", "")
        key = self.data_type()
        self.expect(",")
        value = self.data_type()
        self.expect(">")
        return t.MapType(key, value)

    def struct(self, token: Token) -> t.DataType:
        """``STRUCT<name: type, …>``."""
        self.opening(token, "STRUCT", "", "")
        if self.skip(">"):
            return t.StructType([])
        fields = [self.field(colon=True)]
        while self.skip(","):
            fields.append(self.field(colon=True))
        self.expect(">")
        return t.StructType(fields)

    def opening(self, token: Token, kind: str, sample: str, parameter: str) -> None:
        """Take ``<`` or say which parts the type lacks."""
        if not self.skip("<"):
            extra = {parameter: sample} if parameter else {}
            raise SyntaxFault(f"INCOMPLETE_TYPE_DEFINITION.{kind}", self.text, token.start, **extra)

    def parameters(self) -> list[str]:
        """Read ``(1, 2)`` when it is there."""
        if not self.skip("("):
            return []
        found = [self.take()]
        while self.skip(","):
            found.append(self.take())
        self.expect(")")
        for token in found:
            if not (token.text.isdecimal() or token.text.upper() == "ANY"):
                raise self.unexpected(token)
        return [token.text for token in found]

    def name(self) -> str:
        """Read an identifier."""
        token = self.take()
        if token.kind == "quoted":
            return unquote_name(token.text)
        if token.kind != "word" or token.text.isdecimal():
            raise self.unexpected(token)
        if not token.text.isascii():
            raise SyntaxFault("INVALID_IDENTIFIER", self.text, token.start, ident=token.text)
        return token.text

    def string(self) -> str:
        """Read a string literal."""
        token = self.take()
        if token.kind != "string":
            raise self.unexpected(token)
        return unquote_string(token.text)

    def peek(self) -> Token:
        """The next token, not taken."""
        return self.tokens[self.index]

    def take(self) -> Token:
        """The next token."""
        token = self.tokens[self.index]
        self.index = min(self.index + 1, len(self.tokens) - 1)
        return token

    def skip(self, *words: str) -> bool:
        """Take these words when they come next; answer whether they did."""
        ahead = self.tokens[self.index : self.index + len(words)]
        if [token.text.lower() for token in ahead] != list(words):
            return False
        self.index += len(words)
        return True

    def expect(self, word: str) -> None:
        """Take this word or fail."""
        if not self.skip(word):
            raise self.unexpected(self.peek())

    def end(self) -> None:
        """Fail unless the text is read to its end."""
        if self.peek().kind != "end":
            raise self.unexpected(self.peek())

    def unexpected(self, token: Token) -> SyntaxFault:
        """The error for a token that nothing here accepts."""
        return near(self.text, token.start, token.text)

    def unknown(self, token: Token, suffix: str = "") -> SyntaxFault:
        """The error for a type nobody knows."""
        name = f'"{token.text.upper()}{suffix}"'
        return SyntaxFault("UNSUPPORTED_DATATYPE", self.text, token.start, typeName=name)


_FORMS = {
    "array": DDLReader.array,
    "char": DDLReader.sized,
    "character": DDLReader.sized,
    "dec": DDLReader.decimal,
    "decimal": DDLReader.decimal,
    "geography": DDLReader.spatial,
    "geometry": DDLReader.spatial,
    "interval": DDLReader.interval,
    "map": DDLReader.map,
    "numeric": DDLReader.decimal,
    "string": DDLReader.string_type,
    "struct": DDLReader.struct,
    "time": DDLReader.time,
    "timestamp": DDLReader.timestamp,
    "varchar": DDLReader.sized,
}
