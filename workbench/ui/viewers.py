"""Who is looking: the page views of one widget, counted so that nothing is sent to nobody."""

from __future__ import annotations

HEARD_FOR = 15
EXPECTED_FOR = 4


class Viewers:
    """The views a widget has in browsers, by what they told us.

    A view says hello when it is drawn, is heard from every ten seconds, and says goodbye when it is removed; a
    page that is closed says nothing. Time is counted in beats of the kernel's loop (one in five seconds, none
    while a cell runs), because a busy kernel hears nobody: a view is gone after 15 silent beats. A view that was
    just displayed is expected for 4 beats before it has said anything.
    """

    def __init__(self) -> None:
        self.heard: dict[str, int] = {}
        self.expected: int | None = None

    def displayed(self, beat: int) -> None:
        """Expect a view: the widget was put into a cell's output."""
        self.expected = beat

    def hear(self, view: str, beat: int) -> None:
        """Take in a sign of life."""
        self.heard[view] = beat
        self.expected = None

    def leave(self, view: str) -> None:
        """Take in a goodbye."""
        self.heard.pop(view, None)

    def is_awaited(self, beat: int) -> bool:
        """Whether a view was displayed that did not speak yet, so it may have missed messages."""
        return self.expected is not None and beat - self.expected <= EXPECTED_FOR

    def any(self, beat: int) -> bool:
        """Whether anybody looks."""
        self.heard = {view: last for view, last in self.heard.items() if beat - last <= HEARD_FOR}
        return bool(self.heard) or self.is_awaited(beat)
