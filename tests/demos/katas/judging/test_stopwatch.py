"""The time an answer may take: of its own work."""

import pytest

from handgrad.demos.katas.judging.judge import judge
from handgrad.demos.katas.judging.stopwatch import CAN_COUNT
from tests.optional import only_where

pytestmark = only_where(CAN_COUNT, "this system counts no time of the processor")

WORK = """
import time

def work(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
"""


def rewritten(kata, calls, before=""):
    """The kata with a test that calls the answer so often."""
    kata.test.write_text(
        f"{WORK}\nfrom mine import mine\n\n\ndef test_it():\n    {before or 'pass'}\n"
        f"    for _ in range({calls}):\n        mine()\n",
        encoding="utf-8",
    )
    return kata


def test_one_call_that_does_not_come_back_is_asked_for_its_loop_and_line(kata, warm, answer):
    path = answer("def mine():\n    n = 0\n    while n >= 0:\n        n = 1\n")
    found = judge(rewritten(kata, 1), path, timeout=0.3, run=warm.run)
    assert found.status == "timeout"
    assert "in a call that had not come back. Is there a loop in mine.py that never ends" in found.message
    assert "at line 3" in found.message or "at line 4" in found.message


def test_many_calls_that_come_back_are_too_slow_and_hold_no_endless_loop(kata, warm, answer):
    path = answer(f"{WORK}\ndef mine():\n    work(0.11)\n")
    found = judge(rewritten(kata, 30), path, timeout=0.6, run=warm.run)
    assert found.status == "timeout"
    assert "it is too slow" in found.message
    assert "never ends" not in found.message


def test_what_waits_is_asked_what_for(kata, warm, answer):
    found = judge(rewritten(kata, 1), answer("import time\ndef mine():\n    time.sleep(60)\n"), 0.2, run=warm.run)
    assert found.status == "timeout"
    assert "Does it wait for something" in found.message


@pytest.mark.rest
def test_work_of_the_tests_themselves_is_not_counted(kata, warm, answer):
    found = judge(rewritten(kata, 1, before="work(1.4)"), answer("def mine():\n    pass\n"), 1.0, run=warm.run)
    assert found.ok, found.message


def test_waiting_for_less_than_its_patience_is_no_fault(kata, warm, answer):
    found = judge(rewritten(kata, 1), answer("import time\ndef mine():\n    time.sleep(1.2)\n"), 1.0, run=warm.run)
    assert found.ok, found.message
