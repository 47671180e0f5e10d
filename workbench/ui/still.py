"""The text of a dashboard in a notebook that runs by itself: what was last known, not its first moment."""

from __future__ import annotations

import html
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from workbench.ui.running_cell import is_nobody_there
from workbench.ui.viewers import Viewers

KEPT = 50
PATIENCE_S = 2.0
"""How long the end of a cell waits, in all, for what a query is about to tell."""
POLL_S = 0.02
Bundle = tuple[dict[str, Any], dict[str, Any]]


@dataclass(slots=True)
class Still:
    """An output of a notebook, and what its text says.

    Attributes
    ----------
    shown : object
        What has a text, its `repr`, and is drawn where somebody sees it.
    viewers : Viewers
        Who sees it.
    is_behind : callable
        Whether there is news that `shown` has not heard yet.
    bundle : Bundle
        What was displayed.
    output : str
        Its display id.
    patience_s : float
        How long it may still wait for news.
    """

    shown: object
    viewers: Viewers
    is_behind: Callable[[], bool]
    bundle: Bundle
    output: str
    patience_s: float = PATIENCE_S

    def renew(self) -> None:
        """Tell the text anew if it has changed, in one message; a page that draws the dashboard is left alone."""
        while self.patience_s > 0 and self.is_behind():
            time.sleep(POLL_S)
            self.patience_s -= POLL_S
        text = repr(self.shown)
        if not self.viewers.heard and text != self.bundle[0]["text/plain"]:
            self.bundle = with_text(self.bundle, text)
            put(self.bundle, display_id=self.output, update=True)


STILLS: deque[Still] = deque(maxlen=KEPT)
"""The newest outputs; touched on the kernel's main thread only."""


def show(shown: Any, viewers: Viewers, is_behind: Callable[[], bool] = lambda: False) -> None:
    """Display something whose text every later cell renews, where there is no page that would draw it.

    Raises
    ------
    NotImplementedError
        There may be such a page, or there is no notebook: IPython then displays it as ever. In a page a new text would
        draw the dashboard a second time.
    """
    if not is_nobody_there():
        raise NotImplementedError
    still = Still(shown, viewers, is_behind, shown._repr_mimebundle_(), uuid4().hex)
    put(still.bundle, display_id=still.output)
    STILLS.append(still)


def renew_all(*_: Any) -> None:
    """Renew every text. IPython calls it when a cell has ended, before it says so."""
    for still in STILLS:
        still.renew()


def put(bundle: Bundle, **how: Any) -> None:
    """Display a bundle."""
    data, metadata = bundle
    sys.modules["IPython"].display.display(data, metadata=metadata, raw=True, **how)


def with_text(shown: Any, text: str) -> Bundle:
    """Return what a widget displays, with a text for whoever cannot show widgets (papermill, a terminal)."""
    data, metadata = shown if isinstance(shown, tuple) else (shown or {}, {})
    still = f'<pre aria-label="Streaming query">{html.escape(text)}</pre>'
    return {**data, "text/plain": text, "text/html": still}, metadata
