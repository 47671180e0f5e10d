"""Preparing an environment: once, again when what it depends on changes, and with a clear word when it fails."""

from __future__ import annotations

import sys

import pytest

from workbench.cli import environment
from workbench.cli.environment import make, pip, prepare, python_of


@pytest.fixture
def bare(monkeypatch):
    """Virtual environments without pip, which take no time to make."""
    usual = environment.subprocess.run

    def quick(command, **how):
        extra = ["--without-pip"] if "venv" in map(str, command) else []
        return usual([*command, *extra], **how)

    monkeypatch.setattr(environment.subprocess, "run", quick)


def test_it_installs_once(bare, tmp_path):
    done = []
    for _ in range(2):
        prepare(tmp_path / "venv", "lab", lambda: done.append("lab"))
    assert done == ["lab"]
    assert python_of(tmp_path / "venv").exists()


def test_more_extras_are_added_and_the_first_are_remembered(bare, tmp_path):
    done = []
    for label in ("lab", "rocksdb", "lab"):
        prepare(tmp_path / "venv", label, lambda label=label: done.append(label))
    assert done == ["lab", "rocksdb"]


def test_whoever_has_everything_needs_nothing_more(bare, tmp_path):
    done = []
    for label in ("dev", "lab", ""):
        prepare(tmp_path / "venv", label, lambda label=label: done.append(label))
    assert done == ["dev"]


def test_it_installs_again_when_the_pins_change(bare, tmp_path, monkeypatch):
    done = []
    pins = tmp_path / "pins.txt"
    monkeypatch.setattr(environment, "PINS", pins)
    for text in ("numpy==1", "numpy==2"):
        pins.write_text(text)
        prepare(tmp_path / "venv", "lab", lambda text=text: done.append(text))
    assert done == ["numpy==1", "numpy==2"]


def test_an_installation_that_fails_is_tried_again_next_time(bare, tmp_path):
    def fail():
        sys.exit("pip said no")

    with pytest.raises(SystemExit, match="pip said no"):
        prepare(tmp_path / "venv", "lab", fail)
    done = []
    prepare(tmp_path / "venv", "lab", lambda: done.append("lab"))
    assert done == ["lab"]


def test_an_environment_whose_python_is_gone_is_made_anew(bare, tmp_path):
    python = python_of(tmp_path / "venv")
    python.parent.mkdir(parents=True)
    python.write_text("#!/no/such/interpreter\n")
    python.chmod(0o755)
    leftover = tmp_path / "venv" / "leftover"
    leftover.touch()
    make(tmp_path / "venv")
    assert not leftover.exists()
    assert environment.subprocess.run([python, "-c", ""], check=False).returncode == 0


def test_pip_that_fails_ends_the_program_with_what_it_was_asked(monkeypatch, tmp_path):
    make(tmp_path / "venv")
    with pytest.raises(SystemExit, match="could not install /no/such/project"):
        pip(tmp_path / "venv", "/no/such/project")
