"""The options of CSV files, for reading and for writing."""

from __future__ import annotations

import codecs

from workbench.base.errors import IllegalArgument
from workbench.engine.connectors.files.format import Conf
from workbench.engine.connectors.files.read import zone_of
from workbench.engine.connectors.formats.csv_dialect import Dialect
from workbench.engine.connectors.options import Options
from workbench.engine.connectors.values.read_text import Rules
from workbench.engine.connectors.values.write_text import Styles

NAMES = frozenset(
    {
        "sep", "delimiter", "header", "inferSchema", "quote", "quoteAll", "escape", "escapeQuotes",
        "charToEscapeQuoteEscaping", "nullValue", "emptyValue", "mode", "columnNameOfCorruptRecord", "dateFormat",
        "timestampFormat", "timestampNTZFormat", "comment", "ignoreLeadingWhiteSpace", "ignoreTrailingWhiteSpace",
        "multiLine", "encoding", "charset", "samplingRatio", "enforceSchema", "preferDate", "lineSep", "nanValue",
        "positiveInf", "negativeInf", "maxColumns", "maxCharsPerColumn", "locale", "compression", "codec",
        "unescapedQuoteHandling", "extension",
    }
)  # fmt: skip


def separator(options: Options) -> str:
    r"""Return the field separator, its escapes (``\t``) read."""
    text = options.text("sep", "delimiter", default=",")
    if not text:
        raise IllegalArgument("INVALID_DELIMITER_VALUE.EMPTY_STRING")
    return (
        codecs.decode(text, "unicode_escape") if text.startswith("\\") and len(text) > 1 else text
    )


def character(options: Options, name: str, default: str) -> int:
    """Return an option of one character as its code; "" is 0, none."""
    text = options.text(name, default=default)
    if len(text) > 1:
        raise IllegalArgument(
            "OPTION_VALUE_EXCEEDS_ONE_CHARACTER", paramName=name, actualValue=text
        )
    return ord(text) if text else 0


def dialect(options: Options) -> Dialect:
    """Return how the options tell fields apart."""
    quote, escape = character(options, "quote", '"'), character(options, "escape", "\\")
    default = chr(escape) if escape and escape != quote else ""
    return Dialect(
        separator(options).encode(),
        quote,
        escape,
        character(options, "charToEscapeQuoteEscaping", default),
        character(options, "comment", ""),
        options.flag("ignoreLeadingWhiteSpace"),
        options.flag("ignoreTrailingWhiteSpace"),
        options.flag("multiLine"),
    )


def rules(options: Options, conf: Conf) -> Rules:
    """Return how the options read values."""
    return Rules(
        zone_of(options, conf),
        options.get("dateFormat"),
        options.get("timestampFormat"),
        options.get("timestampNTZFormat"),
        options.text("nanValue", default="NaN"),
        options.text("positiveInf", default="Inf"),
        options.text("negativeInf", default="-Inf"),
    )


def styles(options: Options, conf: Conf) -> Styles:
    """Return how the options write values."""
    default = Styles()
    return Styles(
        zone_of(options, conf),
        options.text("dateFormat", default=default.date_format),
        options.text("timestampFormat", default=default.timestamp_format),
        options.text("timestampNTZFormat", default=default.timestamp_ntz_format),
    )
