"""The second process on a checkpoint is refused, the first named."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from workbench.base.errors import IllegalState
from workbench.engine.state.lock import CheckpointLock

HOLD = """
import sys, time
from workbench.engine.state.lock import CheckpointLock
lock = CheckpointLock(sys.argv[1])
lock.acquire()
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(IllegalState) as refused:
            CheckpointLock(tmp_path).acquire()
        assert refused.value.condition == "CHECKPOINT_IN_USE"
        assert refused.value.parameters["pid"] == str(holder.pid)
        assert refused.value.parameters["host"] == os.uname().nodename
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        holder.stdout.close()
    with CheckpointLock(tmp_path):
        pass


def test_the_same_process_may_not_take_it_twice_but_again(tmp_path):
    with CheckpointLock(tmp_path), pytest.raises(IllegalState, match=str(os.getpid())):
        CheckpointLock(tmp_path).acquire()
    with CheckpointLock(tmp_path):
        pass
