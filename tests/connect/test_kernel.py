"""The embedded engine inside a real notebook kernel."""

from __future__ import annotations

import threading
import time

import pytest

pytestmark = pytest.mark.slow

jupyter_client = pytest.importorskip("jupyter_client")


@pytest.fixture
def kernel():
    manager, client = jupyter_client.manager.start_new_kernel(kernel_name="python3")
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client, code, on_output=lambda: None):
    """Run a cell to its end; what it printed, and its error's name. ``on_output`` is called at each print."""
    printed, failed = [], None
    sent = client.execute(code)
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != sent:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "stream" and content["name"] == "stdout":
            printed.append(content["text"])
            on_output()
        elif kind == "error":
            failed = content["ename"]
        elif kind == "status" and content["execution_state"] == "idle":
            return "".join(printed), failed


START = """
import warnings; warnings.simplefilter("ignore")
import workbench as wb
spark = wb.session()
query = spark.readStream.format("rate").load().writeStream.format("noop").start()
print(spark.range(3).count())
"""


def test_a_cell_that_waits_can_be_interrupted_and_the_kernel_and_the_query_live_on(kernel):
    manager, client = kernel
    assert run(client, START) == ("3\n", None)
    waiting = "print('waiting')\nquery.awaitTermination()"

    def interrupt_soon():
        # The print itself may swallow an interrupt that comes while the kernel hands the text on.
        for seconds in (1, 10, 20):
            timer = threading.Timer(seconds, manager.interrupt_kernel)
            timers.append(timer)
            timer.start()

    timers = []
    assert run(client, waiting, interrupt_soon) == ("waiting\n", "KeyboardInterrupt")
    for timer in timers:
        timer.cancel()
    assert run(client, "print(query.isActive, spark.range(2).count())") == ("True 2\n", None)


def test_a_kernel_with_a_running_query_shuts_down_by_itself(kernel):
    manager, client = kernel
    assert run(client, START)[1] is None
    client.shutdown()
    ended = time.monotonic() + 60
    while manager.is_alive():
        assert time.monotonic() < ended, "the kernel did not end"
        time.sleep(0.1)
