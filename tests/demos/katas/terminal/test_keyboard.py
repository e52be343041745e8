"""The keyboard, a key at a time, and the terminal as it was before."""

import ctypes
import os
import signal
import sys
import time
from types import SimpleNamespace

import pytest

from handgrad.demos.katas.terminal import keyboard
from handgrad.demos.katas.terminal.keyboard import lend_terminal, read_keys, read_unbuffered
from tests.demos.katas.terminal.terminals import Terminal, termios
from tests.patience import PATIENCE

ECHOES = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from handgrad.demos.katas.terminal.keyboard import read_unbuffered, read_keys
def tell(key):
    os.write(1, f"<{key}>\\n".encode())  # a signal may come in the middle of a print
    if key == "q":
        raise SystemExit(3)
with read_unbuffered(lambda: tell("redraw")):
    print("ready", flush=True)
    read_keys(tell)
"""


@pytest.fixture
def terminal(tmp_path):
    with Terminal(tmp_path, program=ECHOES) as terminal:
        terminal.wait_for("ready")
        yield terminal


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_terminal_is_restored_whatever_ends_it(number, terminal):
    assert termios.tcgetattr(terminal.screen_end) != terminal.before
    os.kill(terminal.process.pid, number)
    assert terminal.wait_for_end() in (1, -signal.SIGINT, 128 + number)
    assert termios.tcgetattr(terminal.screen_end) == terminal.before


def test_keys_come_as_they_are_pressed_by_their_names_and_are_not_echoed(terminal):
    for typed, name in (("a", "a"), ("\x1b[A", "up"), ("\x1bOB", "down"), ("\x1b[6~", "page down"), ("\r", "enter")):
        terminal.text = ""
        terminal.type(typed)
        terminal.wait_for(f"<{name}>")
        assert terminal.screen.split() == f"<{name}>".split()
    terminal.type("\x7f\x1b[Zé")
    terminal.wait_for("<backspace> <> <é>")
    terminal.type("\x04")
    assert terminal.wait_for_end() == 3
    assert termios.tcgetattr(terminal.screen_end) == terminal.before


def test_the_screen_is_drawn_anew_when_its_size_has_changed(terminal):
    os.kill(terminal.process.pid, signal.SIGWINCH)
    terminal.wait_for("<redraw>")


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        (b"", []),
        (b"ab\xc3\xa9 /", ["a", "b", "\u00e9", " ", "/"]),
        (b"\r\n", ["enter", "enter"]),
        (b"\x7f\x08", ["backspace", "backspace"]),
        (b"\x03", ["interrupt"]),
        (b"\x04", ["q"]),
        (b"\x1b[A\x1b[B\x1bOA\x1bOB", ["up", "down", "up", "down"]),
        (b"\x1b[5~\x1b[6~", ["page up", "page down"]),
        (b"\x1b", ["escape"]),
        (b"\x1b\x1b[A", ["escape", "up"]),
        (b"x\x1b[1;5Ay\x1bz", ["x", "", "y", ""]),  # with a modifier: no key of ours
    ],
)
def test_each_key_has_its_name_and_the_end_of_the_input_is_a_q(typed, keys, monkeypatch):
    end, start = os.pipe()
    os.write(start, typed)
    os.close(start)
    pressed = []
    with os.fdopen(end) as keyboard:
        monkeypatch.setattr(sys, "stdin", keyboard)
        read_keys(pressed.append)
    assert pressed == [*keys, "q"]


def test_paused_it_leaves_the_terminal_as_it_was_and_takes_it_again_each_time(terminal):
    for _ in range(2):
        terminal.text = ""
        os.kill(terminal.process.pid, signal.SIGTSTP)
        deadline = time.monotonic() + PATIENCE
        while termios.tcgetattr(terminal.screen_end) != terminal.before:
            assert time.monotonic() < deadline
            terminal.read(0.01)
        os.kill(terminal.process.pid, signal.SIGCONT)
        terminal.wait_for("<redraw>")
        assert termios.tcgetattr(terminal.screen_end) != terminal.before
    terminal.type("a")
    terminal.wait_for("<a>")


class Console:
    """A console of Windows with some keys typed, as `msvcrt` and `kernel32` have it."""

    def __init__(self, typed):
        self.typed, self.mode = [*typed], 3

    def kbhit(self):
        return bool(self.typed)

    def getwch(self):
        return self.typed.pop(0)

    def GetStdHandle(self, number):
        return number

    def GetConsoleMode(self, _, mode):
        mode._obj.value = self.mode
        return 1

    def SetConsoleMode(self, _, mode):
        self.mode = mode


@pytest.fixture
def windows(monkeypatch):
    """Makes this system a Windows whose console has some keys typed: windows(keys)."""

    def make(typed=()):
        console = Console(typed)
        monkeypatch.setattr(keyboard.sys, "platform", "win32")
        monkeypatch.setitem(sys.modules, "msvcrt", console)
        monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=console), raising=False)
        return console

    return make


def test_on_windows_a_key_has_the_same_names(windows):
    pressed = []

    def press(key):
        pressed.append(key)
        if key == "q":
            raise SystemExit

    windows(["a", "\xe0", "H", "\x00", "Q", "\xe0", "K", "\r", "\x1b", "\x03", "\x04"])
    with pytest.raises(SystemExit):
        read_keys(press)
    assert pressed == ["a", "up", "page down", "", "enter", "escape", "interrupt", "q"]


def test_on_windows_a_program_to_which_the_terminal_is_lent_has_the_keys(windows, monkeypatch):
    console = windows("q")
    left = []

    def sleep(_):
        left.append(len(console.typed))
        if len(left) > 2:
            raise SystemExit

    monkeypatch.setattr(keyboard.time, "sleep", sleep)
    with lend_terminal(), pytest.raises(SystemExit):
        read_keys(left.append)
    assert left == [1, 1, 1]


def test_on_windows_a_console_takes_escape_sequences_for_a_session_and_is_as_before_after_it(windows):
    console = windows()
    with read_unbuffered(lambda: None):
        assert console.mode == 3 | 4
    assert console.mode == 3
