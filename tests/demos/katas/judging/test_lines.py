"""A message as lines that say what each of them is."""

import pytest

from handgrad.demos.katas.judging.isolate import CAN_FORK
from handgrad.demos.katas.judging.judge import judge

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="the warm process forks")


def test_lines_of_a_verdict_say_what_its_message_says_and_which_is_what(kata, warm, answer):
    verdict = judge(kata, kata.folder / "wrong" / "minus.py", run=warm.run)
    kinds = [line.kind for line in verdict.lines if line.kind != "text"]
    assert kinds == ["title", "correct", "wrong", "note", "carried", "carried", "summary"]
    assert all(line.text.endswith(line.word) for line in verdict.lines)
    said = " ".join(line.text for line in verdict.lines)
    assert said.split() == [word for word in verdict.message.split() if word != "^"]
    stopped = judge(kata, answer("while True: pass"), timeout=0.2, run=warm.run)
    assert [line.text for line in stopped.lines] == [stopped.message]
