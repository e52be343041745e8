"""The time an answer may take: of its own work. The clock is the test's, which moves it."""

import signal
import sys
from collections import deque

import pytest

from handgrad.demos.katas.judging.job import Limits
from handgrad.demos.katas.judging.judge import judge, overtime
from handgrad.demos.katas.judging.stopwatch import CAN_COUNT, OVERTIME, Stopwatch
from tests.optional import only_where

pytestmark = only_where(CAN_COUNT, "this system counts no time of the processor")


consume = deque(maxlen=0).extend


class Ended(BaseException):
    """The stopwatch ends the process."""


class Play:
    """An answer that is called by a test, under a stopwatch of 10 seconds, and takes as long as it says.

    Attributes:
        work: (seconds) of the processor, in which the stopwatch looks twice a second.
    """

    def __init__(self, folder):
        self.now = 0.0
        self.folder = folder
        self.watch = Stopwatch("mine.py", 10.0, folder, clock=lambda: self.now, end=self.end)

    def end(self, status):
        raise Ended(status)

    def work(self, seconds):
        for _ in range(round(2 * seconds)):
            self.now += 0.5
            self.watch.look(sys._getframe(1))

    def of(self, program):
        """The answer's function."""
        names = {"work": self.work}
        exec(compile(program, "mine.py", "exec"), names)
        return names["mine"]

    def said(self):
        """What is said once it has ended."""
        return overtime("mine", self.folder / OVERTIME, Limits(seconds=10.0))


@pytest.fixture
def play(tmp_path):
    return Play(tmp_path)


def test_one_call_that_does_not_come_back_is_asked_for_its_loop_and_line(play):
    mine = play.of("def mine():\n    n = 0\n    while n >= 0:\n        work(1)\n")
    with pytest.raises(Ended):
        mine()
    assert play.now == 10.5
    assert play.said().startswith("Stopped after 10 seconds of work, at line 4, in a call that had not come back. Is ")


def test_many_calls_that_come_back_are_too_slow_and_hold_no_endless_loop(play):
    mine = play.of("def mine():\n    work(1)\n")
    with pytest.raises(Ended):
        consume(mine() for _ in range(30))
    assert "it is too slow" in play.said()
    assert "never ends" not in play.said()


def test_what_an_answer_has_others_work_out_is_its_own_work(play):
    mine = play.of("def mine(outside):\n    for _ in range(20): outside()\n")
    with pytest.raises(Ended):
        mine(lambda: play.work(1))
    assert "at line 2" in play.said()


def test_work_of_the_tests_themselves_is_not_counted(play):
    play.work(100)
    play.of("def mine():\n    work(10)\n")()
    play.work(100)
    play.watch.look(None)
    assert not (play.folder / OVERTIME).exists()


def test_what_was_stopped_without_a_note_is_asked_what_it_waits_for(play):
    assert "to take 10 seconds at most. Does it wait for something" in play.said()


def test_once_started_it_looks_by_itself_while_the_process_works(tmp_path):
    before, ended = signal.getsignal(signal.SIGPROF), []
    try:
        Stopwatch("mine.py", 0.1, tmp_path, end=ended.append).start()
        exec(compile("while not ended: pass", "mine.py", "exec"), {"ended": ended})
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)
    assert ended[0] == 1
    assert (tmp_path / OVERTIME).exists()


@pytest.mark.rest
def test_waiting_for_less_than_its_patience_is_no_fault(kata, warm, answer):
    text = kata.solution.read_text(encoding="utf-8") + "import time\ntime.sleep(0.4)\n"
    assert judge(kata, answer(text), timeout=0.3, run=warm.run).ok
