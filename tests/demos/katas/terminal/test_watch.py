"""What each key and each save does to the screen."""

import json
import re
import urllib.request
from functools import partial

import pytest

from handgrad.demos.katas.authoring import wrong_answers
from handgrad.demos.katas.keys import KEYS
from handgrad.demos.katas.workspace.workspace import start
from tests.demos.katas.terminal.sessions import ADD, COURSE, SLOPE, course_of
from tests.patience import PATIENCE


def test_note_goes_at_the_next_save_and_a_hint_stays(workspace, play):
    with play(workspace) as terminal:
        terminal.wait_for("save it.")
        terminal.type("s")
        terminal.wait_for("The solution opens once slope passes; before that: handgrad solution slope --peek")
        terminal.save(SLOPE, wrong_answers(SLOPE)[0].text.encode())
        terminal.wait_for("Not yet: ")
        terminal.wait_for("q quit")
        assert "The solution" not in terminal.screen
        terminal.type("h")
        terminal.wait_for("Hint 1 of 3")
        terminal.text = ""
        terminal.save(SLOPE, wrong_answers(SLOPE)[1].text.encode())
        terminal.wait_for("Not yet: ")
        terminal.wait_for("Hint 1 of 3")


@pytest.mark.usefixtures("by_uvx")
def test_each_command_that_is_told_begins_with_the_runner_that_it_needs(tmp_path, play):
    course = course_of(tmp_path / "course", SLOPE)
    (slope,) = course.katas
    with play(start(tmp_path / "my katas", course)[0]) as terminal:
        terminal.wait_for("save it.")
        terminal.type("s")
        terminal.wait_for("before that: uvx handgrad solution slope --peek")
        terminal.type("hhhh")
        terminal.wait_for("One possible way: uvx handgrad solution slope --peek")
        terminal.save(slope, slope.solution.read_bytes())
        terminal.wait_for("Passed")
        terminal.type("n")
        terminal.wait_for("Keep in shape with: uvx handgrad practice")


def test_file_that_goes_is_said_and_noticed_when_it_comes_back(workspace, play):
    with play(workspace) as terminal:
        terminal.wait_for("save it.")
        path = workspace.answer(SLOPE)
        path.unlink()
        terminal.watch.look()
        terminal.wait_for("slope.py is gone. Get it back with: handgrad reset slope")
        path.write_bytes(SLOPE.solution.read_bytes())
        terminal.watch.look()
        terminal.wait_for("Passed")


def test_a_verdict_on_what_was_there_before_the_save_is_not_shown(workspace, play):
    with play(workspace) as terminal:
        show_verdict = terminal.watch.events.get(timeout=PATIENCE)
        terminal.save(SLOPE, wrong_answers(SLOPE)[0].text.encode())
        show_verdict()
        assert "Checking ..." in terminal.screen
        terminal.wait_for("Not yet: ")


def test_time_limit_stops_a_run(workspace, play):
    with play(workspace, timeout=0.5) as terminal:
        terminal.wait_for("save it.")
        terminal.save(SLOPE, b"while True: pass\n")
        terminal.wait_for("it took too long")


def test_reset_and_picture_and_check_all(tmp_path, play):
    workspace, _ = start(tmp_path / "ws", course_of(tmp_path / "course", SLOPE, ADD, COURSE["two_links"]))
    slope, add, kata = workspace.course.katas
    with play(workspace) as terminal:
        terminal.wait_for("save it.")
        terminal.type("o")
        terminal.wait_for("slope has no graph to draw")
        terminal.save(kata, wrong_answers(kata)[0].text.encode())
        terminal.wait_for("The picture: .handgrad/two_links.svg")
        terminal.type("x")
        terminal.wait_for("Your version: 1_first/3_two_links/two_links.py.1.bak")
        terminal.save(slope, slope.solution.read_bytes())
        terminal.wait_for("Passed")
        terminal.save(add, add.solution.read_bytes())
        terminal.wait_for("2 of 3")
        terminal.type("c")
        terminal.wait_for("2 of 3 pass.")


