"""The list in the terminal: move, search, filter, go on at another kata."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ..course import Kata
from ..workspace.workspace import Workspace
from . import views
from .picking import STATES, filter_katas

HELP = (
    "up and down, or k and j, move; c or enter goes on at the kata; / searches in names, titles and belts; d shows "
    "only what is done, p what is not, again all; x puts a kata's file back as it was, and keeps yours; q goes back."
)


class Picker:
    """The state of an open list.

    Attributes:
        chosen: the kata to go on at; None while none is chosen.
        is_over: whether the list is closed.
    """

    def __init__(self, workspace: Workspace, current: Kata, reset: Callable[[Kata], Path | None]) -> None:
        """Open the list at the current kata; `reset` is as of `Workspace.reset`."""
        self.workspace, self._reset = workspace, reset
        self.chosen: Kata | None = None
        self.is_over = False
        self._state, self._words, self._is_typing, self._note = "all", "", False, ""
        self._selected = current

    @property
    def katas(self) -> list[Kata]:
        """Those that the search and the filter leave."""
        progress = self.workspace.progress_file.load()
        return filter_katas(self.workspace.course.katas, progress, self._words, self._state)

    def press(self, key: str) -> None:
        """Do what a key does to the list."""
        self._note = ""
        if self._is_typing:
            self._type(key)
        elif key in ("up", "k"):
            self._move(-1)
        elif key in ("down", "j"):
            self._move(1)
        elif key in ("d", "p"):
            state = "done" if key == "d" else "pending"
            self._state = "all" if self._state == state else state
        elif key == "/":
            self._is_typing, self._words = True, ""
        elif key in ("c", "enter", "x") and self._selected not in self.katas:
            self._note = "No kata is selected."
        elif key in ("c", "enter"):
            self.chosen = self._selected
        elif key == "x":
            kept = self._reset(self._selected)
            where = f" Your version: {self.workspace.show_path(kept)}" if kept else ""
            self._note = f"{self._selected.name} is as it was at the start.{where}"
        elif key in ("?", "h"):
            self._note = HELP
        elif key in ("l", "q", "escape", "interrupt"):
            self.is_over = True
        katas = self.katas
        if katas and self._selected not in katas:
            self._selected = katas[0]

    def _type(self, key: str) -> None:
        if key in ("enter", "escape", "interrupt", "up", "down"):
            self._is_typing = False
            if key in ("escape", "interrupt"):
                self._words = ""
        elif key == "backspace":
            self._words = self._words[:-1]
        elif len(key) == 1 and key.isprintable():
            self._words += key

    def _move(self, by: int) -> None:
        katas = self.katas
        if katas:
            place = katas.index(self._selected) + by
            self._selected = katas[max(0, min(place, len(katas) - 1))]

    def lines(self, out: Console) -> list[Text]:
        """Return the list, as much as the screen holds around the selected kata."""
        katas, course = self.katas, self.workspace.course
        progress = self.workspace.progress_file.load()
        title = Text("Katas", style="bold")
        title.append(f"  {self._state}" if self._state in STATES[1:] else "", style="yellow")
        if self._words or self._is_typing:
            title.append(f"  /{self._words}{'_' if self._is_typing else ''}", style="yellow")
        if self._is_typing:
            keys = "type to search   enter keep it   esc all"
        else:
            keys = "up down  c continue here  / search  d done  p pending  x reset  q back  ? keys"
        above, below = [title, Text()], [Text(), Text(self._note, style="yellow"), Text(keys, style="dim")]
        # One line less than the screen has: the cursor ends up in a line of its own.
        room = out.height - 1 - sum(len(line.wrap(out, out.width)) for line in above + below)
        room = max(3, room)
        place = katas.index(self._selected) if self._selected in katas else 0
        first = max(0, min(place - room // 2, len(katas) - room))
        rows = [
            views.row(course, progress, kata, is_current=kata == self._selected, width=out.width)
            for kata in katas[first : first + room]
        ]
        return [*above, *(rows or [Text("   none is like that")]), *below]
