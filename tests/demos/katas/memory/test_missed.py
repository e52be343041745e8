"""`handgrad practice --missed` as a learner types it."""

import time

import pytest

from handgrad.demos.katas.memory.history import Attempt
from tests.demos.commands import handgrad


@pytest.fixture
def here(workspace, monkeypatch):
    monkeypatch.chdir(workspace.folder)
    return workspace


def went_wrong(workspace, *katas):
    for ago, kata in enumerate(reversed(katas)):
        workspace.history.add(Attempt(time.time() - 60 * ago, kata, "failed", ("sign",), ("b",)))


def drills_in(said):
    return [line.partition(", from ")[2] for line in said.splitlines() if line.startswith("Drill ")]


def test_what_went_wrong_comes_in_turn_the_latest_first_and_again_on_other_numbers(here):
    went_wrong(here, "add", "multiply", "write_the_test")
    said = handgrad("practice", "--missed", "--seed", "1", input="show\n" * 7).output
    assert drills_in(said) == ["multiply", "add", "multiply", "add"]
    numbers = [line for line in said.splitlines() if line.startswith("    a = ")]
    assert len(set(numbers)) == len(numbers) == 4
    assert "0 of 7 right at the first try." in said


def test_what_passed_meanwhile_is_still_asked_and_what_is_known_is_not(here):
    went_wrong(here, "add", "multiply")
    here.history.add(Attempt(time.time(), "add", "passed"))
    here.history.add(Attempt(time.time(), "multiply", "passed"))
    for _ in range(3):
        here.history.add(Attempt(time.time(), "multiply", "reviewed right"))
    assert drills_in(handgrad("practice", "--missed", input="show\nshow\nq\n").output) == ["add", "add"]


def test_it_changes_nothing_about_when_a_review_asks(here):
    went_wrong(here, "add")
    before = list(here.history)
    handgrad("practice", "--missed", input="show\nshow\nq\n")
    assert list(here.history) == before


@pytest.mark.parametrize(
    ("katas", "why"), [([], "nothing so far"), (["write_the_test"], "programs to write, nothing to ask here")]
)
def test_where_there_is_nothing_to_ask_that_is_said_with_what_there_is(here, katas, why):
    went_wrong(here, *katas)
    said = " ".join(handgrad("practice", "--missed").output.split())
    assert said == f"What went wrong in your katas: {why}. General drills: handgrad practice"