def test_check_all_stays_where_the_kata_does_not_pass_and_else_goes_to_the_next_that_does_not(tmp_path, play):
    workspace, _ = start(tmp_path / "ws", course_of(tmp_path / "course", SLOPE, ADD, COURSE["multiply"]))
    slope, add, multiply = workspace.course.katas
    with play(workspace) as terminal:
        terminal.wait_for("slope.py and save it.")
        terminal.type("c")
        terminal.wait_for("0 of 3 pass.")
        terminal.wait_for("slope.py and save it.")
        terminal.save(slope, slope.solution.read_bytes())
        terminal.wait_for("Passed")
        workspace.progress_file.update(lambda p: p.add_passed("add"))  # it passed once, and does so no more
        terminal.type("c")
        terminal.wait_for("1 of 3 pass.")
        terminal.wait_for("add.py and save it.")
        for kata in (add, multiply):
            terminal.save(kata, kata.solution.read_bytes())
            terminal.wait_for(f"{kata.file_name} Passed")
        terminal.type("c")
        terminal.wait_for("3 of 3 pass. The whole course.")
        terminal.wait_for("multiply.py Passed")


def test_welcome_is_for_those_who_begin(workspace, play):
    workspace.progress_file.update(lambda p: p.add_passed("add").set_current("slope"))
    with play(workspace) as terminal:
        terminal.wait_for("slope.py and save it.")
        assert "Welcome" not in terminal.screen
        assert "White belt." in terminal.screen


def test_fourth_hint_says_that_there_is_none(workspace, play):
    with play(workspace) as terminal:
        terminal.wait_for("save it.")
        for count in (1, 2, 3):
            terminal.type("h")
            terminal.wait_for(f"Hint {count} of 3")
            assert "no more hints" not in terminal.screen
        terminal.type("h")
        terminal.wait_for("There are no more hints. One possible way: handgrad solution slope --peek")


def test_last_kata_of_a_belt_says_so_once(workspace, play):
    *others, last = COURSE.belts["white"]
    for kata in others:
        workspace.progress_file.update(lambda p, name=kata.name: p.add_passed(name))
    with play(workspace) as terminal:
        terminal.watch.events.get(timeout=PATIENCE)()  # the first verdict: what is saved before it may be checked twice
        terminal.save(last, last.solution.read_bytes())
        terminal.wait_for(
            f"The white belt is done: all {len(others) + 1} of its katas have passed. On to the yellow belt."
        )
        terminal.type("\r")
        terminal.wait_for("Checking ...")
        terminal.wait_for("Passed")
        assert "belt is done" not in terminal.screen
        terminal.type("n")
        terminal.wait_for("Yellow belt.")


def test_graph_is_drawn_before_and_after(workspace, play):
    picture = workspace.picture(ADD)
    workspace.progress_file.update(lambda p: p.set_current("add"))
    with play(workspace) as terminal:
        terminal.wait_for("add.py and save it. o: graph")
        terminal.type("o")
        terminal.wait_for("The picture: ")
        assert str(picture) in "".join(terminal.screen.split("\n")).replace("\r", "")
        before = picture.read_text(encoding="utf-8")
        assert before.count("?") > 2
        assert 'stroke="red"' not in before
        terminal.save(ADD, ADD.solution.read_bytes())
        terminal.wait_for("The picture, all green: .handgrad/add.svg")
        after = picture.read_text(encoding="utf-8")
        assert 'stroke="red"' not in after
        assert after != before
        terminal.type("o")
        terminal.wait_for("The picture: ")
        assert picture.read_text(encoding="utf-8") == after


def test_enter_shows_the_verdict_on_a_file_as_it_was_handed_out(workspace, play):
    kata = COURSE["marking"]
    workspace.progress_file.update(lambda p: p.set_current("marking"))
    with play(workspace) as terminal:
        terminal.wait_for("marking.py and save it.")
        terminal.type("\r")
        terminal.wait_for("Not yet: ")
        terminal.wait_for("WRONG")
        terminal.type("o")
        terminal.wait_for("The picture: ")
        assert 'stroke="red"' in workspace.picture(kata).read_text(encoding="utf-8")


