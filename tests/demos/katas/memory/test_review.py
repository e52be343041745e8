"""`handgrad review`, `card` and `history` as a learner types them."""

import random
import re
import time

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.memory.boxes import A_DAY
from handgrad.demos.katas.memory.fresh_task import fresh_task
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


def test_of_an_array_kata_what_was_wrong_is_asked_as_an_expression(here):
    went_wrong(here, "makemore_mlp", 2, "W2")
    said = handgrad("review", input="dlogits @ h\nh.T @ dlogits\n").output
    assert "1 of 1: makemore_mlp" in said
    assert "logits = h @ W2 + b2" in said
    assert "dlogits: there already\n    dW2 = dlogits @ h\n" in said
    assert "dW2 = h.T @ dlogits\n        Right." in said
    assert "Asked again in a day." in said


def test_a_kata_without_a_graph_asks_for_the_line_that_is_wrong(here):
    said = handgrad("review", "topological_order", "--seed", "3", input="1\nnone\nshow\n").output
    assert "   1  def topological_order(root: Value)" in said
    assert "Line 1 is as it should be." in said
    assert re.search(r"It is line \d+. It should be: ", said)
    assert max(map(len, said.splitlines())) <= 80


def test_a_program_that_cannot_be_asked_is_said_with_how_to_keep_its_pass(here):
    went_wrong(here, "write_the_test", 2)
    went_wrong(here, "minus", 2, "b")
    said = handgrad("review", "write_the_test", "minus", input="-1\n").output
    assert "1 of 2: minus" in said
    assert "write_the_test is a program to write" in said
    assert "handgrad reset write_the_test --undo" in said


def test_nothing_that_has_passed_is_taken_away(here):
    katas = ("minus", "matmul", "topological_order", "write_the_test")
    for kata in katas:
        went_wrong(here, kata, 2)
        here.progress_file.update(lambda progress, kata=kata: progress.add_passed(kata))
    handgrad("review", input="show\n" * 9)
    assert here.progress_file.load().passed == {*katas}


@pytest.mark.rest
def test_at_least_77_katas_are_asked():
    asked = {kata.name: fresh_task(kata, random.Random(1)) for kata in COURSE.katas}
    assert [name for name, task in asked.items() if task is None] == ["write_the_test"]


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


@pytest.mark.rest
@pytest.mark.drawn(0, files=lambda kata: [kata.folder], rest=12)
@pytest.mark.parametrize("kata", COURSE.katas, ids=lambda kata: kata.name)
def test_what_is_asked_of_a_kata_fits_the_screen_and_can_be_helped_and_shown(kata, capsys):
    for seed in range(3):
        task = fresh_task(kata, random.Random(seed))
        if task is None:
            continue
        task.show()
        for question in task.questions:
            assert all(sentence for level in question.helps for sentence in level)
            print(question.prompt)
            assert question.show()
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 80 for line in lines), max(lines, key=len)
