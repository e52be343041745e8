"""What is said of an edit: a question or a clue, never the edit."""

import re

import pytest

from handgrad.repair import words
from handgrad.repair.edits import ROWS, STATEMENT_ROWS

HINTS = {name: text for name, text in vars(words).items() if name.isupper()}


@pytest.mark.parametrize("hint", HINTS.values(), ids=HINTS)
def test_the_statement_stands_in_it_once_and_nothing_else(hint):
    assert re.findall(r"{.*?}", hint) == ["{}"]
    assert hint.format("dx = dy * w").count("`dx = dy * w`") == 1


@pytest.mark.parametrize("hint", HINTS.values(), ids=HINTS)
def test_it_is_one_short_sentence(hint):
    assert hint[-1] in ".?"
    assert len(hint) <= 120


def test_every_one_is_said_by_an_edit_and_every_edit_says_one():
    assert {row.hint for row in (*ROWS, *STATEMENT_ROWS)} == set(HINTS.values())
