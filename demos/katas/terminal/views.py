"""How the runner looks: every text it prints about katas, as lines for a terminal of 40 to 80 columns.

Colour only adds to the words, so that nothing is lost without it.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ...invocation import own_name
from ...printable import printable
from ..course import Course, Kata
from ..hinting import find_passage
from ..judging.headline import headline
from ..judging.message_lines import Line
from ..judging.verdict import Verdict
from ..keys import KEYS
from ..memory.history import Attempt
from ..workspace.progress import Progress
from ..workspace.workspace import Workspace

NARROWEST, WIDEST = 40, 80
FOOT = (
    "e edit", "n next", "h hint", "u nudge", "l list", "s solution", "o graph", "? keys", "q quit",
)  # fmt: skip
"""The keys for which there is room at the foot of the screen; `?` shows all."""
NOTE, NOTE_GOES_ON = "    ^ ", "      "
STYLES = {"title": "dim", "wrong": "red", "note": "yellow", "advice": "yellow", "folded": "dim", "summary": "bold"}
"""Of whole lines, by their kind."""
WORD_STYLES = {"wrong": "bold red", "carried": "red", "missing": "dim", "correct": "green"}
"""Of the word in which the row of a table ends."""


def console() -> Console:
    """Return where to print: as wide as the terminal, within limits."""
    found = Console(highlight=False, markup=False, emoji=False)
    width = max(NARROWEST, min(found.width, WIDEST))
    return Console(highlight=False, markup=False, emoji=False, width=width)


def heading(kata: Kata, course: Course) -> Text:
    """Return what a screen about one kata starts with."""
    place = course.katas.index(kata) + 1
    line = Text()
    line.append(kata.name, style="bold")
    line.append(f"  {kata.title}")
    line.append(f"  ({kata.belt}, {place} of {len(course.katas)})", style="dim")
    return line


WELCOME = (
    "Welcome. You fill in the gradients, and with every save the check here says which are right, and what went wrong "
    "with the others. h opens a hint, e your editor. A kata takes a few minutes."
)


def arrival(course: Course, progress: Progress, kata: Kata) -> list[Text]:
    """Return what is shown in place of the verdict before the learner has written anything.

    The first kata of a belt begins with what the belt is about, the first of all with a welcome.
    """
    lines = []
    if kata == course.katas[0] and not progress.passed:
        lines += [Text(WELCOME, style="green"), Text()]
    readme = course.readmes.get(kata.belt)
    if readme is not None and kata == course.belts[kata.belt][0]:
        where = f"{kata.place.rpartition('/')[0]}/{readme.name}"
        lines += [_inline(f"**{_title(readme)}.** {_first_paragraph(readme)} More: `{where}`"), Text()]
    return [*lines, *markdown(_DO.sub("", kata.statement.partition("\n")[2]).strip("\n"))]


_DO = re.compile(r"(?ms)^\*\*Do:\*\*.*?(?:\n\n|\Z)")
"""The paragraph of a statement that says what to write."""


def task(kata: Kata) -> list[Text]:
    """Return the paragraph that says what to write, for the first screen."""
    found = _DO.search(kata.statement)
    return markdown(found[0].strip()) if found else []


def key_list() -> list[Text]:
    """Return the keys of a session as a screen of their own."""
    widest = max(len(name) for name, _ in KEYS)
    rows = [
        Text(f"{name:<{widest}}", style="bold") + Text(f"  {what.replace('`', '')}", style="not bold")
        for name, what in KEYS
    ]
    return [Text("Keys", style="bold"), Text(), *rows, Text(), Text("? or esc goes back", style="dim")]


def _title(file: Path) -> str:
    return file.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")


def _first_paragraph(file: Path) -> str:
    """Return the paragraph after the title, in one line."""
    text = file.read_text(encoding="utf-8").partition("\n")[2]
    return " ".join(text.strip().partition("\n\n")[0].split())


def describe_first_step(kata: Kata, place: str) -> Text:
    """Return what to do with a kata that is as it was handed out."""
    line = Text(f"Edit {place} and save it.", style="bold")
    if has_graph(kata):
        line.append("   o: graph", style="dim")
    line.append("   enter: check", style="dim")
    return line


def has_graph(kata: Kata) -> bool:
    """Return whether its tests compare gradients, so that there is a graph to draw."""
    return "check_gradients(" in kata.test.read_text(encoding="utf-8")


def no_picture(kata: Kata) -> str:
    return f"{kata.name} has no graph to draw: its tests do not ask for the gradients of one."


def describe_sheet_address(address: str, picture: Path | None, *, is_open: bool) -> str:
    """Return what to say once the sheet is served; with a picture if no browser opens."""
    if is_open:
        return f"In the browser: {address}"
    return f"On the graph: {address}" + (f"\nThe picture: {picture}" if picture is not None else "")


def no_more_hints(kata: Kata) -> str:
    way = f" One possible way: {own_name()} solution {kata.name} --peek" if kata.has_solution else ""
    return f"There are no more hints.{way}"


def verdict(workspace: Workspace, kata: Kata, found: Verdict, width: int) -> list[Text]:
    """Return a verdict, without what to do next."""
    if found.ok:
        word, colon, rest = headline(found).partition(":")
        lines = [Text(word, style="bold green") + Text(f"{colon}{rest}", style="green")]
        if found.note:
            lines += [Text(), Text(found.note)]
        if found.picture is not None:
            lines += [Text(), Text(f"The picture, all green: {workspace.show_path(found.picture)}", style="dim")]
        return lines
    lines = [Text(headline(found), style="bold green" if found.is_right_so_far else "bold red"), Text()]
    if found.note:  # what is lost on the way, before what is missing for it
        lines += [Text(found.note, style="yellow"), Text()]
    lines += message(found.lines, width)
    if found.output.strip():
        printed = printable(found.output.rstrip()).splitlines()
        lines += [Text(), Text("It printed:", style="dim")]
        if len(printed) > 8:
            lines.append(Text("    ..."))
        lines += [Text(f"    {line}") for line in printed[-8:]]
    if found.picture is not None:
        lines += [Text(), Text(f"The picture: {workspace.show_path(found.picture)}", style="dim")]
    return lines


def message(lines: Iterable[Line], width: int) -> list[Text]:
    """Return a failure's message, with the notes of a table wrapped to the width."""
    return [shown for line in lines for shown in _render_line(line, width)]


