"""`handgrad watch`: check at every save, and a few keys."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from handgrad import HandgradError, viz

from ...invocation import own_name
from ..course import Kata
from ..graphs import NoGraphError, kata_graph
from ..hinting import last_failed
from ..judging.judge import Run
from ..judging.verdict import Verdict
from ..judging.warm import WarmProcess
from ..nudging import report_first
from ..workspace.checks import check
from ..workspace.workspace import MARK, Workspace
from . import views
from .graph_sheet import GraphSheet
from .keyboard import lend_terminal
from .outside import advise_editor, edit, editor, open_outside
from .pager import Page
from .picker import Picker
from .saves import Saves

if TYPE_CHECKING:
    from .browser_editor import BrowserEditor

Event = Callable[[], None]


class Watch:
    """A session: what is on the screen, and what each key and each save does to it.

    Everything happens on one thread, by events of a queue; the threads beside it only put events in.
    """

    def __init__(self, workspace: Workspace, timeout: float, warm: WarmProcess) -> None:
        self.workspace, self.timeout, self.warm = workspace, timeout, warm
        self.events: queue.Queue[Event] = queue.Queue()
        self.out = views.console()
        self.kata = workspace.current(workspace.progress_file.load())
        self.verdict: Verdict | None = None
        self.is_asked = False  # for the verdict on a file that is as it was handed out
        self.below: list[Text] = []  # what a key has opened under the verdict
        self.note = ""  # what was said last, until the next save
        self.page = Page()
        self.picker: Picker | None = None
        self._is_at_keys = False
        self.is_over = False
        self._check_number = 0
        self._checking: list[threading.Thread] = []  # with those that were called off and still tidy up
        self._saves = Saves(workspace)
        self._sheet = GraphSheet()
        self._editor: BrowserEditor | None = None

    def run(self) -> None:
        """Run until q."""
        self.go_to(self.kata)
        while not self.is_over:
            # With a time limit, as Windows hears no Ctrl-C in an endless wait.
            with suppress(queue.Empty):
                self.events.get(timeout=0.5)()

    def go_to(self, kata: Kata) -> None:
        """Work on a kata from now on."""
        self.kata, self.picker, self.below, self.note, self.is_asked = kata, None, [], "", False
        self.page.back_to_top()
        self.workspace.progress_file.update(lambda progress: progress.set_current(kata.name))
        self.check()

    def check(self) -> None:
        """Check the kata anew, calling off a check that still runs."""
        self.verdict = None
        kata, draw = self.kata, self.is_asked or not self._is_untouched()
        self._start_check(lambda is_current: self._check_one(kata, draw, is_current))
        self.draw()

    def _start_check(self, work: Callable[[Callable[[], bool]], None]) -> None:
        self._check_number += 1
        number = self._check_number
        self.warm.cancel()
        thread = threading.Thread(target=work, args=(lambda: number == self._check_number,), daemon=True)
        self._checking = [*(other for other in self._checking if other.is_alive()), thread]
        thread.start()

    def close(self) -> None:
        """Call off what runs, and let it tidy up."""
        self._check_number += 1
        self._sheet.close()
        if self._editor is not None:
            self._editor.shutdown()
            self._editor.server_close()
        self.warm.close()
        for thread in self._checking:
            thread.join(2.0)

    def _check_one(self, kata: Kata, draw: bool, is_current: Callable[[], bool]) -> None:
        try:
            found = check(self.workspace, kata, self.timeout, self._run_while(is_current), draw=draw)
        except (HandgradError, OSError) as error:
            found = Verdict(kata.name, "error", str(error))
        self._queue(lambda: self._show(found), is_current)

    def _queue(self, event: Event, is_current: Callable[[], bool]) -> None:
        """Queue an event of a check; it is dropped once another check has begun."""
        self.events.put(lambda: event() if is_current() else None)

    def _run_while(self, is_current: Callable[[], bool]) -> Run:
        return lambda job: self.warm.run(job, is_current)

    def _show(self, found: Verdict) -> None:
        self.verdict = found
        if found.ok:
            self.below = []
        if not self.below:
            self.page.back_to_top()
        self.draw()

    def check_all(self) -> None:
        """Check every kata; stay at this one if it does not pass, else go to the next."""
        self.verdict = None
        self._start_check(self._check_each)

    def _check_each(self, is_current: Callable[[], bool]) -> None:
        katas, failing = self.workspace.course.katas, []
        for place, kata in enumerate(katas, start=1):
            self._queue(partial(self.say, f"Checking all: {place} of {len(katas)}"), is_current)
            try:
                is_passed = check(self.workspace, kata, self.timeout, self._run_while(is_current), draw=False).ok
            except (HandgradError, OSError):
                is_passed = False
            if not is_passed:
                failing.append(kata)
            if not is_current():
                return
        self._queue(lambda: self._all_checked(failing), is_current)

    def _all_checked(self, failing: list[Kata]) -> None:
        katas = self.workspace.course.katas
        here = katas.index(self.kata)
        onwards = [kata for kata in (*katas[here:], *katas[:here]) if kata in failing]
        self.go_to(onwards[0] if onwards else self.kata)
        self.say(f"{len(katas) - len(failing)} of {len(katas)} pass." + ("" if failing else " The whole course."))

    def look(self) -> None:
        """Go to the kata saved last since the last look; say if the current file is gone."""
        was_there = self._saves.is_there(self.kata)
        last = self._saves.last()
        if last is not None and last != self.kata:
            self.go_to(last)
        elif last is not None:
            self.note, self.is_asked = "", False
            self.check()
        elif was_there and not self._saves.is_there(self.kata):
            self.draw()

    def press(self, key: str) -> None:
        """Do what a key does."""
        if self.picker is not None:
            self._pick(self.picker, key)
            return
        if self._is_at_keys:
            self._is_at_keys = False
            if key in ("?", "escape"):
                self.draw()
                return
        actions = {
            "e": self._edit,
            "?": self._keys,
            "z": self._undo,
            "n": self._next,
            "h": self._hint,
            "u": self._nudge,
            "t": self._task,
            "l": self._list,
            "c": self.check_all,
            "s": self._solution,
            "x": self._reset,
            "o": self._graph,
            "enter": self._ask,
            " ": lambda: self._turn(self.page.room - 1),
            "page down": lambda: self._turn(self.page.room - 1),
            "down": lambda: self._turn(1),
            "b": lambda: self._turn(1 - self.page.room),
            "page up": lambda: self._turn(1 - self.page.room),
            "up": lambda: self._turn(-1),
            "q": self._quit,
            "interrupt": self._quit,
        }
        action = actions.get(key.lower())
        if action is not None:
            action()

    def _next(self) -> None:
        progress = self.workspace.progress_file.load()
        following = self.workspace.next_kata(self.kata, progress)
        if self.kata.name not in progress.passed:
            self.say(f"{self.kata.name} has not passed yet. h opens a hint, l goes to another kata.")
        elif following is None:
            self.say(f"Every kata has passed. Keep in shape with: {own_name()} practice")
        else:
            self.go_to(following)

    def _turn(self, lines: int) -> None:
        self.page.move(lines)
        self.draw()

    def _ask(self) -> None:
        """Check now, and show the verdict on an untouched file too."""
        self.is_asked, self.note = True, ""
        self.check()

    def _task(self) -> None:
        self._open(views.markdown(self.kata.statement))

    def _hint(self) -> None:
        had = self.workspace.progress_file.load().hints.get(self.kata.name, 0)
        count = self.workspace.open_hint(self.kata)
        failed = last_failed(self.workspace.history, self.kata)
        self._open(views.hints(self.workspace.course, self.kata, count, failed), is_end=True)
        if had >= count:
            self.say(views.no_more_hints(self.kata))

    def _nudge(self) -> None:
        """Do the nudge test at the node to fix, or to fill in, first."""
        self.say(report_first(self.workspace, self.kata, None if self.verdict is None else self.verdict.comparison))

    def _list(self) -> None:
        self.picker = Picker(self.workspace, self.kata, self._put_back)
        self.draw()

    def _pick(self, picker: Picker, key: str) -> None:
        picker.press(key)
        if picker.chosen is not None:
            self.go_to(picker.chosen)
            return
        if picker.is_over:
            self.picker = None
        self.draw()

    def _solution(self) -> None:
        if not self.kata.has_solution:
            self.say(self.kata.no_solution)
            return
        if self.kata.name not in self.workspace.progress_file.load().passed:
            name = self.kata.name
            self.say(f"The solution opens once {name} passes; before that: {own_name()} solution {name} --peek")
            return
        text = self.kata.solution.read_text(encoding="utf-8")
        self._open([Text("Another way, for comparison", style="bold"), *(Text(line) for line in text.splitlines())])

    def _reset(self) -> None:
        kept = self._put_back(self.kata)
        self.say(
            f"Back at the start. Your version: {self.workspace.show_path(kept)}; z takes it back."
            if kept
            else "It is at the start."
        )

    def _put_back(self, kata: Kata) -> Path | None:
        """Reset a kata without counting it as a save of the learner's."""
        kept = self.workspace.reset(kata)
        self._saves.pass_over(kata)
        if kata == self.kata:
            self.check()
        return kept

    def _undo(self) -> None:
        """Take back the last reset of the kata, where nothing has been written since."""
        back = self.workspace.undo_reset(self.kata)
        if back is None:
            self.say("There is no reset of this kata to undo: its file was changed since, or never reset.")
            return
        self._saves.pass_over(self.kata)
        self.check()
        self.say(f"Your version is back, from {self.workspace.show_path(back)}.")

    def _keys(self) -> None:
        self._is_at_keys = True
        self.draw()

    def _edit(self) -> None:
        """Open the kata's file in the learner's editor, which has the terminal meanwhile, or else in the browser."""
        path = self.workspace.answer(self.kata)
        command = editor()
        if command:
            with lend_terminal():
                edit(command, path)
            self.look()
            self.draw()
            return
        try:
            editor_page = self._show_in_browser(path)
        except OSError as error:
            self.say(f"{error} Open {self.workspace.show_path(path)}")
            return
        is_open = open_outside(editor_page.address_to_open())
        self.say(
            "In the browser: Ctrl-S saves there, and it is checked here."
            if is_open
            else f"No editor is set ({advise_editor()} sets one). In a browser:\n{editor_page.address}"
        )

    def _show_in_browser(self, path: Path) -> BrowserEditor:
        from .browser_editor import BrowserEditor  # a session without it starts sooner

        if self._editor is None:
            self._editor = BrowserEditor(self._describe_verdict, self.workspace.folder / MARK)
            self._editor.run_beside()
        self._editor.show(path, self.workspace.show_path(path))
        return self._editor

    def _describe_verdict(self) -> str:
        """Return the last verdict as plain text."""
        found = self.verdict
        if found is None or self._is_on_arrival():
            return ""
        return "\n".join(line.plain for line in views.verdict(self.workspace, self.kata, found, views.WIDEST))

    def _graph(self) -> None:
        """Open the sheet of the kata's graph with the last check's numbers; say where if no browser opens."""
        failed = None if self.verdict is None or self._is_on_arrival() else self.verdict.comparison
        try:
            address = self._sheet.show(self.kata, failed)
            is_open = open_outside(self._sheet.address_to_open())
            picture = None if is_open else self._picture()
        except (HandgradError, OSError) as error:
            self.say(views.no_picture(self.kata) if isinstance(error, NoGraphError) else str(error))
            return
        self.say(views.describe_sheet_address(address, picture, is_open=is_open))

    def _picture(self) -> Path | None:
        """Return the picture of the graph, drawn anew if nothing is filled in; None for none."""
        picture = self.workspace.picture(self.kata)
        if self._is_on_arrival():
            viz.save(kata_graph(self.kata), picture)
        return picture if picture.is_file() else None

    def _quit(self) -> None:
        self.is_over = True

    def say(self, text: str) -> None:
        """Show a sentence above the keys."""
        self.note = text
        self.draw()

    def _open(self, lines: list[Text], *, is_end: bool = False) -> None:
        """Show lines under the verdict, from their start on, or their end."""
        self.below, self.note = lines, ""
        self.page.show_part(len(self._body()) - len(lines), is_end=is_end)
        self.draw()

    def draw(self) -> None:
        """Draw the whole screen in one piece, so that it does not flicker."""
        out = self.out = views.console()
        with out.capture() as captured:
            out.clear()
            if self._is_at_keys:
                lines = views.key_list()
            elif self.picker is None:
                lines = self.page.lines(out, self._head(), self._body(), self._foot())
            else:
                lines = self.picker.lines(out)
            for line in lines:
                out.print(line)
        out.file.write(captured.get())
        out.file.flush()

    def _head(self) -> list[Text]:
        kata = self.kata
        place = kata.file_place
        line = views.describe_first_step(kata, place) if self._is_on_arrival() else Text(place, style="dim")
        task = views.task(kata) if self._is_on_arrival() else []
        return [views.heading(kata, self.workspace.course), line, *task, Text()]

    def _body(self) -> list[Text]:
        progress, kata = self.workspace.progress_file.load(), self.kata
        gone = self._describe_missing_file()
        if gone:
            lines = [Text(gone, style="bold red")]
        elif self._is_on_arrival():
            lines = views.arrival(self.workspace.course, progress, kata)
        elif self.verdict is None:
            lines = [Text("Checking ...", style="dim")]
        else:
            lines = views.verdict(self.workspace, kata, self.verdict, self.out.width)
            if self.verdict.ok:
                way = f"s: another way, for comparison (solutions/{kata.file_name}). " if kata.has_solution else ""
                lines.append(Text(f"{way}n goes on."))
        return [*lines, Text(), *self.below] if self.below else lines

    def _foot(self) -> list[Text]:
        progress, katas = self.workspace.progress_file.load(), self.workspace.course.katas
        done = sum(kata.name in progress.passed for kata in katas)
        bar = views.progress_bar(done, len(katas), self.out.width, encoding=self.out.encoding)
        return [*([Text(self.note, style="yellow")] if self.note else []), bar, views.keys()]

    def _describe_missing_file(self) -> str:
        """Return what to do if the kata's file is gone; "" if it is there."""
        try:
            self.workspace.answer(self.kata)
        except HandgradError as error:
            return str(error)
        return ""

    def _is_on_arrival(self) -> bool:
        """Return whether the statement is shown in place of the verdict."""
        return self._is_untouched() and not self.is_asked

    def _is_untouched(self) -> bool:
        try:
            return self.workspace.answer(self.kata).read_bytes() == self.kata.stub.read_bytes()
        except (HandgradError, OSError):
            return False