@pytest.mark.rest
def test_what_to_do_stays_in_sight_on_the_first_screen_of_24_lines(workspace, play, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    with play(workspace) as terminal:
        for kata in COURSE.katas:
            terminal.text = ""
            terminal.watch.go_to(kata)
            lines = terminal.screen.splitlines()
            place = next(number for number, line in enumerate(lines) if line.startswith("Do: "))
            assert place < 8, kata.name


def test_a_question_mark_shows_every_key(workspace, play):
    with play(workspace) as terminal:
        terminal.wait_for("save it.")
        terminal.type("?")
        text = " ".join(terminal.screen.split())
        for key, what in KEYS:
            assert f"{key} {what.replace('`', '')}" in text
        assert len(terminal.screen.splitlines()) < 24
        assert max(map(len, terminal.screen.splitlines())) <= 80
        for closes in ("?", "escape"):
            terminal.watch.press(closes)
            terminal.wait_for("q quit")
            terminal.type("?")
            terminal.wait_for("? or esc goes back")


def test_a_reset_is_taken_back(workspace, play):
    workspace.answer(SLOPE).write_bytes(b"mine = 1\n")
    with play(workspace) as terminal:
        terminal.wait_for("q quit")
        terminal.type("x")
        terminal.wait_for("z takes it back.")
        assert workspace.answer(SLOPE).read_bytes() == SLOPE.stub.read_bytes()
        terminal.type("z")
        terminal.wait_for("Your version is back, from 01_white/01_slope/slope.py.1.bak.")
        assert workspace.answer(SLOPE).read_bytes() == b"mine = 1\n"
        terminal.type("z")
        terminal.wait_for("There is no reset of this kata to undo")


def test_e_opens_the_learners_editor_and_shows_the_verdict_on_what_it_saved(workspace, play, monkeypatch, tmp_path):
    editor = tmp_path / "an editor"
    editor.write_text('#!/bin/sh\necho broken > "$1"\n', encoding="utf-8")
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", f"'{editor}'")
    monkeypatch.delenv("VISUAL", raising=False)
    with play(workspace) as terminal:
        terminal.wait_for("save it.")
        terminal.type("e")
        terminal.wait_for("name 'broken' is not defined")


def test_without_an_editor_the_file_is_edited_in_a_browser_and_what_is_saved_there_is_checked(
    workspace, play, monkeypatch
):
    for variable in ("VISUAL", "EDITOR", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    with play(workspace) as terminal:
        terminal.wait_for("save it.")
        terminal.type("e")
        terminal.wait_for("No editor is set (export EDITOR=nano sets one). In a browser: http://127.0.0.1:")
        ask = partial(ask_at, re.search(r"http://\S+", terminal.screen)[0])
        assert ask({"do": "look"})["text"] == SLOPE.stub.read_text(encoding="utf-8")
        ask({"do": "save", "place": "01_white/01_slope/slope.py", "text": "broken\n"})
        assert workspace.answer(SLOPE).read_bytes() == b"broken\n"
        terminal.watch.look()
        terminal.wait_for("name 'broken' is not defined")
        assert "name 'broken' is not defined" in ask({"do": "look"})["verdict"]


def ask_at(address, message):
    request = urllib.request.Request(f"{address}ask", json.dumps(message).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
        return json.load(reply)


def test_u_nudges_the_node_to_fix_first(workspace, play):
    kata = COURSE["two_links"]
    workspace.progress_file.update(lambda progress: progress.set_current(kata.name))
    with play(workspace) as terminal:
        terminal.wait_for("u nudge")
        terminal.save(kata, wrong_answers(kata)[0].text.encode())
        terminal.wait_for("Not yet: ")
        terminal.type("u")
        terminal.wait_for("u moves by ")
        terminal.wait_for("It counts as a hint: 1 of 3.")
