"""Who may import whom. The table is the one in ``docs/architecture.md``; these tests read it, and the imports."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "workbench"
ANYTHING = "anything"
TOP = "top"


def table() -> dict[str, set[str]]:
    """The table of the architecture page: layer to the layers it may import, besides itself."""
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = page.partition("## Who may import whom")[2].partition("\n## ")[0].splitlines()
    found = {}
    for row in rows:
        if row.startswith("| `"):
            _, layers, may, _ = row.split("|")
            names = {ANYTHING} if may.strip() == ANYTHING else set(re.findall(r"`(.+?)`", may))
            found |= dict.fromkeys(re.findall(r"`(.+?)`", layers), names)
    return found


MAY_IMPORT = table()

# Third-party libraries that live in one place only, so that replacing one touches one folder.
LIVES_IN = {
    "datafusion": ("engine.kernel", "engine.functions", "engine.operators", "engine.streaming"),
    "grpc": ("connect", "session"),
    "bokeh": ("ui",),
    "anywidget": ("ui",),
    "ipywidgets": ("ui",),
    "IPython": ("ui", "magics"),
}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "_pb2" not in path.name)


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> str:
    """The longest row of the table that holds ``module``."""
    rows = [row for row in MAY_IMPORT if module == row or module.startswith(f"{row}.")]
    return max(rows, key=len, default=TOP)


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module a file imports, whether at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(found)


def ours(path: Path) -> set[str]:
    return {
        name.removeprefix("workbench.") for name in imports(path) if name.startswith("workbench.")
    }


def allowed(layer: str, target: str) -> bool:
    may = MAY_IMPORT[layer]
    return (
        ANYTHING in may
        or target == layer
        or target in may
        or (target.startswith("engine.") and "engine" in may)
    )


def test_the_table_names_every_folder():
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert len(folders) > 5
    assert folders <= set(MAY_IMPORT)


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_imports_only_the_layers_below_it(path):
    layer = layer_of(name_of(path))
    wrong = {name for name in ours(path) if not allowed(layer, layer_of(name))}
    assert wrong == set(), f"{layer} may import {sorted(MAY_IMPORT[layer])}"


@pytest.mark.parametrize("library", LIVES_IN)
def test_a_library_lives_in_its_own_layer(library):
    homes = (*LIVES_IN[library], "cli")
    strays = {
        name_of(path)
        for path in modules()
        if any(name == library or name.startswith(f"{library}.") for name in imports(path))
        and not any(f"{name_of(path)}.".startswith(f"{home}.") for home in homes)
    }
    assert strays == set()


def test_the_ui_knows_no_engine_and_the_engine_no_screen():
    assert not allowed("ui", "engine.streaming")
    assert not allowed("engine.streaming", "ui")
    assert not allowed("connect", "magics")


def test_no_module_imports_by_relative_name():
    """A relative import hides which layer it reaches."""
    relative = {
        name_of(path)
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    }
    assert relative == set()
