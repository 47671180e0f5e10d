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
    return "\n".join(map(asset, SCRIPTS))


@cache
def library_script() -> str:
    """Return the module of the widget that brings BokehJS."""
    return asset("bokeh.js") + asset("library.js")


@cache
def still_script() -> str:
    """Return what shows the view in a page without a kernel; it goes behind `script`."""
    return asset("still.js")


@cache
def style() -> str:
    """Return the widget's style sheet."""
    return asset("live.css")


def asset(name: str) -> str:
    """Return a file of the page's side."""
    return files(__package__).joinpath("assets", name).read_text("utf-8")


@cache
def bokeh_code() -> bytes:
    """Return BokehJS of the installed bokeh package, gzipped: its version always matches, no network needed.

    Lightly: a person waits for the first dashboard, and more effort saves little.
    """
    code = files("bokeh").joinpath("server", "static", "js", "bokeh.min.js").read_bytes()
    return gzip.compress(code, compresslevel=1, mtime=0)
