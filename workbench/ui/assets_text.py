"""The page's side of the live view, read from `assets/`."""

from __future__ import annotations

import gzip
from functools import cache
from importlib.resources import files

SCRIPTS = (
    "bokeh.js",
    "theme.js",
    "store.js",
    "charts.js",
    "status.js",
    "steer.js",
    "detail.js",
    "scrub.js",
    "table.js",
    "plan.js",
    "state.js",
    "events.js",
    "hear.js",
    "say.js",
    "view.js",
)
"""In this order: each may use what those before it define; only the last one exports."""


@cache
def script() -> str:
    """Return the widget's module."""
    assets = files(__package__).joinpath("assets")
    return "\n".join(assets.joinpath(name).read_text("utf-8") for name in SCRIPTS)


@cache
def still_script() -> str:
    """Return what shows the view in a page without a kernel; it goes behind `script`."""
    return files(__package__).joinpath("assets", "still.js").read_text("utf-8")


@cache
def style() -> str:
    """Return the widget's style sheet."""
    return files(__package__).joinpath("assets", "live.css").read_text("utf-8")


@cache
def bokeh_code() -> bytes:
    """Return BokehJS of the installed bokeh package, gzipped: its version always matches, no network needed."""
    code = files("bokeh").joinpath("server", "static", "js", "bokeh.min.js").read_bytes()
    return gzip.compress(code, compresslevel=6, mtime=0)
