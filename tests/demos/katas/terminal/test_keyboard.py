"""The keyboard, a key at a time, and the terminal as it was before."""

import os
import signal

import pytest

from tests.demos.katas.terminal.terminals import Terminal, termios

ECHOES = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from handgrad.demos.katas.terminal.keyboard import key_by_key, read_keys
def tell(key):
    print(f"<{key}>", flush=True)
    if key == "q":
        raise SystemExit(3)
with key_by_key(lambda: tell("redraw")):
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
