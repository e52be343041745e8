"""What a sheet answers: one function a kind of message, and a table of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from handgrad.number import one_line, show

from . import page, touch
from .expression import ExpressionError, evaluate
from .graph import geometry
from .hints import hints
from .notation import TIMES, bracket
from .requests import Message, RefusedError, asked_node, read_index, text_of
from .sendable import make_sendable, number
from .walk import show_factors

if TYPE_CHECKING:
    from handgrad.verdict.result import Term

    from .sheet import Sheet


def answer(sheet: Sheet, message: Any) -> Message:
    """Return the reply to a message.

    Raises:
        RefusedError: it is no message, or asks for something there is not.
        StaleGraphError, DomainError, ByHandError: as for `compare`.
    """
    do = message.get("do") if isinstance(message, dict) else None
    found = ANSWERS.get(do) if isinstance(do, str) else None
    if found is None:
        raise RefusedError(f"a message is an object with one of these under 'do': {', '.join(ANSWERS)}.")
    return found(sheet, message)


def _open(sheet: Sheet, message: Message) -> Message:
    sheet.lay_out()
    drawn = sheet.narrow if message.get("narrow") is True else sheet.drawn
    return {
        "type": "sheet",
        "mode": sheet.mode,
        "title": sheet.heading,
        "tasks": sheet.tasks,
        "note": sheet.note,
        "root": sheet.drawn.ids[sheet.root],
        **geometry(drawn, sheet.marks.asked),
        "html": page.content(sheet, drawn),
    }


def _fill(sheet: Sheet, message: Message) -> Message:
    node = asked_node(sheet, message)
    text, before = text_of(message), sheet.state
    try:
        sheet.marks.write(node, text)
    except ExpressionError as error:
        said = str(error)
        if error.is_too_large:
            said += f" In a file it is {sheet.words.name(node)}.grad = {one_line(text.strip())}"
        return {"type": "typo", "node": sheet.drawn.ids[node], "message": said}
    sheet.record(before)
    reply = {"type": "verdict", "node": sheet.drawn.ids[node], **sheet.present(node)}
    seen = message.get("version")
    is_of_other_data = isinstance(seen, int) and seen < sheet.marks.data_version
    if reply["verdict"][reply["node"]]["status"] == "wrong" and is_of_other_data:
        reply["say"] += f" {_MOVED}"
    return reply


def _restore(sheet: Sheet, message: Message) -> Message:
    """Restore what a page shows in a program that was started again, or what a link holds."""
    texts, data = message.get("texts"), message.get("data", {})
    if not isinstance(texts, dict):
        raise RefusedError("restore takes texts, an object of what was typed by node.")
    if not isinstance(data, dict):
        raise RefusedError("restore takes data, an object of the leaves' numbers by node.")
    sheet.restore(message)
    return {"type": "verdict"}


def _state(sheet: Sheet, message: Message) -> Message:
    sheet.marks.note_changes()
    is_known = message.get("version") == sheet.version and message.get("key") == sheet.key
    return {"type": "same" if is_known else "verdict"}


def _judge(sheet: Sheet, message: Message) -> Message:
    when = message.get("when")
    if when not in ("at once", "on demand"):
        raise RefusedError("judge takes when: 'at once' or 'on demand'.")
    sheet.marks.judge(at_once=when == "at once")
    return {"type": "verdict"}


def _check(sheet: Sheet, message: Message) -> Message:
    sheet.marks.check()
    reply = {"type": "verdict", **sheet.present()}
    return {**reply, "say": reply["summary"]}


def _steps(sheet: Sheet, message: Message) -> Message:
    start = {
        "operand": sheet.drawn.ids[sheet.root],
        "sum": 1.0,
        "say": sheet.words.start(),
        "shown": {"sum": "1"},
        "scale": sheet.walk.scale,
    }
    steps = [sheet.walk.reveal(place) for place in range(len(sheet.walk.steps))]
    return {"type": "steps", "start": start, "steps": steps, "end": sheet.walk.end}


def _plan(sheet: Sheet, message: Message) -> Message:
    """Return the steps without their numbers, for who is to predict them."""
    steps = [{**sheet.walk.edge(step), "of": len(sheet.walk.steps)} for step in sheet.walk.steps]
    return {"type": "plan", "steps": steps, "say": sheet.words.start(), "end": sheet.walk.end}


def _ask(sheet: Sheet, message: Message) -> Message:
    place = _step_place(sheet, message)
    step = sheet.walk.steps[place]
    upstream = sheet.walk.names_for_guess(step).upstream(step.consumer)
    question = sheet.words.question(step, upstream)
    heading = f"Step {place + 1} of {len(sheet.walk.steps)}"
    return {"type": "question", "step": place, **sheet.walk.edge(step), "heading": heading, "message": question}


def _predict(sheet: Sheet, message: Message) -> Message:
    place = _step_place(sheet, message)
    step, text = sheet.walk.steps[place], text_of(message)
    try:
        if not text.strip():
            raise ExpressionError("Nothing is typed yet.")
        guess = evaluate(text, sheet.walk.names_for_guess(step))
        is_right, slip = sheet.walk.judge(step, guess)
    except ExpressionError as error:
        return {"type": "typo", "step": place, "message": str(error)}
    reply: Message = {"type": "predicted", "step": place, "right": is_right, "slip": slip}
    if is_right:
        return {**reply, "say": f"Right. {sheet.words.describe(step)}", "told": sheet.walk.reveal(place)}
    return {**reply, "say": f"Not yet. {slip}"}


def _show(sheet: Sheet, message: Message) -> Message:
    place = _step_place(sheet, message)
    return {
        "type": "step",
        "step": place,
        "say": sheet.words.describe(sheet.walk.steps[place]),
        "told": sheet.walk.reveal(place),
    }


def _hint(sheet: Sheet, message: Message) -> Message:
    node = asked_node(sheet, message)
    found = hints(node, sheet.drawn.uses(node), sheet.words)
    level = sheet.hints_open[node] = min(sheet.hints_open.get(node, 0) + 1, len(found))
    result = sheet.marks.compare_again()[node] if sheet.marks.is_at_once else None
    slip = [] if result is None or result.slip is None else [result.slip.message]
    return {
        "type": "hint",
        "node": sheet.drawn.ids[node],
        "level": level,
        "of": len(found),
        "message": found[level - 1],
        "hints": slip + found[:level],
    }


def _reveal(sheet: Sheet, message: Message) -> Message:
    node = asked_node(sheet, message)
    expected = sheet.marks.compare_again()[node].expected
    name = sheet.words.name(node)
    reply = {"type": "reveal", "node": sheet.drawn.ids[node]}
    if node.shape:
        whole = make_sendable(expected)
        said = f"{name}.grad has shape {node.shape}" + (f": {_shorten(whole)}." if whole else "; too large to show.")
        line = f"from handgrad import gradients; gradients({sheet.words.name(sheet.root)})[{name}]"
        return {**reply, "expected": whole, "message": f"{said} In Python: {line}"}
    into = [step for step in sheet.walk.steps if step.operand is node]
    terms = " + ".join(show_factors(step) for step in into[:6]) if not any(s.is_of_arrays for s in into) else ""
    more = " + ..." if len(into) > 6 else ""
    sum_ = f" = {terms}{more}" if terms else ""
    return {**reply, "expected": number(expected), "message": f"{name}.grad{sum_} = {show(expected)}"}


def _show_entry(sheet: Sheet, message: Message) -> Message:
    """Return one entry of an array as numbers, with the terms of its gradient but never their sum."""
    node, text = asked_node(sheet, message), message.get("at")
    name, at = sheet.words.name(node), read_index(text)
    if at is None:
        first = ", ".join("0" for _ in node.shape) or "none: it is a number"
        raise RefusedError(f"an entry of {name} is given by whole numbers, such as {first}.")
    try:
        entry: Any = sheet.marks.compare_again()[node][at]  # type: ignore[index]
    except (IndexError, TypeError):
        raise RefusedError(f"{name} has shape {node.shape}, and no entry [{text}].") from None
    status = "typed" if not sheet.marks.is_at_once and node.grad is not None else entry.status.value
    terms = entry.terms
    told = [_term(sheet, term) for term in terms[:MOST_TERMS]]
    more = f"; and {len(terms) - MOST_TERMS:,} more" if len(terms) > MOST_TERMS else ""
    sum_ = f" It is the sum of: {'; '.join(told)}{more}." if told else ""
    said = f"{_entry_name(name, entry.index)}: data {show(entry.data)}, gradient {show(entry.actual)}, {status}.{sum_}"
    reply = {"type": "entry", "node": sheet.drawn.ids[node], "at": list(entry.index), "message": said}
    return {**reply, "entry": {"data": number(entry.data), "grad": entry.actual, "status": status}}


def _term(sheet: Sheet, term: Term) -> str:
    """Return one contribution to an entry, its upstream gradient only if that is filled in."""
    upstream = f"{_entry_name(sheet.words.name(term.consumer), term.at)}.grad"
    said = f"{upstream} {TIMES} {show(term.local)}"
    return said if term.consumer.grad is None else f"{said}, with {upstream} = {show(term.upstream)}"


def _reset(sheet: Sheet, message: Message) -> Message:
    before = sheet.state
    sheet.marks.empty()
    sheet.set_leaves()
    sheet.walk.forget()
    sheet.hints_open.clear()
    sheet.record(before)
    return {"type": "verdict", "node": None, "say": "Everything is empty again."}


def _step_place(sheet: Sheet, message: Message) -> int:
    place = message.get("step")
    if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < len(sheet.walk.steps):
        raise RefusedError(f"step is a whole number from 0 to {len(sheet.walk.steps) - 1}.")
    return place


def _shorten(whole: Any) -> str:
    text = repr(whole)
    return text if len(text) <= 200 else f"{text[:197]}..."


_MOVED = "The data changed elsewhere before you typed this: look at it again."

MOST_TERMS = 6
"""An entry's gradient may be the sum of thousands."""


def _entry_name(name: str, index: tuple[int, ...]) -> str:
    """Return the name of an entry; of a number the index is ()."""
    return f"{bracket(name)}[{', '.join(map(str, index))}]" if index else bracket(name)


ANSWERS: dict[str, Callable[[Sheet, Message], Message]] = {
    "open": _open,
    "fill": _fill,
    "restore": _restore,
    "state": _state,
    "judge": _judge,
    "check": _check,
    "steps": _steps,
    "plan": _plan,
    "ask": _ask,
    "predict": _predict,
    "show": _show,
    "hint": _hint,
    "reveal": _reveal,
    "entry": _show_entry,
    "reset": _reset,
    **touch.ANSWERS,
}
