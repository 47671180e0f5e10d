"""A query's whole history as one HTML page that needs no kernel, no server and no network."""

from __future__ import annotations

import base64
import gzip
import html
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import bokeh

from workbench.ui.assets_text import bokeh_code, script, still_script, style
from workbench.ui.charts.chart import Chart
from workbench.ui.history import History
from workbench.ui.rowstream import RowStream

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>body {{ margin: 12px; background: Canvas; color: CanvasText; }}
{style}</style>
</head>
<body>
<main id="wb-page"><noscript><pre>{text}</pre></noscript></main>
<script type="application/json" id="wb-history">{history}</script>
<script type="text/plain" id="wb-rows">{rows}</script>
<script>{bokeh}</script>
<script type="module">
{script}
</script>
</body>
</html>
"""


def export(
    history: History,
    charts: tuple[Chart, ...],
    panels: Mapping[str, Callable[[], Any]],
    text: str,
    path: Path,
) -> Path:
    """Write the page and return where it is.

    The page is the dashboard itself: the same charts, tables, events and batches, over every batch that is kept
    instead of the newest. Values are data, never markup.

    Parameters
    ----------
    history : History
        What the query did.
    charts : tuple of Chart
        The charts to draw.
    panels : mapping of str to callable
        The parts besides the charts, as they are now.
    text : str
        The same as text, for readers without scripts.
    path : Path
        The file, written anew.
    """
    stream = RowStream(history, charts)
    snapshot = stream.snapshot(rows=history.ring.capacity)
    data = snapshot.pop("data")
    traits = {
        "snapshot": {
            **snapshot,
            "figures": {key: build() for key, build in stream.figures().items()},
            "whole": True,
            "panels": {**told(panels), "readings": stream.readings()},
        },
        "bokeh_version": bokeh.__version__,
        "label": f"History of {history.title}",
    }
    page = PAGE.format(
        title=html.escape(history.title),
        style=style(),
        text=html.escape(text),
        history=inside_script({"traits": traits, "batches": batches(history)}),
        rows=base64.b64encode(gzip.compress(data, 6, mtime=0)).decode(),
        bokeh=gzip.decompress(bokeh_code()).decode(),
        script=script().replace("export default", "const widget =") + still_script(),
    )
    path.write_text(page, "utf-8")
    return path


def told(panels: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Return the parts as they are now, without what needs a kernel."""
    return {name: panel() for name, panel in panels.items() if name != "steering"}


def batches(history: History) -> dict[str, str]:
    """Return row number → progress event as text, for the newest batches, whose events are kept."""
    with history.lock:
        first = history.ring.total - len(history.raw)
        return {
            str(first + index): json.dumps(event, indent=2, ensure_ascii=False)
            for index, event in enumerate(history.raw)
        }


def inside_script(value: Any) -> str:
    """Return JSON that cannot end the script element it stands in."""
    return json.dumps(value).replace("<", "\\u003c")
