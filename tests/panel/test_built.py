"""The panel that is in the wheel is the one whose source is here: nobody needs Node to install it, so nothing else would tell."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.browser.lab import ROOT

SOURCE = ROOT / "extension"
BUILT = ROOT / "workbench" / "labextension" / "streaming-workbench"
# What extension/stamp.mjs hashes, and in the same way.
PARTS = {
    "source": (
        SOURCE,
        ("package.json", "package-lock.json", "tsconfig.json", "schema", "src", "style"),
    ),
    "built": (BUILT, ("package.json", "schemas", "static")),
}


def files(path):
    return [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]


def digest(folder, names):
    found = {
        each.relative_to(folder).as_posix(): each for name in names for each in files(folder / name)
    }
    lines = (
        f"{name}\n{hashlib.sha256(found[name].read_bytes()).hexdigest()}\n"
        for name in sorted(found)
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@pytest.mark.parametrize("part", PARTS)
def test_what_was_built_belongs_to_the_source(part):
    stamp = json.loads((BUILT / "stamp.json").read_text())
    assert digest(*PARTS[part]) == stamp[part], "run `npm run build` in extension/ and commit both"


def test_what_jupyterlab_loads_is_there():
    build = json.loads((BUILT / "package.json").read_text())["jupyterlab"]["_build"]
    assert (BUILT / build["load"]).is_file()
    remotes = sorted(path.name for path in (BUILT / "static").glob("remoteEntry.*.js"))
    assert remotes == [build["load"].removeprefix("static/")], (
        "one build, and no older one beside it"
    )
