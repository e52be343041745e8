"""The warm process: called off, killed and left alone."""

import os
import threading
import time
from pathlib import Path

import pytest

from handgrad.demos.katas.judging.isolate import CAN_FORK
from handgrad.demos.katas.judging.judge import judge
from handgrad.demos.katas.judging.warm import WarmProcess

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="the warm process forks")


def _ends(pid):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
                return True
            os.kill(pid, 0)
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    return False


def test_running_check_can_be_called_off(kata, warm, answer):
    path = answer("while True: pass")
    found = []
    thread = threading.Thread(target=lambda: found.append(judge(kata, path, timeout=30, run=warm.run)))
    thread.start()
    deadline = time.monotonic() + 20
    while not found and time.monotonic() < deadline:
        warm.cancel()
        thread.join(0.02)
    assert [verdict.status for verdict in found] == ["cancelled"]
    assert judge(kata, kata.solution, run=warm.run).ok


def test_killed_warm_process_is_replaced(kata):
    process = WarmProcess()
    try:
        process._process.kill()
        assert judge(kata, kata.solution, run=process.run).ok
        assert judge(kata, kata.solution, run=process.run).ok
    finally:
        process.close()


def test_warm_process_goes_when_its_owner_is_gone(kata):
    process = WarmProcess()
    pid = process._process.pid
    process._process.stdin.close()
    process._process.wait(timeout=10)
    assert _ends(pid)
    process._process.stdout.close()