def _render_line(line: Line, width: int) -> list[Text]:
    style, line = STYLES.get(line.kind, ""), line._replace(text=printable(line.text))
    if line.kind == "note":
        wrapped = textwrap.wrap(NOTE + line.text, width - 1, subsequent_indent=NOTE_GOES_ON)
        return [Text(part, style=style) for part in wrapped]
    if line.kind == "advice":
        parts = [
            textwrap.wrap(part, width - 1, initial_indent="  ", subsequent_indent="  ")
            for part in line.text.split("\n")
        ]
        return [Text(part, style=style) for wrapped in parts for part in wrapped]
    text = Text(line.text, style=style)
    if line.word:
        text.stylize(WORD_STYLES.get(line.kind, ""), len(line.text) - len(line.word))
    return [text]


def markdown(text: str) -> list[Text]:
    """Return the little Markdown of katas as paragraphs."""
    lines: list[Text] = []
    paragraph: list[str] = []
    is_code = False

    def close() -> None:
        if paragraph:
            lines.append(_inline(" ".join(paragraph)))
            paragraph.clear()

    for line in text.splitlines():
        if line.startswith("```"):
            close()
            is_code = not is_code
        elif is_code or line.startswith("    "):
            close()
            lines.append(Text("    " * is_code + line, style="cyan"))
        elif line.startswith("#"):
            close()
            lines.append(Text(line.lstrip("#").strip(), style="bold"))
        elif line.startswith(("|", ">")) or not line.strip():
            close()
            lines.append(_inline(line))
        elif re.match(r" *([-*]|\d+\.) ", line):
            close()
            paragraph.append(line)
        else:
            paragraph.append(line.strip())
    close()
    return lines


