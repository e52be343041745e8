"""`handgrad` in a pseudo-terminal, as a learner has it."""

import os
import re
import select
import struct
import subprocess
import sys
import time

import pytest

from tests.patience import PATIENCE

pty = pytest.importorskip("pty")
termios = pytest.importorskip("termios")
fcntl = pytest.importorskip("fcntl")
# A background job of a shell starts with Ctrl-C ignored, and a test run may be one.
HANDGRAD = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from handgrad.demos.cli import main
main(prog_name="handgrad")
"""


class Terminal:
    """A program in a pseudo-terminal, `handgrad` where no other is given."""

    def __init__(self, folder, *arguments, columns=80, rows=40, program=HANDGRAD):
        self.keyboard, self.screen_end = pty.openpty()
        fcntl.ioctl(self.screen_end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(self.screen_end)
        self.text = ""
        # pytest loads readline, which sets these: they would count for more than the terminal's size.
        # Without a display nothing opens a window.
        kept_out = ("COLUMNS", "LINES", "DISPLAY", "WAYLAND_DISPLAY")
        inherited = {name: value for name, value in os.environ.items() if name not in kept_out}
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
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
