"""Names from a disk, as text for any file and terminal."""

import os

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handgrad.demos.grading.results.printable_names import escape_name

NAMES = st.binary(min_size=1, max_size=6).filter(lambda name: b"\0" not in name).map(os.fsdecode)


@pytest.mark.rest
@given(NAMES, NAMES)
@example("ada\n", r"ada\n")
@example("ada\udcff", r"ada\xff")
def test_no_two_names_of_a_disk_are_shown_alike_and_each_on_one_line(first, second):
    assert len(escape_name(first).splitlines()) == 1
    assert (escape_name(first) == escape_name(second)) == (first == second)


def test_plain_names_are_shown_as_they_are():
    for name in ("ada", "na\u00efve \u2603", "a\u3000b", ".."):
        assert escape_name(name) == name
