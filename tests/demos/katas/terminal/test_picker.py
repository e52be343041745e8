"""The list of katas in the terminal."""

import pytest
from rich.console import Console

from handgrad.demos.katas.terminal.picker import Picker
from tests.demos.katas.terminal.sessions import ADD, COURSE, SLOPE, save

KATAS = [kata.name for kata in COURSE.katas]


@pytest.fixture
def press(workspace):
    """The open list after some keys: press(*keys)."""
    picker = Picker(workspace, SLOPE, workspace.reset)

    def press(*keys):
        for key in keys:
            picker.press(key)
        return picker

    return press


def names(picker):
    return [kata.name for kata in picker.katas]


def drawn(picker, columns=80, rows=30):
    return [line.plain.rstrip() for line in picker.lines(Console(width=columns, height=rows))]


def chosen(picker):
    picker.press("c")
    return picker.chosen.name


@pytest.mark.parametrize(("up", "down"), [("k", "j"), ("up", "down")])
def test_one_moves_a_kata_at_a_time_between_the_first_and_the_last(up, down, press):
    assert chosen(press(down, down, down, up)) == KATAS[2]
    assert chosen(press(up, up, up)) == KATAS[0]
    assert chosen(press(*[down] * (len(KATAS) + 3))) == KATAS[-1]
    assert chosen(press(up)) == KATAS[-2]


def test_enter_chooses_too_and_until_then_nothing_is_chosen(press):
    assert press("down").chosen is None
    assert press("enter").chosen == COURSE.katas[1]


def test_a_state_is_shown_until_its_key_is_pressed_again(workspace, press):
    workspace.progress_file.update(lambda progress: progress.add_passed("add"))
    assert (names(press("d")), drawn(press())[0]) == (["add"], "Katas  done")
    assert (names(press("p")), drawn(press())[0]) == ([n for n in KATAS if n != "add"], "Katas  pending")
    assert (names(press("p")), drawn(press())[0]) == (KATAS, "Katas")


def test_where_the_selected_kata_is_filtered_out_the_first_one_left_is_selected(workspace, press):
    workspace.progress_file.update(lambda progress: progress.add_passed("add"))
    assert chosen(press("d")) == "add"


def test_a_search_narrows_with_every_letter_and_enter_keeps_it(press):
    assert "jacobian" in " ".join(names(press("/", *"jac")))
    assert len(names(press())) < len(KATAS)
    assert drawn(press())[0] == "Katas  /jac_"
    assert drawn(press())[-1] == "type to search   enter keep it   esc all"
    assert drawn(press("x", "backspace", "up", "j"))[0] == "Katas  /jac"
    assert drawn(press("/"))[0] == "Katas  /_"
    assert names(press()) == KATAS


@pytest.mark.parametrize("key", ["escape", "interrupt"])
def test_a_search_is_given_up_and_the_list_stays(key, press):
    picker = press("/", *"add", key)
    assert (names(picker), picker.is_over) == (KATAS, False)


def test_a_key_with_a_name_is_no_letter_of_a_search(press):
    assert drawn(press("/", "page up", "a", "\x01"))[0] == "Katas  /a_"


def test_where_none_is_left_that_is_said_and_none_is_chosen(press):
    picker = press("/", *"no such kata", "enter", "c", "j", "k")
    assert picker.chosen is None
    assert "   none is like that" in drawn(picker)


def test_reset_says_where_the_version_is_until_the_next_key(workspace, press):
    save(workspace, SLOPE, b"mine")
    assert "slope is as it was at the start. Your version: 01_white/01_slope/slope.py.1.bak" in drawn(press("x"))
    assert workspace.answer(SLOPE).read_bytes() == SLOPE.stub.read_bytes()
    assert "slope is as it was at the start." in drawn(press("x"))
    assert not any("as it was" in line for line in drawn(press("j")))


@pytest.mark.parametrize("key", ["l", "q", "escape", "interrupt"])
def test_the_list_is_closed_by_key(key, press):
    assert not press("j", "?").is_over
    assert press(key).is_over


def test_the_selected_kata_stands_in_the_middle_of_what_is_shown_but_near_an_end(press):
    def place(picker):
        lines = drawn(picker, rows=15)
        assert len(lines) == 14
        rows = lines[2:-3]
        return next(number for number, line in enumerate(rows) if line.startswith(" > ")), len(rows)

    assert place(press()) == (0, 9)
    assert place(press(*"jjjj")) == (4, 9)
    assert place(press(*"jjjj")) == (4, 9)
    assert place(press(*"j" * len(KATAS))) == (8, 9)


def test_katas_that_have_passed_are_marked_in_the_list(workspace, press):
    workspace.progress_file.update(lambda progress: progress.add_passed(ADD.name))
    assert [line.split()[1] for line in drawn(press()) if line.endswith("passed")] == ["add"]


def test_list_searches_filters_and_continues(workspace, play):
    workspace.progress_file.update(lambda p: p.add_passed("slope"))
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


@pytest.mark.rest
def test_list_fits_a_small_terminal_wherever_one_stands_in_it(workspace, play):
    workspace.progress_file.update(lambda p: p.add_passed("slope"))
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


@pytest.mark.parametrize("key", ["x", "c", "enter"])
def test_where_no_kata_is_shown_none_is_reset_or_chosen(workspace, press, key):
    save(workspace, SLOPE, b"mine")
    picker = press("d", key)
    assert picker.chosen is None
    assert workspace.answer(SLOPE).read_bytes() == b"mine"
    assert "No kata is selected." in drawn(picker)


@pytest.mark.parametrize("key", ["?", "h"])
def test_the_keys_are_told_in_words(press, key):
    assert "goes on at the kata" in " ".join(drawn(press(key)))
