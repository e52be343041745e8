"""Somebody's words, as text for any file and terminal."""

from hypothesis import given, settings
from hypothesis import strategies as st

from handgrad.demos.printable import printable
from handgrad.demos.usage import fit


@settings(max_examples=40)
@given(st.text(max_size=20))
def test_whatever_it_is_it_can_be_shown_and_lines_and_tabs_stay(text):
    found = printable(text)
    assert all(c.isprintable() or c in "\n\t\u3000\u00a0" or c.isspace() for c in found)
    assert "\x1b" not in found
    assert "\r" not in found
    assert found.count("\n") == text.count("\n")
    found.encode("utf-8")


def test_what_a_command_says_moves_no_cursor_and_sets_no_title():
    assert fit("it said \x1b]0;mine\x07 and\r\n\x9b2J") == "it said \\x1b]0;mine\\x07 and\\r\n\\x9b2J"
