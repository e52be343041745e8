"""A session of `handgrad watch` without a terminal: its keys and saves one by one, and what is on the screen."""

import re
import shutil

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.terminal.watch import Watch
from tests.patience import PATIENCE

COURSE = Course()
SLOPE, ADD = COURSE["slope"], COURSE["add"]
CLEARED = "\x1b[2J"
NAMES = {"\r": "enter", "\x1b[A": "up", "\x1b[5~": "page up"}


class Shared:
    """A warm process that outlives the session."""

    def __init__(self, warm):
        self.run, self.cancel = warm.run, warm.cancel

    def close(self):
        self.cancel()


class Session:
    """A `Watch` whose events are done as they are waited for.

    Args:
        capsys: has what it draws.
    """

    def __init__(self, workspace, timeout, warm, capsys):
        self.watch = Watch(workspace, timeout, Shared(warm))
        self.text = ""
        self._capsys = capsys
        self.watch.go_to(self.watch.kata)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.watch.close()

    @property
    def screen(self):
        """What was drawn last."""
        self.text += self._capsys.readouterr().out
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.text.rsplit(CLEARED, 1)[-1])

    def wait_for(self, words):
        """Go on until some words are on the screen."""
        while words not in " ".join(self.screen.split()):
            self.watch.events.get(timeout=PATIENCE)()

    def type(self, keys):
        for key in re.findall(r"\x1b\[\w~?|.", keys, re.DOTALL):
            self.watch.press(NAMES.get(key, key))

    def save(self, kata, content):
        """As an editor does, and the files are watched."""
        self.watch.workspace.answer(kata).write_bytes(content)
        self.watch.look()


def save(workspace, kata, content):
    workspace.answer(kata).write_bytes(content)


def course_of(folder, *katas):
    """A course of some katas, all of one belt."""
    for place, kata in enumerate(katas, start=1):
        shutil.copytree(kata.folder, folder / "1_first" / f"{place}_{kata.name}")
    return Course(folder)
