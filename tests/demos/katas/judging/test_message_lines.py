"""A message as lines that say what each of them is."""

import pytest

from handgrad import Value, compare, manual
from handgrad.demos.katas.judging.judge import judge
from handgrad.demos.katas.judging.message_lines import Line, split_message


def test_lines_of_a_verdict_say_what_its_message_says_and_which_is_what(kata, minus, warm, answer):
    verdict = judge(kata, minus, run=warm.run)
    kinds = [line.kind for line in verdict.lines if line.kind != "text"]
    assert kinds == ["summary", "advice", "title", "correct", "wrong", "carried", "carried", "summary"]
    assert all(line.text.endswith(line.word) for line in verdict.lines)
    said = " ".join(line.text for line in verdict.lines)
    assert said.split() == [word for word in verdict.message.split() if word != "^"]
    stopped = judge(kata, answer("while True: pass"), timeout=0.2, run=warm.run)
    assert [line.text for line in stopped.lines] == [stopped.message]


@pytest.fixture
def comparison():
    with manual():
        root = Value(2.0, "a") * Value(3.0, "b")
    root.label, root.grad = "L", 2.0
    return compare(root)


@pytest.mark.parametrize("reveal", [False, True])
def test_a_table_is_found_between_other_words_with_the_answers_or_without(comparison, reveal):
    table = comparison.table(reveal=reveal)
    first, *of_table, last = split_message(f"Before.\n{table}\nAfter.", comparison)
    assert (first, last) == (Line("text", "Before."), Line("text", "After."))
    assert [line.kind for line in of_table if line.kind not in ("note", "text")] == [
        "summary",
        "advice",
        "title",
        "wrong",
        "missing",
        "missing",
        "summary",
    ]
    said = " ".join(line.text for line in of_table)
    assert said.split() == [word for word in table.split() if word != "^"]


def test_words_without_a_table_are_text_whatever_was_compared(comparison):
    for compared in (comparison, None):
        assert split_message("It breaks.\nHere.", compared) == (Line("text", "It breaks."), Line("text", "Here."))
