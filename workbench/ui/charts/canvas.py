"""How every figure of the dashboard looks, and the few marks they are made of.

Colours are set in the page (see `assets/theme.js`), by the tags put on the marks here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bokeh.core.properties import value
from bokeh.models import (
    BasicTicker,
    BoxZoomTool,
    HoverTool,
    Line,
    NoOverlap,
    NumeralTickFormatter,
    PanTool,
    ResetTool,
    Step,
    VArea,
    VBar,
    VSpan,
    WheelZoomTool,
)
from bokeh.plotting import figure

if TYPE_CHECKING:
    from bokeh.models import ColumnDataSource, Glyph, GlyphRenderer, Range1d

HEIGHT = 168
TIME = "time"
FORMATS = {"rows": "0.[0]a", "rows/s": "0.[0]a", "ms": "0,0", "bytes": "0.[0]a"}
_CLOCK = {
    "milliseconds": "%S.%3Ns", "seconds": "%H:%M:%S", "minsec": "%H:%M:%S", "minutes": "%H:%M", "hourmin": "%H:%M",
    "hours": "%H:%M", "days": "%d %b", "months": "%b %Y", "years": "%Y",
}  # fmt: skip


def canvas(title: str, unit: str, x_range: Range1d) -> figure:
    """Return an empty figure over processing time; drag zooms in time, ctrl and wheel too."""
    zoom = BoxZoomTool(dimensions="width")
    plot = figure(
        height=HEIGHT,
        sizing_mode="stretch_width",
        x_range=x_range,
        x_axis_type="datetime",
        y_axis_type="datetime" if unit == "event time" else "linear",
        toolbar_location=None,
        tools=[zoom, PanTool(dimensions="width"), ResetTool()],
        active_drag=zoom,
        outline_line_color=None,
        background_fill_color=None,
        border_fill_color=None,
        min_border_left=52,
        min_border_right=8,
        name=title,
    )
    plot.add_tools(WheelZoomTool(dimensions="width", modifiers={"ctrl": True}))
    _axes(plot, unit)
    return plot


def _axes(plot: figure, unit: str) -> None:
    # A single tick is taken for years apart; what the time axis shows never spans years.
    plot.xaxis[0].formatter.update(**{**_CLOCK, "years": "%H:%M:%S"})
    plot.xaxis[0].ticker.desired_num_ticks = 5
    plot.xaxis.major_label_policy = NoOverlap(min_distance=12)
    if unit == "event time":
        plot.yaxis[0].formatter.update(**_CLOCK)
        plot.yaxis[0].ticker.desired_num_ticks = 4
    else:
        plot.y_range.start = 0
        plot.y_range.min_interval = 1
        plot.yaxis.ticker = BasicTicker(desired_num_ticks=4, min_interval=1)
        plot.yaxis.formatter = NumeralTickFormatter(format=FORMATS[unit])
    plot.xgrid.visible = False
    plot.axis.axis_line_color = None
    plot.axis.major_tick_line_color = None
    plot.axis.minor_tick_line_color = None
    plot.axis.major_label_text_font_size = "11px"


def put(plot: figure, source: ColumnDataSource, glyph: Glyph, tag: str) -> GlyphRenderer:
    """Draw a glyph and say by its tag how the page paints it.

    `plot.line` and its like make three more glyphs each, for selections nobody makes, which all travel to the page.
    """
    glyph.tags = [tag]
    return plot.add_glyph(source, glyph)


def line(
    plot: figure, source: ColumnDataSource, column: str, role: str, **look: object
) -> GlyphRenderer:
    """Draw a line over time in a role's colour."""
    look = {"line_width": 1.8, **look}
    return put(plot, source, Line(x=TIME, y=column, line_join="round", **look), f"line:{role}")


def steps(plot: figure, source: ColumnDataSource, column: str, role: str) -> GlyphRenderer:
    """Draw a value that holds until the next batch."""
    return put(plot, source, Step(x=TIME, y=column, mode="after", line_width=1.8), f"line:{role}")


def area(plot: figure, source: ColumnDataSource, column: str, role: str) -> GlyphRenderer:
    """Fill softly between a line and zero."""
    glyph = VArea(x=TIME, y1=value(0), y2=column, fill_alpha=0.14)
    return put(plot, source, glyph, f"fill:{role}")


def bars(plot: figure, source: ColumnDataSource, column: str, role: str) -> GlyphRenderer:
    """Draw one bar a batch."""
    return put(
        plot, source, VBar(x=TIME, width="width", top=column, line_color=None), f"fill:{role}"
    )


def hover(
    plot: figure, mark: GlyphRenderer, rows: list[tuple[str, str]], times: tuple[str, ...] = ()
) -> None:
    """Show the batch nearest in time: its number, its start, then `rows` of (label, column and format)."""
    mark_times = {f"@{{{name}}}": "datetime" for name in (TIME, *times)}
    plot.add_tools(
        HoverTool(
            renderers=[mark],
            mode="vline",
            attachment="horizontal",
            show_arrow=False,
            point_policy="snap_to_data",
            line_policy="nearest",
            tooltips=[("batch", "@{batch}{0}"), ("at", f"@{{{TIME}}}{{%H:%M:%S.%3N}}"), *rows],
            formatters=mark_times,
        )
    )


def mark_changes(plot: figure, marks: ColumnDataSource) -> None:
    """Draw a line across wherever somebody changed the query; pointing at it says what."""
    span = VSpan(x="at", line_width=1.5, line_dash="dashed", line_alpha=0.9)
    mark = put(plot, marks, span, "line:change")
    plot.add_tools(HoverTool(renderers=[mark], tooltips=[("", "@text")]))
