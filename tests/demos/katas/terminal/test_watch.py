"""A learner at a terminal: a pseudo-terminal, real keys, real saves, and kills at random moments."""

import json
import os
import random
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import time
import urllib.request

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.terminal.watch import Watch
from handgrad.demos.katas.workspace.progress import ProgressFile
from handgrad.demos.katas.workspace.workspace import start

pty = pytest.importorskip("pty")
termios = pytest.importorskip("termios")
fcntl = pytest.importorskip("fcntl")

COURSE = Course()
SLOPE, ADD = COURSE["slope"], COURSE["add"]
PATIENCE = 30.0
# A background job of a shell starts with Ctrl-C ignored, and a test run may be one.
HANDGRAD = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from handgrad.demos.cli import main
main(prog_name="handgrad")
"""


class Terminal:
    """`handgrad` in a pseudo-terminal."""

    def __init__(self, folder, *arguments, columns=80, rows=40):
        self.keyboard, self.screen_end = pty.openpty()
        fcntl.ioctl(self.screen_end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(self.screen_end)
        self.text = ""
        # pytest loads readline, which sets these: they would count for more than the terminal's size.
        # Without a display nothing opens a window.
        kept_out = ("COLUMNS", "LINES", "DISPLAY", "WAYLAND_DISPLAY")
        inherited = {name: value for name, value in os.environ.items() if name not in kept_out}
        self.process = subprocess.Popen(
            [sys.executable, "-c", HANDGRAD, *arguments],
            cwd=folder,
            env={**inherited, "TERM": "xterm", "NO_COLOR": "1"},
            stdin=self.screen_end,
            stdout=self.screen_end,
            stderr=self.screen_end,
            start_new_session=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.keyboard)
        os.close(self.screen_end)

    def read(self, seconds=0.05):
        """Whatever is written within the time."""
        if select.select([self.keyboard], [], [], seconds)[0]:
            self.text += os.read(self.keyboard, 65536).decode("utf-8", errors="replace")

    @property
    def screen(self):
        """What was written since the screen was last cleared."""
        last = self.text.rsplit("\x1b[2J", 1)[-1]
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", last)

    def wait_for(self, words):
        deadline = time.monotonic() + PATIENCE
        while words not in " ".join(self.screen.split()):
            assert time.monotonic() < deadline, f"{words!r} never came; the screen is:\n{self.screen}"
            self.read()

    def type(self, keys):
        os.write(self.keyboard, keys.encode())

    def wait_for_end(self):
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "it does not end"
            self.read(0.01)
        self.read()
        return self.process.returncode


@pytest.fixture
def workspace(tmp_path):
    return start(tmp_path / "ws", COURSE)[0]


def save(workspace, kata, content):
    workspace.answer(kata).write_bytes(content)


def test_red_turns_green_at_the_save_and_n_goes_on(workspace):
    with Terminal(workspace.folder) as terminal:
        terminal.wait_for("Edit 1_white/01_slope/slope.py and save it.")
        save(workspace, SLOPE, SLOPE.wrong_answers[0].read_bytes())
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
        terminal.wait_for("Edit 1_white/02_add/add.py and save it.")
        terminal.type("q")
        assert terminal.wait_for_end() == 0
        assert termios.tcgetattr(terminal.screen_end) == terminal.before
    assert (workspace.folder / "solutions" / "slope.py").is_file()
    progress = workspace.progress_file.load()
    assert (progress.passed, progress.current, progress.hints) == ({"slope"}, "add", {"slope": 2})


def test_note_goes_at_the_next_save_and_a_hint_stays(workspace):
    with Terminal(workspace.folder) as terminal:
        terminal.wait_for("save it.")
        terminal.type("s")
        terminal.wait_for("The solution opens once slope passes; before that: handgrad solution slope --peek")
        save(workspace, SLOPE, SLOPE.wrong_answers[0].read_bytes())
        terminal.wait_for("Not yet: ")
        terminal.wait_for("q quit")
        assert "The solution" not in terminal.screen
        terminal.type("h")
        terminal.wait_for("Hint 1 of 3")
        terminal.text = ""
        save(workspace, SLOPE, SLOPE.wrong_answers[1].read_bytes())
        terminal.wait_for("Not yet: ")
        terminal.wait_for("Hint 1 of 3")


def test_saving_another_kata_goes_to_it(workspace):
    with Terminal(workspace.folder, "watch") as terminal:
        terminal.wait_for("01_slope/slope.py and save it.")
        save(workspace, ADD, ADD.solution.read_bytes())
        terminal.wait_for("Passed")
        assert "add  " in terminal.screen


def test_editor_that_replaces_the_file_is_noticed(workspace):
    with Terminal(workspace.folder) as terminal:
        terminal.wait_for("save it.")
        path = workspace.answer(SLOPE)
        other = path.with_name(".slope.py.swp")
        other.write_bytes(SLOPE.solution.read_bytes())
        os.replace(other, path)
        terminal.wait_for("Passed")


def test_file_that_goes_is_said_and_noticed_when_it_comes_back(workspace):
    with Terminal(workspace.folder) as terminal:
        terminal.wait_for("save it.")
        path = workspace.answer(SLOPE)
        path.unlink()
        terminal.wait_for("slope.py is gone. Get it back with: handgrad reset slope")
        path.write_bytes(SLOPE.solution.read_bytes())
        terminal.wait_for("Passed")


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


def test_time_limit_stops_a_run(workspace):
    with Terminal(workspace.folder, "watch", "--timeout", "0.5") as terminal:
        terminal.wait_for("save it.")
        save(workspace, SLOPE, b"while True: pass\n")
        terminal.wait_for("it took too long")


def test_list_searches_filters_and_continues(workspace):
    workspace.progress_file.update(lambda p: p.with_passed("slope"))
    with Terminal(workspace.folder) as terminal:
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


def test_list_fits_a_small_terminal_wherever_one_stands_in_it(workspace):
    workspace.progress_file.update(lambda p: p.with_passed("slope"))
    save(workspace, COURSE.katas[19], b"mine")
    with Terminal(workspace.folder, columns=50, rows=20) as terminal:
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


def test_reset_and_picture_and_check_all(tmp_path):
    workspace, _ = start(tmp_path / "ws", course_of(tmp_path / "course", SLOPE, ADD, COURSE["two_links"]))
    slope, add, kata = workspace.course.katas
    with Terminal(workspace.folder) as terminal:
        terminal.wait_for("save it.")
        terminal.type("o")
        terminal.wait_for("slope has no graph to draw")
        save(workspace, kata, kata.wrong_answers[0].read_bytes())
        terminal.wait_for("The picture: .handgrad/two_links.svg")
        terminal.type("x")
        terminal.wait_for("Your version: 1_first/3_two_links/two_links.py.1.bak")
        save(workspace, slope, slope.solution.read_bytes())
        terminal.wait_for("Passed")
        save(workspace, add, add.solution.read_bytes())
        terminal.wait_for("2 of 3")
        terminal.type("c")
        terminal.wait_for("2 of 3 pass.")


def test_of_two_saves_within_one_look_the_last_one_counts(workspace, monkeypatch):
    monkeypatch.setattr(Watch, "check", lambda self: None)
    session = Watch(workspace, 5.0, warm=None)
    for last, first in ((ADD, SLOPE), (SLOPE, ADD)):
        for when, kata in enumerate((first, last), start=1):
            save(workspace, kata, kata.solution.read_bytes() + f"# {last.name}".encode())
            os.utime(workspace.answer(kata), ns=(0, time.time_ns() + when))
        session.look()
        assert session.kata == last


def course_of(folder, *katas):
    """A course of some katas, all of one belt."""
    for place, kata in enumerate(katas, start=1):
        shutil.copytree(kata.folder, folder / "1_first" / f"{place}_{kata.name}")
    return Course(folder)


def test_check_all_stays_where_the_kata_does_not_pass_and_else_goes_to_the_next_that_does_not(tmp_path):
    workspace, _ = start(tmp_path / "ws", course_of(tmp_path / "course", SLOPE, ADD, COURSE["multiply"]))
    slope, add, multiply = workspace.course.katas
    with Terminal(workspace.folder) as terminal:
        terminal.wait_for("slope.py and save it.")
        terminal.type("c")
        terminal.wait_for("0 of 3 pass.")
        terminal.wait_for("slope.py and save it.")
        save(workspace, slope, slope.solution.read_bytes())
        terminal.wait_for("Passed")
        workspace.progress_file.update(lambda p: p.with_passed("add"))  # it passed once, and does so no more
        terminal.type("c")
        terminal.wait_for("1 of 3 pass.")
        terminal.wait_for("add.py and save it.")
        for kata in (add, multiply):
            save(workspace, kata, kata.solution.read_bytes())
            terminal.wait_for(f"{kata.file_name} Passed")
        terminal.type("c")
        terminal.wait_for("3 of 3 pass. The whole course.")
        terminal.wait_for("multiply.py Passed")


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (50, 20)])
def test_small_terminal_opens_at_the_title_and_shows_the_rest_by_pages(columns, rows, workspace):
    with Terminal(workspace.folder, columns=columns, rows=rows) as terminal:
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


def test_welcome_is_for_those_who_begin(workspace):
    workspace.progress_file.update(lambda p: p.with_passed("add").with_current("slope"))
    with Terminal(workspace.folder) as terminal:
        terminal.wait_for("slope.py and save it.")
        assert "Welcome" not in terminal.screen
        assert "White belt." in terminal.screen


def test_fourth_hint_says_that_there_is_none(workspace):
    with Terminal(workspace.folder) as terminal:
        terminal.wait_for("save it.")
        for count in (1, 2, 3):
            terminal.type("h")
            terminal.wait_for(f"Hint {count} of 3")
            assert "no more hints" not in terminal.screen
        terminal.type("h")
        terminal.wait_for("There are no more hints. One possible way: handgrad solution slope --peek")


def test_last_kata_of_a_belt_says_so_once(workspace):
    *others, last = COURSE.belts["white"]
    for kata in others:
        workspace.progress_file.update(lambda p, name=kata.name: p.with_passed(name))
    with Terminal(workspace.folder) as terminal:
        terminal.wait_for("q quit")
        save(workspace, last, last.solution.read_bytes())
        terminal.wait_for("The white belt is done: all 8 of its katas have passed. On to the yellow belt.")
        terminal.type("\r")
        terminal.wait_for("Checking ...")
        terminal.wait_for("Passed")
        assert "belt is done" not in terminal.screen
        terminal.type("n")
        terminal.wait_for("Yellow belt.")


def test_graph_is_drawn_before_and_after(workspace):
    picture = workspace.picture(ADD)
    workspace.progress_file.update(lambda p: p.with_current("add"))
    with Terminal(workspace.folder) as terminal:
        terminal.wait_for("add.py and save it. o: graph")
        terminal.type("o")
        terminal.wait_for("The picture: ")
        assert str(picture) in "".join(terminal.screen.split("\n")).replace("\r", "")
        before = picture.read_text(encoding="utf-8")
        assert before.count("?") > 2
        assert 'stroke="red"' not in before
        save(workspace, ADD, ADD.solution.read_bytes())
        terminal.wait_for("The picture, all green: .handgrad/add.svg")
        after = picture.read_text(encoding="utf-8")
        assert 'stroke="red"' not in after
        assert after != before
        terminal.type("o")
        terminal.wait_for("The picture: ")
        assert picture.read_text(encoding="utf-8") == after


def ask(address, **message):
    """What the sheet at an address answers."""
    request = urllib.request.Request(f"{address}ask", json.dumps(message).encode(), {"Content-Type": "text/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


def address_on(terminal):
    terminal.wait_for("On the graph: http://127.0.0.1:")
    return re.search(r"http://[^\s]+/", terminal.screen)[0]


def test_the_graph_is_filled_in_on_its_sheet_with_the_numbers_of_the_check_that_failed(workspace):
    kata = COURSE["two_links"]
    workspace.progress_file.update(lambda p: p.with_current("two_links"))
    with Terminal(workspace.folder, columns=120) as terminal:
        terminal.wait_for("save it.")
        terminal.type("o")
        address = address_on(terminal)
        assert set(statuses(address)) == {"missing"}
        save(workspace, kata, kata.wrong_answers[0].read_bytes())
        terminal.wait_for("Not yet: ")
        terminal.type("o")
        assert address_on(terminal) == address
        assert "wrong" in statuses(address)
        terminal.type("l")
        terminal.wait_for("q back")
        terminal.type("qq")
        assert terminal.wait_for_end() == 0


def statuses(address):
    return [entry["status"] for entry in ask(address, do="open")["verdict"].values()]


def test_enter_shows_the_verdict_on_a_file_as_it_was_handed_out(workspace):
    kata = COURSE["marking"]
    workspace.progress_file.update(lambda p: p.with_current("marking"))
    with Terminal(workspace.folder) as terminal:
        terminal.wait_for("marking.py and save it.")
        terminal.type("\r")
        terminal.wait_for("Not yet: ")
        terminal.wait_for("WRONG")
        terminal.type("o")
        terminal.wait_for("The picture: ")
        assert 'stroke="red"' in workspace.picture(kata).read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_terminal_is_restored_whatever_ends_it(number, workspace):
    with Terminal(workspace.folder) as terminal:
        terminal.wait_for("save it.")
        os.kill(terminal.process.pid, number)
        assert terminal.wait_for_end() in (0, 128 + number)
        assert termios.tcgetattr(terminal.screen_end) == terminal.before


def test_ctrl_c_and_ctrl_d_and_a_closed_terminal_end_it(workspace):
    for key in ("\x03", "\x04"):
        with Terminal(workspace.folder) as terminal:
            terminal.wait_for("save it.")
            terminal.type(key)
            if terminal.process.poll() is None and key == "\x03":
                # The pseudo-terminal is not its controlling one, so Ctrl-C may come as a signal or a key.
                os.kill(terminal.process.pid, signal.SIGINT)
            assert terminal.wait_for_end() == 0


def test_kills_at_random_moments_lose_nothing(workspace):
    """Play the first katas through, killed again and again while checks and writes go on."""
    rng = random.Random(11)
    katas = COURSE.katas[:4]
    seen = set()
    for kata in katas:
        for content in (kata.wrong_answers[0].read_bytes(), kata.solution.read_bytes()):
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


def test_verdict_comes_in_a_blink(workspace):
    with Terminal(workspace.folder) as terminal:
        terminal.wait_for("save it.")
        save(workspace, ADD, ADD.solution.read_bytes())
        terminal.wait_for("Passed")
        times = []
        for n in range(5):
            terminal.text = ""
            start_time = time.monotonic()
            save(workspace, ADD, ADD.solution.read_bytes() + b"# %d\n" % n)
            terminal.wait_for("Passed")
            times.append(time.monotonic() - start_time)
        assert min(times) < 0.5
