"""How a hint opens after a failed check: what was found, and where the task speaks of it."""

import time

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.hinting import find_passage, find_why, last_failed
from handgrad.demos.katas.judging.message_lines import Line
from handgrad.demos.katas.judging.verdict import Failure, Verdict
from handgrad.demos.katas.memory.history import Attempt
from tests.demos.commands import handgrad

COURSE = Course()
WHY = "b: what comes from y is off by a constant factor: is a mean taken where a sum belongs?"


def node(name, status, message=""):
    return {"name": name, "status": status, "slip": {"message": message} if message else None}


def failed(*nodes, message="A line.\nWhat it means.", status="failed"):
    comparison = {"nodes": list(nodes)} if nodes else None
    lines = tuple(Line(each["status"], f"{each['name']}   (3,)   ?") for each in nodes)
    return Verdict("bias", status, message, failures=(Failure("test", status, message, lines, comparison),))


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (Verdict("bias", "passed", passed=3), ""),
        (failed(node("y", "correct"), node("x", "carried"), node("b", "wrong", WHY)), WHY),
        (failed(node("x", "missing"), node("b", "wrong", WHY)), WHY),
        (failed(node("y", "correct"), node("x", "missing")), "x is not filled in yet."),
        (failed(), "What it means."),
        (failed(message="NameError: q\nbelow", status="error"), "NameError: q"),
    ],
)
def test_why_a_check_failed_is_the_sentence_on_the_first_mistake(found, why):
    assert find_why(found) == why


def test_the_passage_is_the_paragraph_that_speaks_of_the_slip_and_none_where_no_text_does():
    bias, attempt = COURSE["bias"], Attempt(0.0, "bias", "failed", ("not-summed",), ("b",), "b: ...")
    kata, passage = find_passage(COURSE, bias, attempt)
    assert kata == bias
    assert "what was broadcast forward is summed" in passage
    assert find_passage(COURSE, bias, Attempt(0.0, "bias", "failed", (), (), "Stopped.")) is None
    assert "**Do:**" not in find_passage(COURSE, COURSE["batch_mean"], Attempt(0.0, "", "failed", ("factor",)))[1]


def test_where_the_own_text_is_silent_the_kata_that_taught_it_speaks_if_it_came_before():
    attempt = Attempt(0.0, "makemore_mlp", "failed", ("factor",), ("logits",), "logits: ...")
    kata, passage = find_passage(COURSE, COURSE["makemore_mlp"], attempt)
    assert kata.name == "batch_mean"
    assert "its share of the gradient, 1/n" in passage
    assert find_passage(COURSE, COURSE["slope"], Attempt(0.0, "slope", "failed", ("transposed",))) is None


def test_only_the_last_check_counts_and_what_passed_or_was_reset_has_no_mistake():
    bias = COURSE["bias"]
    wrong, right = Attempt(1.0, "bias", "failed", why=WHY), Attempt(2.0, "bias", "passed")
    assert last_failed([wrong, Attempt(2.0, "bias", "reviewed wrong")], bias) is wrong
    assert last_failed([wrong, right], bias) is None
    assert last_failed([wrong, Attempt(2.0, "bias", "reset")], bias) is None


def test_a_hint_opens_with_the_mistake_and_the_history_says_it(workspace, monkeypatch):
    monkeypatch.chdir(workspace.folder)
    assert "Your last check" not in handgrad("hint", "bias").output
    workspace.history.add(Attempt(time.time(), "bias", "failed", ("factor",), ("b",), WHY))
    said = handgrad("hint", "bias").output
    places = [said.index(part) for part in ("Your last check\nb: what comes", "The task speaks of it\n", "Hint 2 of 3")]
    assert places == sorted(places)
    assert "    b: what comes from y is off by a constant factor" in handgrad("history", "bias").output


def test_a_history_of_an_older_version_is_read(workspace):
    line = b'{"when": 1.0, "kata": "bias", "status": "failed", "slips": ["sign"], "nodes": ["b"]}\n'
    workspace.history.path.write_bytes(line)
    assert [attempt.why for attempt in workspace.history] == [""]
