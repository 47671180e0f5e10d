"""How the fields of CSV text are told apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """The characters that mean something; a code of 0 is none."""

    separator: bytes
    quote: int
    escape: int
    escape_escape: int
    comment: int
    trims_leading: bool
    trims_trailing: bool
    is_multi_line: bool