def _inline(line: str) -> Text:
    shown = Text()
    for part in re.split(r"(`[^`]+`|\*\*[^*]+\*\*)", line):
        if part.startswith("`"):
            shown.append(part[1:-1], style="cyan")
        elif part.startswith("**"):
            shown.append(part[2:-2], style="bold")
        else:
            shown.append(re.sub(r"(?<![\w*])\*([^*\s][^*]*)\*(?!\w)", r"\1", part))
    return shown


def keys() -> Text:
    """Return the keys of a session, in one line."""
    line = Text()
    for key in FOOT:
        letter, word = key.split(" ", 1)
        line.append(letter, style="bold")
        line.append(f" {word}  ", style="dim")
    line.rstrip()
    return line


def hints(course: Course, kata: Kata, count: int, failed: Attempt | None = None) -> list[Text]:
    """Return the first `count` hints, the newest last and the older ones dim; before them what a failed check found."""
    lines = [] if failed is None else _describe_failure(course, kata, failed)
    for number, hint in enumerate(kata.hints[:count], start=1):
        is_old = number < min(count, len(kata.hints))
        lines.append(Text(f"Hint {number} of {len(kata.hints)}", style="dim" if is_old else "bold yellow"))
        lines += [Text(line.plain, style="dim") if is_old else line for line in markdown(hint)]
        lines.append(Text())
    return lines[:-1]


def _describe_failure(course: Course, kata: Kata, failed: Attempt) -> list[Text]:
    """Return what a check found, and where a text speaks of it."""
    if not failed.why:
        return []
    lines = [Text("Your last check", style="bold yellow"), Text(printable(failed.why)), Text()]
    found = find_passage(course, kata, failed)
    if found is not None:
        where = "The task speaks of it" if found[0] == kata else f"The kata {found[0].name} speaks of it"
        lines += [Text(where, style="bold yellow"), *markdown(found[1]), Text()]
    return lines


def progress_bar(done: int, total: int, width: int, *, encoding: str = "utf-8") -> Text:
    """Return how much of the course has passed."""
    full, empty = ("━", "─") if encoding.lower().startswith("utf") else ("#", "-")
    count = f"  {done} of {total}"
    room = max(10, width - len(count))
    filled = round(room * done / total)
    if done:
        filled = max(1, filled)
    bar = Text(full * filled, style="green")
    bar.append(empty * (room - filled), style="dim")
    bar.append(count)
    return bar


def listing(course: Course, progress: Progress, katas: Iterable[Kata], current: Kata | None, width: int) -> list[Text]:
    """Return katas as a table, one line each, under their belts."""
    lines: list[Text] = []
    belt = ""
    for kata in katas:
        if kata.belt != belt:
            belt = kata.belt
            if lines:
                lines.append(Text())
            of_belt = course.belts[belt]
            passed = sum(k.name in progress.passed for k in of_belt)
            title = Text(belt, style="bold")
            title.append(f"  {passed} of {len(of_belt)}", style="dim")
            lines.append(title)
        lines.append(row(course, progress, kata, is_current=kata == current, width=width))
    return lines


def row(course: Course, progress: Progress, kata: Kata, *, is_current: bool, width: int) -> Text:
    """Return one kata in one line: pointer, number, name, title, whether passed, or how many parts of it were right."""
    is_done, parts = kata.name in progress.passed, progress.parts.get(kata.name, 0)
    word = "passed" if is_done else f"{parts} part{'s' if parts > 1 else ''}" if parts else ""
    line = Text(" > " if is_current else "   ", style="bold yellow")
    line.append(f"{course.katas.index(kata) + 1:2}  ", style="dim")
    line.append(f"{kata.name:<20} ", style="bold" if is_current else "")
    room = max(3, width - line.cell_len - 9)
    title = kata.title if len(kata.title) <= room else kata.title[: room - 3].rstrip() + "..."
    line.append(f"{title:<{room}}  " if word else title)
    line.append(word, style="green" if is_done else "dim")
    line.truncate(width)
    return line
