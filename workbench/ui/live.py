"""The live handle of a query: one object with its whole story."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from os import PathLike
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from pyspark.errors import PySparkException

from workbench.ui import wording
from workbench.ui.batch_in_full import batch_in_full
from workbench.ui.charts.catalogue import CHARTS
from workbench.ui.charts.chart import Chart
from workbench.ui.export import export
from workbench.ui.feed import Feed, feed_of, now_ms
from workbench.ui.history import Event, History
from workbench.ui.latency import Latency
from workbench.ui.live_bokeh import LiveBokeh, Panel
from workbench.ui.newest_rows import NewestRows, Peek, at_node, memory_table
from workbench.ui.plan_watch import PlanWatch
from workbench.ui.query_plan import QueryPlan
from workbench.ui.state_browser import StateBrowser
from workbench.ui.state_panel import StatePanel
from workbench.ui.steering import Steering
from workbench.ui.still import show, with_text
from workbench.ui.twin import status, text_twin
from workbench.ui.why import why

if TYPE_CHECKING:
    import pandas as pd

EVENTS_SHOWN = 50
Command = Callable[["LiveQuery", dict[str, Any]], object]
COMMANDS: dict[str, Command] = {
    "stop": lambda handle, _: handle.query.stop(),
    "pause": lambda handle, _: handle.pause(),
    "resume": lambda handle, _: handle.resume(),
    "step": lambda handle, _: handle.step(),
    "tune": lambda handle, content: handle.tune(**content["changes"]),
    "fork": lambda handle, content: handle.fork(**content.get("changes", {})),
    "peek": lambda handle, content: handle.rows.look_at(str(content["node"])),
    "state": lambda handle, content: handle.state_panel.look(content),
}
"""What the dashboard's buttons do."""
TIMES = ("time", "event.min", "event.avg", "event.max", "watermark")


def live(query: Any, peek: Peek | None = None) -> LiveQuery:
    """Return the live handle of a streaming query; display it to see the dashboard.

    Works on any Spark Connect server. It never blocks: what happened before is fetched in the background.

    Parameters
    ----------
    query : pyspark.sql.connect.streaming.query.StreamingQuery
        A query that was started, running or not.
    peek : callable, optional
        Reads the newest output rows, `peek(count) -> list of Row`. By default the table of a memory sink is read.

    Returns
    -------
    LiveQuery

    Examples
    --------
    >>> handle = wb.live(query)  # doctest: +SKIP
    >>> print(handle.why())  # doctest: +SKIP
    """
    session = session_of(query)
    feed = feed_of(session)
    history = feed.watch(query)
    return LiveQuery(query, feed, history, peek or memory_table(history, session))


def tune(query: Any, **changes: Any) -> str:
    """Change a query, while it runs or by a new run from its checkpoint, and return what was changed.

    Parameters
    ----------
    query : pyspark.sql.connect.streaming.query.StreamingQuery or LiveQuery
        A running query.
    **changes
        From the next batch on: `trigger="2 seconds"`, `max_rows=1000`, `max_files=4`, `max_bytes=10_000_000`,
        `state_partitions=8`. By stopping and starting again from the checkpoint: `watermark="1 hour"`.

    Examples
    --------
    >>> wb.tune(query, trigger="2 seconds", state_partitions=8)  # doctest: +SKIP
    """
    handle = query if isinstance(query, LiveQuery) else handle_of(query)
    return handle.tune(**changes)


def handle_of(query: Any) -> LiveQuery:
    """Return the one handle a query object has."""
    found = query.__dict__.get("_workbench_live")
    if found is None:
        found = query.__dict__["_workbench_live"] = live(query)
    return found


def session_of(query: Any) -> Any:
    """Return the session a query belongs to; PySpark has no public way to ask."""
    found = getattr(query, "_session", None) or getattr(query, "sparkSession", None)
    if found is not None:
        return found
    from pyspark.sql import SparkSession

    return SparkSession.active()


