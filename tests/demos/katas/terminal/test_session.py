"""A learner at a terminal: a pseudo-terminal, real keys, real saves, and kills at random moments."""

import os
import queue
import random
import signal
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from handgrad.demos.katas.authoring import wrong_answers
from handgrad.demos.katas.terminal import session
from handgrad.demos.katas.workspace.progress import ProgressFile
from tests.demos.katas.terminal.sessions import ADD, COURSE, SLOPE, save
from tests.demos.katas.terminal.terminals import Terminal, termios


def test_red_turns_green_at_the_save_and_n_goes_on(workspace):
    with Terminal(workspace.folder) as terminal:
        terminal.wait_for("Edit 01_white/01_slope/slope.py and save it.")
        save(workspace, SLOPE, wrong_answers(SLOPE)[0].text.encode())
        terminal.wait_for("Not yet: ")
        terminal.type("n")
        terminal.wait_for("slope has not passed yet")
        terminal.type("s")
        terminal.wait_for("handgrad solution slope --peek")
        terminal.type("h")
        terminal.wait_for("Hint 1 of 3")
        terminal.type("h")
        terminal.wait_for("Hint 2 of 3")
        save(workspace, SLOPE, SLOPE.solution.read_bytes())
        terminal.wait_for("Passed")
        terminal.wait_for(f"1 of {len(COURSE.katas)}")
        terminal.type("s")
        terminal.wait_for("Another way, for comparison")
        terminal.type("t")
        terminal.wait_for("central difference")
        terminal.type("n")
        terminal.wait_for("Edit 01_white/02_add/add.py and save it.")
        terminal.type("q")
        assert terminal.wait_for_end() == 0
        assert termios.tcgetattr(terminal.screen_end) == terminal.before
    assert (workspace.folder / "solutions" / "slope.py").is_file()
    progress = workspace.progress_file.load()
    assert (progress.passed, progress.current, progress.hints) == ({"slope"}, "add", {"slope": 2})


@pytest.mark.rest(of=3)
def test_saving_another_kata_goes_to_it(workspace):
    with Terminal(workspace.folder, "watch") as terminal:
        terminal.wait_for("01_slope/slope.py and save it.")
        save(workspace, ADD, ADD.solution.read_bytes())
        terminal.wait_for("Passed")
        assert "add  " in terminal.screen


@pytest.mark.rest(of=3)
def test_editor_that_replaces_the_file_is_noticed(workspace):
    with Terminal(workspace.folder) as terminal:
        terminal.wait_for("save it.")
        path = workspace.answer(SLOPE)
        other = path.with_name(".slope.py.swp")
        other.write_bytes(SLOPE.solution.read_bytes())
        os.replace(other, path)
        terminal.wait_for("Passed")


@pytest.mark.rest(of=3)
def test_endless_loop_does_not_hang_it(workspace):
    with Terminal(workspace.folder, "watch", "--timeout", "60") as terminal:
        terminal.wait_for("save it.")
        save(workspace, SLOPE, b"while True: pass\n")
        terminal.wait_for("Checking ...")
        terminal.type("h")
        terminal.wait_for("Hint 1 of 3")
        save(workspace, SLOPE, SLOPE.solution.read_bytes())
        terminal.wait_for("Passed")
        save(workspace, SLOPE, b"while True: pass\n")
        terminal.wait_for("Checking ...")
        terminal.type("q")
        assert terminal.wait_for_end() == 0


@pytest.mark.rest(of=3)
def test_ctrl_c_and_ctrl_d_and_a_closed_terminal_end_it(workspace):
    for key in ("\x03", "\x04"):
        with Terminal(workspace.folder) as terminal:
            terminal.wait_for("save it.")
            terminal.type(key)
            if terminal.process.poll() is None and key == "\x03":
                # The pseudo-terminal is not its controlling one, so Ctrl-C may come as a signal or a key.
                os.kill(terminal.process.pid, signal.SIGINT)
            assert terminal.wait_for_end() == 0


@pytest.mark.rest(of=3)
def test_kills_at_random_moments_lose_nothing(workspace):
    """Play the first katas through, killed again and again while checks and writes go on."""
    rng = random.Random(11)
    katas = COURSE.katas[:2]
    seen = set()
    for kata in katas:
        for content in (wrong_answers(kata)[0].text.encode(), kata.solution.read_bytes()):
            with Terminal(workspace.folder) as terminal:
                terminal.wait_for("q quit")
                save(workspace, kata, content)
                deadline = time.monotonic() + rng.uniform(0.0, 0.25)
                while time.monotonic() < deadline:
                    terminal.read(0.01)
                terminal.process.kill()
            assert workspace.answer(kata).read_bytes() == content
            file = ProgressFile(workspace.progress_file.path)
            passed = file.load().passed
            assert file.set_aside is None
            assert seen <= passed
            seen = passed
        with Terminal(workspace.folder) as terminal:
            terminal.wait_for("q quit")
            save(workspace, kata, kata.solution.read_bytes() + b"\n")
            terminal.wait_for(f"{kata.file_name} Passed")
            terminal.type("q")
            terminal.wait_for_end()
    assert {kata.name for kata in katas} <= workspace.progress_file.load().passed


@pytest.mark.parametrize("problem", [ImportError("no watchfiles"), OSError("too many files")])
def test_where_nobody_tells_of_a_change_the_files_are_looked_at_every_now_and_then(problem, monkeypatch):
    def fails(*_):
        raise problem

    class Stop:
        """Stops at the third look."""

        looks = 0

        def wait(self, seconds):
            assert 0.0 < seconds <= 0.5
            self.looks += 1
            return self.looks > 3

    monkeypatch.setattr(session, "_changes", fails)
    watched = SimpleNamespace(workspace=SimpleNamespace(folder=Path()), events=queue.Queue(), look=lambda: None)
    session._watch_files(watched, Stop())
    assert [watched.events.get_nowait() for _ in range(watched.events.qsize())] == 3 * [watched.look]


def test_without_watchfiles_there_is_an_import_error_to_fall_back_from(monkeypatch):
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    with pytest.raises(ImportError):
        session._changes(Path(), threading.Event())
