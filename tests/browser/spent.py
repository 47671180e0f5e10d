"""What a page and its kernel spend from now on, in milliseconds of processor time, and what the page receives."""

from __future__ import annotations


class Spent:
    """Counts from when it is made.

    Parameters
    ----------
    opened : Page
        A page with a notebook whose kernel is idle.
    """

    def __init__(self, opened):
        self.opened = opened
        self.devtools = opened.context.new_cdp_session(opened.page)
        self.devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.devtools.send("Network.enable")
        self.received = 0
        self.devtools.on("Network.webSocketFrameReceived", self.hear)
        self.kernel_before = self.page_before = 0.0
        self.kernel_before, self.page_before = self.kernel(), self.page()

    def hear(self, frame):
        self.received += len(frame["response"]["payloadData"])

    def page(self):
        """The page's own thread."""
        found = self.devtools.send("Performance.getMetrics")["metrics"]
        total = next(each["value"] for each in found if each["name"] == "TaskDuration")
        return total * 1000 - self.page_before

    def kernel(self):
        """All threads of the kernel."""
        return (
            float(self.opened.ask("__import__('time').process_time()")) * 1000 - self.kernel_before
        )