class LiveQuery:
    """A query's dashboard, figures, events and reasons, live and in plain text.

    Parameters
    ----------
    query : pyspark.sql.connect.streaming.query.StreamingQuery
        The query.
    feed : Feed
        Who keeps views up to date.
    history : History
        What the query did.
    peek : callable
        Reads the newest output rows.
    """

    def __init__(self, query: Any, feed: Feed, history: History, peek: Peek) -> None:
        self.query = query
        self.feed = feed
        self.history = history
        self.forks = 0
        self.steering = Steering(query, history, session_of(query))
        self.rows = NewestRows(history, at_node(peek, self.steering))
        self.watch = PlanWatch(history, self.steering)

    @property
    def panels(self) -> dict[str, Panel]:
        """The parts of the dashboard besides the charts."""
        return {
            "status": lambda: status(self.history, now_ms()),
            "rows": self.rows.latest,
            "events": lambda: event_rows(self.history),
            "marks": lambda: mark_rows(self.history),
            "steering": self.steering.panel,
            "plan": self.watch.panel,
            "state": self.state_panel.panel,
        }

    @cached_property
    def dashboard(self) -> LiveBokeh:
        """The dashboard widget: head, charts, newest rows, events."""
        commands = {name: partial(self.soon, name, step) for name, step in COMMANDS.items()}
        commands["batch"] = self.tell_batch
        charts = tuple(CHARTS.values())
        return LiveBokeh(self.history, self.feed, charts, self.panels, commands, self.__repr__)

    def export(self, path: str | PathLike[str]) -> Path:
        """Write the whole history as one HTML page that can still be zoomed and scrubbed, without a kernel or a network."""
        return export(self.history, tuple(CHARTS.values()), self.panels, repr(self), Path(path))

    def tell_batch(self, content: dict[str, Any]) -> None:
        """Answer a page that asks for one batch in full."""
        found = batch_in_full(self.history, int(content.get("row", -1)))
        if found is not None:
            self.dashboard.send({"kind": "batch", "view": content.get("view"), **found})

    @cached_property
    def charts(self) -> Charts:
        """Each chart as a widget of its own: `handle.charts.watermark`."""
        return Charts(self.history, self.feed)

    @property
    def progress(self) -> pd.DataFrame:
        """The history, one row a batch; bounded, so a long-running query's first batches may be gone."""
        import pandas as pd  # heavy, and only needed here

        frame = self.history.since(0)
        table = pd.DataFrame(dict(frame.columns))
        for name in TIMES:
            if name in table:
                table[name] = pd.to_datetime(table[name], unit="ms", utc=True).dt.floor("ms")
        first = ["batch", "time", "run"]
        return table[[*(n for n in first if n in table), *(n for n in table if n not in first)]]

    @property
    def events(self) -> Events:
        """What happened, oldest first: starts, restarts, idle times, late rows, errors."""
        with self.history.lock:
            return Events(self.history.events)

    @property
    def latency(self) -> Latency:
        """End-to-end latency, where the server measures it; `.table` has one row a batch."""
        return Latency(self.history)

    @cached_property
    def state(self) -> StateBrowser:
        """What the query keeps: operators and sizes, and its keys and values after any retained batch."""
        return StateBrowser(self.history, session_of(self.query), self.steering)

    @cached_property
    def state_panel(self) -> StatePanel:
        """What the page shows of the state."""
        return StatePanel(self.state)

    @property
    def plan(self) -> QueryPlan:
        """The plan as a graph with live figures (`.nodes`, `.graph()`), and as `query.explain()` tells it."""
        return QueryPlan(self.query, self.watch)

    def peek(self, node: str = "", rows: int = 20) -> pd.DataFrame:
        """Return the newest rows that passed a node of the plan, oldest first.

        Parameters
        ----------
        node : str
            As `.plan` names it; "" for what went to the sink.
        rows : int
            How many, 50 at most.
        """
        return self.steering.peek(node, rows).toPandas()

    def fork(self, name: str | None = None, **changes: Any) -> LiveQuery:
        """Start the query once more beside this one, on a copy of its checkpoint, and return the new one's handle.

        Its rows go to a table in memory called `name`; this query goes on as it is.

        Parameters
        ----------
        name : str, optional
            The new query's name; by default this one's with `_fork` and a number.
        **changes
            What it has other: `watermark`, `output_mode`, and all that `tune` takes.
        """
        self.forks += name is None
        return live(
            self.steering.fork(
                name or f"{self.history.name or 'query'}_fork{self.forks}", **changes
            )
        )

    def why(self) -> str:
        """Return why nothing is coming out, or that rows are coming out."""
        self.watch.look_now()
        return why(self.history, now_ms())

    def stop(self) -> None:
        """Stop the query."""
        self.query.stop()

    def pause(self) -> str:
        """Let the batch under way finish and start no other."""
        return self.steering.pause()

    def resume(self) -> str:
        """Go on after a pause."""
        return self.steering.resume()

    def step(self, batches: int = 1) -> str:
        """Pause, run some batches, and return when they are done."""
        return self.steering.step(batches)

    def tune(self, **changes: Any) -> str:
        """Change the query; every chart marks the moment.

        Parameters
        ----------
        **changes
            From the next batch on: `trigger="2 seconds"`, `max_rows=1000`, `max_files=4`, `max_bytes=10_000_000`,
            `state_partitions=8`. By stopping and starting again from the checkpoint: `watermark="1 hour"`.

        Raises
        ------
        IllegalArgument, Unsupported
            For what cannot be changed, with the reason; then nothing was changed.
        """
        return self.steering.tune(**changes)

    def soon(self, name: str, step: Command, content: dict[str, Any]) -> None:
        """Do what a button asks, in the background, since a stop or a step waits for the running batch."""

        def work() -> None:
            try:
                step(self, content)
            except Exception as failure:  # noqa: BLE001 - a thread's top: the server may be gone, or refuse
                text = f"{name} was not done: {wording.readable(str(failure))}"
                self.history.note(Event(now_ms(), "note", text))
                if name in ("tune", "fork"):
                    self.steering.refuse(failure, content.get("changes", {}))
            self.feed.hurry()

        Thread(target=work, name=f"workbench-{name}", daemon=True).start()

    def __repr__(self) -> str:
        """Return the live view as text."""
        return text_twin(self.history, now_ms())

    def is_behind(self) -> bool:
        """Whether the query has begun or ended and its history has yet to hear of it."""
        history = self.history
        if history.is_over or history.state == "idle":
            return False
        try:
            return not len(history) or not self.query.isActive
        except PySparkException:
            return False  # the server is gone: nothing more will be heard

    def _ipython_display_(self) -> None:
        show(self, self.dashboard.viewers, self.is_behind)

    def _repr_mimebundle_(self, **_: Any) -> Any:
        return bundle(self.dashboard, repr(self))


