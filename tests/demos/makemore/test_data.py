"""The names, and what the model learns from them."""

from __future__ import annotations

import re

from handgrad.demos.makemore import data
from tests.demos.makemore.handed_out import HERE


def test_there_are_five_hundred_different_names_in_small_letters():
    words = data.names()
    assert len(words) == len(set(words)) >= 500
    assert all(re.fullmatch("[a-z]{2,15}", word) for word in words)
    assert set("".join(words)) == set(data.CHARACTERS[1:])


def test_the_file_of_names_says_what_it_is():
    first = (HERE / "names.txt").read_text(encoding="ascii").splitlines()[0]
    assert first.startswith("#")
    assert "names" in first
