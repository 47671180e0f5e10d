"""A live dashboard in the page: bokeh charts, head, newest rows and events of one query, in one widget."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache, partial
from threading import RLock, Thread
from typing import Any
from uuid import uuid4
from weakref import WeakValueDictionary

import anywidget
import bokeh
import traitlets

from workbench.ui.assets_text import bokeh_code, library_script, script, style
from workbench.ui.charts.chart import Chart
from workbench.ui.feed import Feed
from workbench.ui.history import History
from workbench.ui.merged_history import MergedHistory
from workbench.ui.rowstream import Message, RowStream
from workbench.ui.still import show, with_text
from workbench.ui.viewers import Viewers

ROUTE = "_reply_subshell_for"
"""What ipykernel asks a comm for the loop that is to hear a message."""
WIDGETS: WeakValueDictionary[str, LiveBokeh] = WeakValueDictionary()
"""This kernel's widgets by `own_id`, for a page that reaches them by another way than their comm."""
_library = RLock()
Panel = Callable[[], Any]
Command = Callable[[dict[str, Any]], None]


class BokehLibrary(anywidget.AnyWidget):
    """BokehJS for the pages of this kernel: one widget, so the code is sent once a page, not once a chart.

    A page that hears of it starts BokehJS as soon as it has nothing else to do, and draws `sample` where nobody sees it.
    """

    _esm = ""
    code = traitlets.Bytes().tag(sync=True)
    sample = traitlets.Dict().tag(sync=True)
    bokeh_version = traitlets.Unicode(bokeh.__version__).tag(sync=True)


