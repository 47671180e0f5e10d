"""Every function against what Apache Spark answered; see ``record_functions.py``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.parity.selecting import agree, answer
from workbench.engine.kernel.kernel import Kernel

FOLDER = Path(__file__).parent / "functions"
KERNEL = Kernel(partitions=1)


def recorded() -> list[tuple[str, str, dict]]:
    """Return every recorded line with its theme."""
    return [
        (theme.stem, line, found)
        for theme in sorted(FOLDER.glob("*.json"))
        for line, found in json.loads(theme.read_text("utf-8")).items()
    ]


@pytest.mark.parametrize(("theme", "line", "expected"), recorded())
def test_a_function_answers_as_spark(theme: str, line: str, expected: dict) -> None:
    ours = answer(line, KERNEL)
    assert agree(ours, expected), f"{theme}: SELECT {line}\nours  {ours}\nspark {expected}"
