"""The keyboard, a key at a time, and the terminal as it was before, whatever happens."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

_SEQUENCES = {
    b"\x1b[A": "up",
    b"\x1b[B": "down",
    b"\x1bOA": "up",
    b"\x1bOB": "down",
    b"\x1b[5~": "page up",
    b"\x1b[6~": "page down",
    b"\x1b": "escape",
}
_KEY = re.compile(rb"\x1b(?:[\[O][0-9;]*[A-Za-z~]|[^\x1b])?|[^\x1b]+")
_lent = threading.Event()
"""Set while another program has the terminal."""
_before: list[Any] = []
"""How the terminal was, in a session."""
_OUTPUT, _ESCAPES = -11, 4
"""STD_OUTPUT_HANDLE and ENABLE_VIRTUAL_TERMINAL_PROCESSING of Windows."""
_NAMES = {"\r": "enter", "\n": "enter", "\x7f": "backspace", "\x08": "backspace", "\x03": "interrupt", "\x04": "q"}


@contextlib.contextmanager
def read_unbuffered(redraw: Callable[[], None]) -> Iterator[None]:
    """Deliver keys as they are pressed, without echo; restore the terminal at the end.

    A signal that asks the program to end becomes SystemExit, so that the end is reached.

    Args:
        redraw: called when the screen has changed under the program: a new size, back from Ctrl-Z.
    """
    if sys.platform == "win32":
        with _obey_escapes():
            yield
        return
    import termios
    import tty

    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    _before[:] = [before]

    def restore() -> None:
        with contextlib.suppress(termios.error, OSError):  # the terminal itself may be gone
            termios.tcsetattr(keyboard, termios.TCSADRAIN, before)

    def leave(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    def pause(number: int, _: FrameType | None) -> None:
        restore()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)

    def resume(number: int, _: FrameType | None) -> None:
        signal.signal(signal.SIGTSTP, pause)
        with contextlib.suppress(termios.error, OSError):
            tty.setcbreak(keyboard)
        redraw()

    handlers = {
        signal.SIGTERM: leave,
        signal.SIGHUP: leave,
        signal.SIGTSTP: pause,
        signal.SIGCONT: resume,
        signal.SIGWINCH: lambda *_: redraw(),
    }
    previous = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        tty.setcbreak(keyboard)
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        restore()
        _before.clear()


@contextlib.contextmanager
def _obey_escapes() -> Iterator[None]:
    """Have a console of Windows take escape sequences for colours and places, as its older windows do on demand."""
    import ctypes

    kernel, mode = ctypes.windll.kernel32, ctypes.c_ulong()  # type: ignore[attr-defined]
    output = kernel.GetStdHandle(_OUTPUT)
    is_console = kernel.GetConsoleMode(output, ctypes.byref(mode))
    if is_console:
        kernel.SetConsoleMode(output, mode.value | _ESCAPES)
    try:
        yield
    finally:
        if is_console:
            kernel.SetConsoleMode(output, mode.value)


@contextlib.contextmanager
def lend_terminal() -> Iterator[None]:
    """Lend the terminal to another program, as it was before the session."""
    if sys.platform == "win32":
        _lent.set()
        try:
            yield
        finally:
            _lent.clear()
        return
    if not _before:
        yield
        return
    import termios
    import tty

    keyboard = sys.stdin.fileno()
    _lent.set()
    try:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, _before[0])
        yield
    finally:
        with contextlib.suppress(termios.error, OSError):
            tty.setcbreak(keyboard)
        _lent.clear()


def read_keys(pressed: Callable[[str], None]) -> None:
    """Report each key by name until the input ends, in a thread of its own.

    Args:
        pressed: given a character, or "up", "down", "page up", "page down", "enter", "backspace", "escape"; "q" at the
            end.
    """
    if sys.platform == "win32":
        import msvcrt

        while True:
            if _lent.is_set() or not msvcrt.kbhit():
                time.sleep(0.05)
                continue
            key = msvcrt.getwch()
            if key in "\x00\xe0":
                key = {"H": "up", "P": "down", "I": "page up", "Q": "page down"}.get(msvcrt.getwch(), "")
            pressed(_NAMES.get(key, "escape" if key == "\x1b" else key))
    keyboard = sys.stdin.fileno()
    while True:
        # In steps, so that a program to which the terminal is lent has all of the keys.
        if _lent.is_set():
            time.sleep(0.05)
            continue
        if not select.select([keyboard], [], [], 0.1)[0] or _lent.is_set():
            continue
        try:
            block = os.read(keyboard, 1024)
        except OSError:
            block = b""
        if not block:
            pressed("q")
            return
        for key in _KEY.findall(block):  # a key that is held down may come several times at once
            if key.startswith(b"\x1b"):
                pressed(_SEQUENCES.get(key, ""))
                continue
            for letter in key.decode("utf-8", errors="ignore"):
                pressed(_NAMES.get(letter, letter))
