"""The printed list of functions is the catalogue's."""

from __future__ import annotations

from pathlib import Path

from workbench.engine.functions import parity

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "parity.md"


def test_the_document_is_what_the_catalogue_prints() -> None:
    assert DOCUMENT.read_text("utf-8") == "\n".join(parity.report()) + "\n"
