"""A text longer than the screen."""

import pytest

from tests.demos.katas.terminal.sessions import COURSE


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (50, 20)])
def test_small_terminal_opens_at_the_title_and_shows_the_rest_by_pages(columns, rows, workspace, play):
    with play(workspace, columns=columns, rows=rows) as terminal:
        terminal.wait_for("q quit")
        seen = ""
        for _ in range(9):
            lines = terminal.screen.splitlines()
            assert lines[0] == f"slope  Slope  (white, 1 of {len(COURSE.katas)})"
            assert "Edit 1_white/01_slope/slope.py and save it." in " ".join(lines[1:3])
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
