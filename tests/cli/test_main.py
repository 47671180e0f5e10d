"""The command line as a person meets it."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

from workbench.cli import bench
from workbench.cli.environment import ROOT
from workbench.cli.main import VERBS, main


def test_alone_it_lists_every_verb(capsys):
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {verb} " in shown for verb in VERBS)


def test_a_verb_that_is_not_there_is_named_with_those_that_are(capsys):
    assert main(["tset"]) == 2
    said = capsys.readouterr().err
    assert "`tset`" in said
    assert "test" in said


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_its_file(verb):
    assert find_spec(f"workbench.cli.{verb}") is not None


def test_the_readme_names_no_verb_that_is_not_there():
    words = (ROOT / "README.md").read_text("utf-8").split("python3 -m workbench ")[1:]
    named = {word.split()[0] for word in words if word.split()[0].isalpha() and word[0] != "`"}
    assert {"lab", "demo", "test"} <= named
    assert named - {"alone"} <= set(VERBS)


def test_the_command_line_needs_nothing_but_the_standard_library():
    """A fresh clone has only Python: everything imported before `.venv` exists must come with it."""
    program = (
        "import sys; sys.path[:] = [path for path in sys.path if 'site-packages' not in path];"
        f"sys.path.insert(0, {str(ROOT)!r}); from workbench.cli import main; print(main.usage())"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True
    )
    assert "python -m workbench" in done.stdout


def test_a_benchmark_that_is_not_there_is_named_with_those_that_are(capsys):
    assert bench.run(["state_stroe"]) == 2
    said = capsys.readouterr().err
    assert "`state_stroe`" in said
    assert "state_store" in said
