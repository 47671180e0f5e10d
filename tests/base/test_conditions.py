"""Every condition that is raised has its sentence, and every part of a name stands for something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workbench.base.errors import conditions

PACKAGE = Path(__file__).resolve().parents[2] / "workbench"
RAISED = re.compile(
    r"(?:\w*Error|\w*Fault|Unsupported|Illegal\w+|Invalid\w+)\(\s*\"([A-Z_0-9]+(?:\.[A-Z_0-9]+)?)\"",
    re.ASCII,
)


def raised() -> set[str]:
    """Every condition named where an error is made."""
    return {
        name for path in PACKAGE.rglob("*.py") for name in RAISED.findall(path.read_text("utf-8"))
    }


@pytest.mark.parametrize("name", sorted(raised()))
def test_a_raised_condition_is_in_the_catalogue(name):
    assert name in conditions()
    assert name.partition(".")[0] in conditions()


@pytest.mark.parametrize("name", sorted(conditions()))
def test_a_condition_says_something_and_its_main_condition_too(name):
    assert conditions()[name]["message"].strip()
    assert name.partition(".")[0] in conditions()
