"""A text longer than the screen."""

import io

import pytest
from rich.console import Console
from rich.text import Text

from handgrad.demos.katas.terminal.pager import FEWEST, Page
from tests.demos.katas.terminal.sessions import COURSE


def drawn(page, body, rows=10):
    """The lines between the head and the foot, on a screen of 20 columns."""
    out = Console(file=io.StringIO(), width=20, height=rows)
    first, *lines, last = page.lines(out, [Text("head")], [Text(line) for line in body], [Text("foot")])
    assert (first.plain, last.plain) == ("head", "foot")
    return [line.plain.rstrip() for line in lines]


SIX, SEVEN, TWENTY = ([f"line {number}" for number in range(count)] for count in (6, 7, 20))


def test_what_fits_is_shown_whole_and_of_more_what_is_left_is_counted():
    # Of ten rows the head, the foot, what is left and the cursor have one each.
    assert drawn(Page(), SIX) == [*SIX, ""]
    assert drawn(Page(), SEVEN) == [*SEVEN[:6], "   1 more line: space"]
    assert drawn(Page(), TWENTY) == [*TWENTY[:6], "   14 more lines: space"]


def test_on_a_screen_with_no_room_a_few_lines_are_shown_all_the_same():
    assert drawn(Page(), TWENTY, rows=4) == [*TWENTY[:FEWEST], "   17 more lines: space"]


def test_one_moves_through_the_text_and_no_further_than_its_ends():
    page = Page()
    drawn(page, TWENTY)
    page.move(5)
    assert drawn(page, TWENTY) == [*TWENTY[5:11], "   9 more lines: space"]
    page.move(99)
    assert drawn(page, TWENTY) == [*TWENTY[14:], "   the end: b goes back"]
    page.move(-1)
    assert drawn(page, TWENTY) == [*TWENTY[13:19], "   1 more line: space"]
    page.move(-99)
    assert drawn(page, TWENTY)[0] == TWENTY[0]


def test_a_part_is_shown_from_its_first_line_however_those_before_are_wrapped():
    page = Page()
    body = ["ten wörter " * 4, "", *TWENTY]
    page.show_part(2, is_end=False)
    assert drawn(page, body)[0] == "line 0"
    page.move(1)
    assert drawn(page, body)[0] == "line 1"  # it was wanted once


def test_at_the_end_one_stays_there_as_lines_come_and_leaves_it_by_moving():
    page = Page()
    page.show_part(0, is_end=True)
    assert drawn(page, TWENTY)[:6] == TWENTY[14:]
    assert drawn(page, [*TWENTY, "new"])[5] == "new"
    page.move(-2)
    assert drawn(page, [*TWENTY, "new", "newer"])[5] == "line 18"
    page.move(99)
    drawn(page, TWENTY)
    page.back_to_top()
    assert drawn(page, TWENTY)[0] == "line 0"


def test_who_has_seen_all_of_a_short_text_stays_at_its_top_when_it_grows():
    page = Page()
    drawn(page, SIX)
    assert drawn(page, TWENTY)[0] == "line 0"


@pytest.mark.rest
@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (50, 20)])
def test_small_terminal_opens_at_the_title_and_shows_the_rest_by_pages(columns, rows, workspace, play):
    with play(workspace, columns=columns, rows=rows) as terminal:
        terminal.wait_for("q quit")
        seen = ""
        for _ in range(9):
            lines = terminal.screen.splitlines()
            assert lines[0] == f"slope  Slope  (white, 1 of {len(COURSE.katas)})"
            assert "Edit 01_white/01_slope/slope.py and save it." in " ".join(lines[1:3])
            assert len(lines) < rows, terminal.screen
            assert max(map(len, lines)) <= columns, terminal.screen
            seen += terminal.screen
            if "the end" in terminal.screen:
                break
            terminal.text = ""
            terminal.type(" ")
            terminal.wait_for("q quit")
        words = " ".join(seen.split())
        for sentence in ("Welcome.", "A gradient is a slope", "Do: in slope.py", "Why it matters"):
            assert sentence in words
        terminal.type("h")
        terminal.wait_for("Which of your numbers is the climb")
        assert terminal.screen.splitlines()[0] == f"slope  Slope  (white, 1 of {len(COURSE.katas)})"
        terminal.type("\x1b[5~" * 9)
        terminal.wait_for("Welcome.")