class LiveBokeh(anywidget.AnyWidget):
    """Charts of a query that keep moving, drawn by the bokeh that is installed.

    The page's side is `assets/`. A page begins with `snapshot`, a trait computed whenever it is asked for, so a
    reload or a second browser starts from now; afterwards it gets one message a flush. Figures that are still to be
    built follow one by one, so that a page shows its numbers at once. Messages are sent from the feed's thread and
    figures from one of their own; everything a page says arrives on whichever thread the kernel chooses, hence the lock.

    Parameters
    ----------
    history : History or MergedHistory
        What to show.
    feed : Feed
        Who flushes.
    charts : tuple of Chart
        The charts; those that do not apply to the query are named with the reason.
    panels : dict of str to callable
        Further parts by name (`status`, `rows`, `events`): each returns JSON, sent when it has changed.
    commands : dict of str to callable
        What a button of the page may ask for.
    text : callable, optional
        The same in plain text, for `print` and for whoever cannot show widgets.
    """

    _esm = ""
    _css = ""
    snapshot = traitlets.Dict().tag(sync=True)
    library = traitlets.Unicode().tag(sync=True)
    bokeh_version = traitlets.Unicode(bokeh.__version__).tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    own_id = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        history: History | MergedHistory,
        feed: Feed,
        charts: tuple[Chart, ...],
        panels: dict[str, Panel] | None = None,
        commands: dict[str, Command] | None = None,
        text: Callable[[], str] | None = None,
    ) -> None:
        self.text = text
        self.guard = RLock()
        self.feed = feed
        self.stream = RowStream(history, charts)
        self.panels = dict(panels or {})
        self.commands = dict(commands or {})
        self.told: dict[str, str] = {}
        self.sent_figures: set[str] = set()
        self.viewers = Viewers()
        own_id = uuid4().hex
        super().__init__(
            model_id=own_id,
            own_id=own_id,
            _esm=script(),
            _css=style(),
            library=library().model_id or "",
            label=f"Live view of {history.title}",
        )
        self.on_msg(self.hear)
        WIDGETS[own_id] = self

    @traitlets.observe("comm")
    def hear_on_the_pages_subshell(self, change: Any) -> None:
        """Let the kernel take what a page says on the subshell the page chose.

        ipykernel 7.4 sends it to the loop that published last instead. Here a thread publishes, which has no loop, so
        that was the loop of whichever message came last: the main one, which a running cell keeps from answering, or
        the subshell of a page that is gone, and then nothing was heard any more.
        """
        if hasattr(change.new, ROUTE):
            setattr(change.new, ROUTE, partial(own_subshell, change.new))

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """Return the traits for a page; the snapshot is made now."""
        state = super().get_state(key, drop_defaults)
        if "snapshot" in state:
            with self.guard:
                state["snapshot"] = {**self.begin(), "figures": self.stream.built_figures()}
                self.sent_figures |= set(state["snapshot"]["figures"])
        return state

    def begin(self) -> dict[str, Any]:
        """Return a whole snapshot, panels included."""
        self.told = {}
        return {**self.stream.snapshot(), "panels": self.news()}

    def news(self) -> dict[str, Any]:
        """Return the panels that changed since they were last told."""
        found = {name: panel() for name, panel in self.panels.items()}
        found["readings"] = self.stream.readings()
        texts = {name: json.dumps(value) for name, value in found.items()}
        changed = {name: found[name] for name, text in texts.items() if self.told.get(name) != text}
        self.told |= texts
        return changed

    def is_shown(self) -> bool:
        """Whether a page shows it."""
        return self.viewers.any(self.feed.beat)

    def flush(self) -> None:
        """Send what is new, in one message; nothing if nothing is."""
        with self.guard:
            if self.stream.is_stale():
                self.reset()
                return
            if self.viewers.is_awaited(self.feed.beat):
                self.catch_up()
            else:
                self.tell(self.stream.rows())

    def catch_up(self) -> None:
        """Send what a page may not have heard that has begun with the last snapshot."""
        self.told = {}
        self.tell(self.stream.rows(again=True))

    def tell(self, rows: Message | None) -> None:
        """Send rows and the panels that changed, in one message; nothing if nothing is new."""
        header, data = rows or ({}, b"")
        panels = self.news()
        if header or panels:
            self.send({"kind": "rows", **header, "panels": panels}, [data])

    def has_all(self, content: dict[str, Any]) -> bool:
        """Whether a page that says how far it is can go on from there."""
        return self.stream.can_go_on(content.get("epoch"), content.get("next"))

    def reset(self) -> None:
        """Send a whole snapshot, and then the figures that are new in it."""
        content = self.begin()
        data = content.pop("data")
        self.send({"kind": "reset", **content}, [data])
        self.send_figures()

    def send_figures(self, again: Sequence[str] = ()) -> None:
        """Send the figures not yet sent, and some again, each as soon as it is built.

        On a thread of its own: building takes tens of milliseconds each.
        """
        with self.guard:
            figures = self.stream.figures()
            due = [key for key in figures if key not in self.sent_figures or key in again]
            self.sent_figures |= set(due)

        def work() -> None:
            for key in due:
                self.send({"kind": "figure", "figure": key, "doc": figures[key]()})

        if due:
            Thread(target=work, name="workbench-figures", daemon=True).start()

    def hear(self, _: Any, content: dict[str, Any], __: Any) -> None:
        """Take in what a page says: `hello`, `seen`, `bye`, or a command."""
        with self.guard:
            kind, view = content.get("kind"), str(content.get("view"))
            if kind == "bye":
                self.viewers.leave(view)
            elif kind in ("hello", "seen"):
                known = view in self.viewers.heard
                self.viewers.hear(view, self.feed.beat)
                if content.get("missed") or not (known or self.has_all(content)):
                    self.reset()
                elif not known:
                    self.catch_up()
                self.send_figures(content.get("lacks", ()))
                self.feed.show(self)
            elif kind in self.commands:
                self.commands[kind](content)

    def __repr__(self) -> str:
        """Return what it shows as text."""
        return super().__repr__() if self.text is None else self.text()

    def _ipython_display_(self) -> None:
        show(self, self.viewers)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Be displayed: from now on a view is expected."""
        self.viewers.displayed(self.feed.beat)
        self.feed.show(self)
        self.send_figures()
        return with_text(super()._repr_mimebundle_(**kwargs), repr(self))


def own_subshell(comm: Any, _: Any, chosen: str | None) -> str | None:
    """Return where a message of a page is handled: where the page sent it, the main loop if that is no more.

    Called on ipykernel's shell channel thread.
    """
    thread = getattr(getattr(comm, "kernel", None), "shell_channel_thread", None)
    return chosen if thread is None or chosen in thread.manager.list_subshell() else None


@cache
def new_library() -> BokehLibrary:
    """Return this kernel's BokehJS."""
    return BokehLibrary(_esm=library_script(), code=bokeh_code())


def library() -> BokehLibrary:
    """Return this kernel's BokehJS, a new one if somebody closed all widgets; any thread may ask for the first."""
    with _library:
        if new_library().comm is None:
            new_library.cache_clear()
        return new_library()
