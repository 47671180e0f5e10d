"""``wb.session``."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

import workbench as wb
from workbench.session import stop


@pytest.fixture(autouse=True)
def nothing_left():
    yield
    stop()


def test_it_is_pysparks_own_session_and_a_second_call_returns_the_same():
    from pyspark.sql.connect.session import SparkSession as ConnectSession

    spark = wb.session()
    assert type(spark) is ConnectSession
    assert wb.session() is spark
    assert spark.version == "4.2.0"


def test_pyspark_finds_it_as_the_active_session():
    spark = wb.session()
    assert SparkSession.active() is spark
    assert SparkSession.builder.getOrCreate() is spark


def test_another_thread_finds_it_too():
    spark = wb.session()
    found = []
    thread = threading.Thread(target=lambda: found.append(SparkSession.active()))
    thread.start()
    thread.join()
    assert found == [spark]


def test_configuration_is_set_by_dotted_or_underscored_names():
    spark = wb.session(spark_my_note="lesson", **{"spark.sql.shuffle.partitions": 3})
    assert spark.conf.get("spark.my.note") == "lesson"
    assert spark.conf.get("spark.sql.shuffle.partitions") == "3"


def test_after_stop_a_new_one_can_be_had():
    first = wb.session()
    first.conf.set("spark.left.behind", "1")
    first.stop()
    second = wb.session()
    assert second is not first
    assert [row.id for row in second.range(2).collect()] == [0, 1]
    assert second.conf.get("spark.left.behind", None) is None


def test_only_its_user_can_open_the_socket_and_it_is_gone_afterwards():
    spark = wb.session()
    path = Path(spark.client._builder.endpoint.removeprefix("unix:"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    stop()
    assert not path.parent.exists()


def test_the_environment_is_as_before_once_it_is_stopped(monkeypatch):
    monkeypatch.delenv("SPARK_REMOTE", raising=False)
    wb.session()
    assert "SPARK_REMOTE" in os.environ
    stop()
    assert "SPARK_REMOTE" not in os.environ


LEFT_OPEN = """
import workbench as wb
from pyspark.sql.streaming import StreamingQueryListener
class Quiet(StreamingQueryListener):
    def onQueryStarted(self, event): pass
    def onQueryProgress(self, event): pass
    def onQueryIdle(self, event): pass
    def onQueryTerminated(self, event): pass
spark = wb.session()
spark.streams.addListener(Quiet())
query = spark.readStream.format("rate").load().writeStream.format("noop").start()
query.processAllAvailable()
print(spark.client._builder.endpoint)
"""


def test_a_program_that_leaves_a_query_and_a_listener_running_ends_without_a_word_of_them():
    run = [sys.executable, "-c", LEFT_OPEN]
    done = subprocess.run(run, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
    assert "istener" not in done.stderr
    assert not Path(done.stdout.strip().removeprefix("unix:")).parent.exists()


STUCK = """
import sys, time
import workbench as wb
spark = wb.session()
# Ten seconds of patience would show no more than one does.
sys.modules["workbench.session"]._STOP_SECONDS = 1
begun = False
def stuck(frame, batch):
    global begun
    begun = True
    time.sleep(300)
spark.readStream.format("rate").load().writeStream.foreachBatch(stuck).start()
while not begun:
    time.sleep(0.05)
"""


@pytest.mark.slow
def test_a_program_whose_batch_never_returns_still_ends():
    run = [sys.executable, "-W", "ignore", "-c", STUCK]
    done = subprocess.run(run, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr


FORKED = """
import os
import workbench as wb
spark = wb.session()
path = spark.client._builder.endpoint.removeprefix("unix:")
child = os.fork()
if child == 0:
    from workbench.session import stop
    stop()
    os._exit(0)
os.waitpid(child, 0)
assert os.path.exists(path)
assert spark.range(3).count() == 3
"""


def test_a_forked_child_that_stops_does_not_take_the_parents_socket():
    run = [sys.executable, "-W", "ignore", "-c", FORKED]
    done = subprocess.run(run, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
