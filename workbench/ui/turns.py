"""Threads take turns more often while somebody looks, so that a button is not kept waiting by a cell that computes."""

from __future__ import annotations

import sys
from threading import RLock

QUICK_S = 0.001


class Turns:
    """How long Python lets one thread go on while others wait: a millisecond while anybody looks, else as it was.

    A click passes through some ten threads: the socket's, the subshell's, the engine's, the feed's. Beside a loop in
    Python each waits Python's five milliseconds for its turn, and more than once. Any thread may call.
    """

    def __init__(self) -> None:
        self.lookers: set[int] = set()
        self.before = sys.getswitchinterval()
        self.lock = RLock()

    def look(self, who: int, is_looking: bool) -> None:
        """Take in whether somebody looks from now on."""
        with self.lock:
            others = self.lookers - {who}
            now = others | {who} if is_looking else others
            if now and not self.lookers:
                self.before = sys.getswitchinterval()
                sys.setswitchinterval(min(QUICK_S, self.before))
            elif self.lookers and not now:
                sys.setswitchinterval(self.before)
            self.lookers = now


TURNS = Turns()
"""The interpreter's."""
