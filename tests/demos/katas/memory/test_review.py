"""`handgrad review`, `card` and `history` as a learner types them."""

import time

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.memory.boxes import A_DAY
from handgrad.demos.katas.memory.history import Attempt
from tests.demos.commands import handgrad

COURSE = Course()


@pytest.fixture
def here(workspace, monkeypatch):
    monkeypatch.chdir(workspace.folder)
    return workspace


def went_wrong(workspace, kata, days_ago, *nodes):
    when = time.time() - days_ago * A_DAY
    workspace.history.add(Attempt(when, kata, "failed", ("sign",), nodes))
    workspace.history.add(Attempt(when, kata, "passed"))


def test_only_the_nodes_that_were_wrong_are_asked_and_the_next_time_is_said(here):
    went_wrong(here, "minus", 2, "b")
    said = handgrad("review", input="-1\n").output
    assert "b.grad = -1\n        Right." in said
    assert "a.grad = 1\n    Asked again in 3 days." in said
    assert "Nothing is due today. Next: minus, in 3 days." in handgrad("review").output


def test_a_wrong_answer_is_told_and_it_comes_again_after_a_day(here):
    went_wrong(here, "minus", 5, "b")
    said = handgrad("review", input="1\n-1\n").output
    assert "right magnitude, wrong sign" in " ".join(said.split())
    assert "Asked again in a day." in said


def test_who_stops_keeps_what_was_answered(here):
    went_wrong(here, "add", 3, "a")
    went_wrong(here, "minus", 2, "b")
    assert "What was answered is kept." in handgrad("review", input="1\nq\n").output
    assert [a.kata for a in here.history if a.status == "reviewed right"] == ["add"]


def test_any_kata_can_be_asked_now(here):
    said = handgrad("review", "multiply", "--seed", "1", input="show\nshow\n").output
    assert "a.grad" in said
    assert "b.grad" in said


def test_what_is_too_large_is_written_once_more(here):
    said = handgrad("review", "matmul").output
    assert "matmul is too large to ask here. Write it once more, from the start:\n    handgrad reset matmul" in said


def test_with_nothing_wrong_there_is_nothing_to_review(here):
    assert "There is nothing to review" in handgrad("review").output


def test_the_card_grows_with_what_has_passed(here):
    assert "The card is empty yet" in handgrad("card").output
    here.progress_file.update(lambda progress: progress.add_passed("minus").add_passed("matmul"))
    assert handgrad("card").output.splitlines() == [
        "y = a - b   dy/da = 1, dy/db = -1", "    x @ W   dx = dy @ W.T, dW = x.T @ dy",
    ]  # fmt: skip


def test_the_history_tells_what_was_tried(here):
    assert handgrad("history", "add").output == "add has not been checked yet.\n"
    went_wrong(here, "minus", 2, "b")
    went_wrong(here, "add", 1, "b")
    lines = handgrad("history", "minus").output.splitlines()
    assert [line.split()[2:] for line in lines] == [["minus", "failed:", "sign"], ["minus", "passed"]]
    assert len(handgrad("history").output.splitlines()) == 4
