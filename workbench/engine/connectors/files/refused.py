"""Options of Spark's file formats that this engine cannot follow: refused by name, so that none is without effect in silence."""

from __future__ import annotations

from workbench.base.errors import Unsupported
from workbench.engine.connectors.options import Options

_ENGLISH = frozenset({"en", "en-us", "en_us"})
_OFF = frozenset({"false"})
_REBASE = frozenset({"exception", "corrected"})
_NOTHING: frozenset[str] = frozenset()

_TEXT = {
    "locale": (_ENGLISH, "names of months and days are English"),
    "enableDateTimeParsingFallback": (_OFF, "times are read by their pattern alone"),
    "singleVariantColumn": (_NOTHING, "values of type VARIANT have no form in this engine"),
}
_SIZES = "records of any size and depth are read"

REFUSED: dict[str, dict[str, tuple[frozenset[str], str]]] = {
    "csv": {
        **_TEXT,
        "unescapedQuoteHandling": (
            frozenset({"stop_at_delimiter"}),
            "a value that begins with a stray quote ends at the next delimiter",
        ),
        "maxColumns": (_NOTHING, _SIZES),
        "maxCharsPerColumn": (frozenset({"-1"}), _SIZES),
    },
    "json": {
        **_TEXT,
        "maxNestingDepth": (_NOTHING, _SIZES),
        "maxNumLen": (_NOTHING, _SIZES),
        "maxStringLen": (_NOTHING, _SIZES),
    },
    "parquet": {
        "datetimeRebaseMode": (_REBASE, "dates are in the proleptic Gregorian calendar"),
        "int96RebaseMode": (_REBASE, "times are in the proleptic Gregorian calendar"),
    },
}
"""Format → option → the values that mean what is done anyway, and what that is."""


def check_options(name: str, options: Options) -> None:
    """Raise ``UNSUPPORTED_FEATURE.OPTION`` for an option of a format that would have no effect."""
    for option, (accepted, reason) in REFUSED.get(name, {}).items():
        value = options.get(option)
        if value is not None and value.strip().lower() not in accepted:
            raise Unsupported(
                "UNSUPPORTED_FEATURE.OPTION", option=option, value=value, reason=reason
            )
