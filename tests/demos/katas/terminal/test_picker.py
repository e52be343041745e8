"""The list of katas in the terminal."""

from tests.demos.katas.terminal.sessions import COURSE, save


def test_list_searches_filters_and_continues(workspace, play):
    workspace.progress_file.update(lambda p: p.with_passed("slope"))
    with play(workspace) as terminal:
        terminal.wait_for("save it.")
        terminal.type("l")
        terminal.wait_for("c continue here")
        terminal.type("d")
        terminal.wait_for("Katas done")
        assert "multiply" not in terminal.screen
        terminal.type("d/jacobian")
        terminal.wait_for("/jacobian_")
        assert "slope" not in terminal.screen
        terminal.type("\r")
        terminal.wait_for("c continue here")
        terminal.type("c")
        terminal.wait_for("softmax_jacobian.py and save it.")
        terminal.type("l")
        terminal.wait_for("c continue here")
        terminal.type("\x1b[A")
        terminal.wait_for(f"> {COURSE.katas.index(COURSE['softmax_jacobian'])} ")
        terminal.type("q")
        terminal.wait_for("q quit")


def test_list_fits_a_small_terminal_wherever_one_stands_in_it(workspace, play):
    workspace.progress_file.update(lambda p: p.with_passed("slope"))
    save(workspace, COURSE.katas[19], b"mine")
    with play(workspace, columns=50, rows=20) as terminal:
        terminal.wait_for("save it.")
        place = 2
        for key in ("l", *"j" * 18, "x", *"j" * 20):
            place += key == "j"
            terminal.text = ""
            terminal.type(key)
            terminal.wait_for("q back")
            lines = terminal.screen.splitlines()
            assert len(lines) < 20, terminal.screen
            assert max(map(len, lines)) <= 50, terminal.screen
            assert [line.split()[1] for line in lines if line.startswith(" > ")] == [str(place)]
