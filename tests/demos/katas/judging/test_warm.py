"""The warm process: called off, killed and left alone."""

import threading
import time

import pytest

from handgrad.demos.katas.judging import warm as warm_module
from handgrad.demos.katas.judging.isolate import CAN_FORK
from handgrad.demos.katas.judging.judge import judge
from handgrad.demos.katas.judging.warm import WarmProcess
from tests.patience import PATIENCE

forks = pytest.mark.skipif(not CAN_FORK, reason="without a fork there is no warm process")


@pytest.fixture
def without_forks(monkeypatch):
    monkeypatch.setattr(warm_module, "CAN_FORK", False)
    process = WarmProcess()
    yield process
    process.close()


@pytest.mark.rest(of=3)
@pytest.mark.parametrize("process", ["warm", "without_forks"])
def test_running_check_can_be_called_off_and_the_next_one_runs(process, kata, answer, request):
    warm = request.getfixturevalue(process)
    path = answer("while True: pass")
    found = []
    thread = threading.Thread(target=lambda: found.append(judge(kata, path, timeout=PATIENCE, run=warm.run)))
    thread.start()
    deadline = time.monotonic() + PATIENCE
    while not found and time.monotonic() < deadline:
        warm.cancel()
        thread.join(0.02)
    assert [verdict.status for verdict in found] == ["cancelled"]
    assert judge(kata, kata.solution, run=warm.run).ok


@pytest.mark.rest(of=3)
@forks
def test_killed_warm_process_is_replaced(kata):
    process = WarmProcess()
    try:
        process._process.kill()
        assert judge(kata, kata.solution, run=process.run).ok
        assert judge(kata, kata.solution, run=process.run).ok
    finally:
        process.close()


@pytest.mark.rest(of=3)
@forks
def test_warm_process_goes_when_its_owner_is_gone(kata):
    process = WarmProcess()
    process._process.stdin.close()
    assert process._process.wait(timeout=PATIENCE) == 0
    process._process.stdout.close()
