"""All that the page asks, answered: sheets by their own messages, and what there is about katas.

A page sends messages and shows the replies; both are plain dicts that JSON can hold. It may run in any interpreter: in
the page's own, and in a test.
"""

from __future__ import annotations

import ast
import json
import random
from collections.abc import Callable
from typing import Any

from handgrad import HandgradError
from handgrad.number import one_line
from handgrad.viz.sheet import Sheet
from handgrad.viz.sheet.fault import fault
from handgrad.viz.sheet.layout import Layout
from handgrad.viz.sheet.sendable import to_json

from ...katas.course import Course
from ...katas.workspace import carrying
from ...katas.wrong import wrong_answers
from ...usage import count_of
from .challenge import break_one
from .graphs import FRONT, MISTAKE, target
from .numbers import floats
from .program import program

Message = dict[str, Any]

FIRST = "lecture"
"""The sheet that a message means which names none, until one is opened."""

BROKEN = ("challenge/", "day/")
"""How the keys of sheets begin on which one gradient is wrong."""

MOST_SHEETS = 12
"""So many are kept, the ones used last."""


class RefusedError(HandgradError):
    """A message that asks for something there is not."""


class Session:
    """What one page is told.

    Args:
        course: its katas.
        layout: DOT -> Graphviz's plain format.
        renderer: DOT -> SVG, where the pictures' own renderer is not there.
        given: the key of the sheet that is meant where a message names none.

    Examples:
        >>> from handgrad.viz.sheet.layout import lay_out_with_graphviz
        >>> session = Session(Course(), lay_out_with_graphviz)
        >>> session.handle({"do": "fill", "node": "d", "text": "2"})["verdict"]["d"]["status"]
        'wrong'
        >>> session.handle({"do": "program", "text": "L = a*b"})["leaves"]
        {'a': 2.0, 'b': -3.0}
    """

    def __init__(self, course: Course, layout: Layout, given: str = FIRST, *, renderer: Layout | None = None) -> None:
        self.course = course
        self._layout, self._renderer, self._given = layout, renderer, given
        self._sheets: dict[str, Sheet] = {}

    def handle(self, message: Any) -> Message:
        """Answer one message. It raises nothing, whatever JSON value the message is.

        Its kind stands under "do": those of `ANSWERS`, or a sheet's own, for the sheet whose key stands under "sheet".
        """
        try:
            if not isinstance(message, dict):
                raise RefusedError("a message is an object with its kind under 'do'.")
            do = message.get("do")
            if isinstance(do, str) and do in ANSWERS:
                return ANSWERS[do](self, message)
            return self._sheet(message).handle(message)
        except HandgradError as error:
            return {"type": "error", "message": one_line(str(error))}
        except Exception as error:  # ours: what an answer raises is caught where it runs
            return fault(error)

    def answer(self, text: str) -> str:
        """Return the same with JSON for the message and the reply."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return json.dumps({"type": "error", "message": "a message is JSON."})
        return to_json(self.handle(message))

    def _sheet(self, message: Message) -> Sheet:
        key = message.get("sheet", self._given)
        if not isinstance(key, str):
            raise RefusedError("sheet is the key of one, such as 'lecture' or 'kata/diamond'.")
        failed = _read_comparison(message.get("filled")) if message.get("do") == "open" else None
        if key not in self._sheets or failed is not None:
            chosen = target(key, self.course, failed)
            mode = message.get("mode")
            made = self._sheets[key] = Sheet(
                chosen.graph,
                layout=self._layout,
                renderer=self._renderer,
                title=chosen.title,
                mode=mode if isinstance(mode, str) else "fill",
                counts_hints=key.startswith("kata/"),
                more=chosen.more,
            )
            if key == FRONT:
                made.begin_with(MISTAKE)
            elif key.startswith(BROKEN):
                break_one(made, random.Random(key))
            if failed is not None:
                made.marks.begin_empty()
        sheet = self._sheets.pop(key)
        self._sheets[key] = sheet
        while len(self._sheets) > MOST_SHEETS:
            del self._sheets[next(iter(self._sheets))]
        if message.get("do") == "open":
            sheet.lay_out()
        return sheet


def _read_comparison(filled: Any) -> Message | None:
    """Return what a verdict says is filled in, as a comparison; None for nothing.

    Raises:
        RefusedError: it is something else.
    """
    if filled is None or filled == []:
        return None
    if not isinstance(filled, list) or not all(
        isinstance(node, dict) and {"name", "data", "actual"} <= node.keys() for node in filled
    ):
        raise RefusedError("filled is a list, as a verdict holds it.")
    return {"nodes": [{**node, "data": floats(node["data"]), "actual": floats(node["actual"])} for node in filled]}


def _judge(session: Session, message: Message) -> Message:
    from .judged import verdict_on  # pytest comes with it

    passed = message.get("passed", [])
    names = frozenset(filter(lambda name: isinstance(name, str), passed)) if isinstance(passed, list) else frozenset()
    kata, upto = session.course[_text(message, "kata")], _text({"upto": "", **message}, "upto")
    return verdict_on(session.course, kata, _text(message, "text"), names, upto)


def _check(session: Session, message: Message) -> Message:
    """Return the verdict on a backward pass that was pasted."""
    from .pasted import verdict_on  # NumPy comes with it

    return verdict_on(_text(message, "text"))


def _report_end(session: Session, message: Message) -> Message:
    """Return the verdict on an answer whose interpreter had to be ended."""
    from .judged import ENDINGS, verdict_without

    how = _text(message, "how")
    if how not in ENDINGS:
        raise RefusedError(f"how is one of these: {', '.join(ENDINGS)}.")
    return verdict_without(session.course[_text(message, "kata")], _text(message, "text"), how)


def _solution(session: Session, message: Message) -> Message:
    kata = session.course[_text(message, "kata")]
    passed = message.get("passed")
    if not isinstance(passed, list) or kata.name not in passed:
        raise RefusedError(f"{kata.name} has not passed yet.")
    if not kata.has_solution:
        raise RefusedError(kata.no_solution)
    return {"type": "solution", "kata": kata.name, "text": kata.solution.read_text(encoding="utf-8")}


def _slips(session: Session, message: Message) -> Message:
    """Return the kata's typical wrong answers, without the solution's comments."""
    kata = session.course[_text(message, "kata")]
    if not kata.has_solution:
        raise RefusedError(kata.no_solution)
    programs = [ast.unparse(ast.parse(answer.text)) + "\n" for answer in wrong_answers(kata)]
    return {"type": "slips", "kata": kata.name, "programs": programs}


def _program(session: Session, message: Message) -> Message:
    """Return a program with a number for each name, and the key of its sheet."""
    made = program(_text(message, "text"))
    reply = {"type": "program", "text": made.text, "leaves": made.leaves, "root": made.root.label}
    return {**reply, "sheet": f"own/{made.text}"}


def _paper(session: Session, message: Message) -> Message:
    """Return a derivation as far as it is, with what is said of the line that is typed, or one that is shown."""
    from ...katas.drills.paper import Paper  # NumPy comes with it

    paper, typed = Paper(session.course[_text(message, "kata")], session.course), message.get("typed", [])
    if not isinstance(typed, list) or not all(isinstance(line, str) for line in typed):
        raise RefusedError("typed is a list of lines.")
    for line in typed:
        paper.judge(line)
    said, is_right = "", True
    if message.get("shows") is True:
        said = paper.show_next()
        typed = [*typed, paper.lines[-1]]
    elif "text" in message:
        is_right, said = paper.judge(_text(message, "text"))
        typed = [*typed, message["text"]] if is_right else typed
    return {
        "type": "paper",
        "target": paper.target,
        "known": paper.known,
        "goal": paper.goal,
        "lines": paper.lines,
        "typed": typed,
        "said": said,
        "ok": is_right,
        "done": paper.is_done,
    }


def _import(session: Session, message: Message) -> Message:
    """Join the progress in the page with that in a file."""
    here = carrying.read(_text(message, "record").encode("utf-8", errors="replace"))
    other = carrying.read(_text(message, "text").encode("utf-8", errors="replace"))
    katas = count_of(len(other.progress.passed), "kata")
    return {
        "type": "record",
        "record": carrying.write(here.join(other)).decode("utf-8"),
        "message": f"Imported: {katas} passed, {len(other.answers)} of your answers.",
    }


def _text(message: Message, name: str) -> str:
    text = message.get(name)
    if not isinstance(text, str):
        raise RefusedError(f"{name} is a text.")
    return text


ANSWERS: dict[str, Callable[[Session, Message], Message]] = {
    "judge": _judge,
    "check": _check,
    "ended": _report_end,
    "solution": _solution,
    "slips": _slips,
    "program": _program,
    "paper": _paper,
    "import": _import,
}
