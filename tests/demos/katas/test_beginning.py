"""One word in a pseudo-terminal, and the first task is on the screen."""

import subprocess
import sys

import pytest

from handgrad.demos.katas.authoring import wrong_answers
from tests.demos.katas.terminal.sessions import COURSE, SLOPE
from tests.demos.katas.terminal.terminals import Terminal

FIRST = f"Edit {SLOPE.place}/{SLOPE.file_name} and save it."
MODULE = "import runpy, sys; sys.argv[1:] = []; runpy.run_module('handgrad', run_name='__main__', alter_sys=True)"


def test_in_an_empty_folder_the_course_is_laid_out_and_the_first_save_is_judged(tmp_path):
    with Terminal(tmp_path) as terminal:
        terminal.wait_for(FIRST)
        terminal.wait_for(f"Welcome: {len(COURSE.katas)} katas are laid out in this folder.")
        (tmp_path / SLOPE.place / SLOPE.file_name).write_bytes(wrong_answers(SLOPE)[0].text.encode())
        terminal.wait_for("Not yet: ")
        terminal.type("q")
        assert terminal.wait_for_end() == 0
    assert (tmp_path / SLOPE.place / SLOPE.file_name).is_file()
    with Terminal(tmp_path) as terminal:
        terminal.wait_for("Not yet: ")
        terminal.type("q")
        assert terminal.wait_for_end() == 0
    assert "Welcome" not in terminal.text


@pytest.mark.rest(of=3)
def test_beside_files_of_ones_own_a_folder_is_made_once_that_is_agreed_to(tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with Terminal(tmp_path) as terminal:
        terminal.wait_for("and begin? [Y/n]:")
        terminal.type("\r")
        terminal.wait_for(FIRST)
        terminal.type("q")
        assert terminal.wait_for_end() == 0
    assert "cd handgrad-katas, then handgrad" in terminal.screen
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["handgrad-katas", "notes.txt"]


@pytest.mark.rest(of=3)
def test_who_says_no_is_told_the_two_ways_to_begin_and_nothing_is_made(tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with Terminal(tmp_path) as terminal:
        terminal.wait_for("and begin? [Y/n]:")
        terminal.type("n\r")
        terminal.wait_for("Two ways to begin")
        assert terminal.wait_for_end() == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.rest(of=3)
def test_it_is_the_same_as_a_module_which_says_how_it_is_called_again(tmp_path):
    with Terminal(tmp_path, program=MODULE) as terminal:
        terminal.wait_for(FIRST)
        terminal.type("q")
        assert terminal.wait_for_end() == 0
    assert " -m handgrad" in terminal.screen


@pytest.mark.rest(of=3)
def test_the_module_has_the_commands(tmp_path):
    command = [sys.executable, "-m", "handgrad", "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("python -m handgrad, version ")