def bundle(widget: LiveBokeh, text: str) -> Any:
    """Return a widget to be displayed, with another text than its own, which a page keeps as it is: it says of when."""
    as_of = f"{text}\n  as of {wording.moment(now_ms())} UTC"
    return with_text(widget._repr_mimebundle_(), as_of)


class Charts:
    """The charts of one query, each usable alone; names complete with Tab."""

    def __init__(self, history: History, feed: Feed) -> None:
        self._history = history
        self._feed = feed

    def __getattr__(self, name: str) -> LiveBokeh:
        """Return one chart as a widget."""
        if name not in CHARTS:
            raise AttributeError(f"there is no chart `{name}`; the charts are {', '.join(CHARTS)}")
        marks = {"marks": lambda: mark_rows(self._history)}
        chart, history = (CHARTS[name],), self._history
        text = partial(chart_text, history, CHARTS[name])
        widget = LiveBokeh(history, self._feed, chart, marks, text=text)
        self.__dict__[name] = widget
        return widget

    def __getitem__(self, name: str) -> LiveBokeh:
        """Return one chart by its name."""
        found: LiveBokeh = getattr(self, name)
        return found

    def __dir__(self) -> list[str]:
        """Return the charts' names."""
        return list(CHARTS)

    def __repr__(self) -> str:
        """Return what every chart says now."""
        return "\n".join(
            f"{name}: {chart_text(self._history, chart)}" for name, chart in CHARTS.items()
        )


def chart_text(history: History, chart: Chart) -> str:
    """Return what a chart says now, or why it has nothing to say."""
    frame, shape = history.tail(EVENTS_SHOWN), history.shape
    return chart.sentence(frame, shape) if chart.applies(shape) else chart.missing


class Events(tuple[Event, ...]):
    """Events that print one a line."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return one line an event."""
        return "\n".join(
            f"{row['time']}  {row['kind']:<9}  {row['text']}" for row in map(event_row, self)
        )


def event_rows(history: History) -> list[dict[str, str]]:
    """Return the newest events for the page, newest first."""
    with history.lock:
        newest = list(history.events)[-EVENTS_SHOWN:]
    return [event_row(event) for event in reversed(newest)]


def mark_rows(history: History) -> list[list[Any]]:
    """Return what charts mark, as [time, text]."""
    return [[mark.time_ms, f"{mark.kind}: {mark.text}"] for mark in history.marks]


def event_row(event: Event) -> dict[str, str]:
    """Return one event as text."""
    batch = "" if event.batch is None else f"from batch {event.batch} on: "
    return {
        "time": wording.moment(event.time_ms),
        "kind": event.kind,
        "text": batch + wording.shorten(event.text, 300),
    }
