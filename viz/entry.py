"""One entry of an array as a picture: the entries computed from it, and what each passes back."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from handgrad import Comparison, Status, Value
from handgrad.errors import NotInGraphError
from handgrad.names import Names
from handgrad.number import show

from . import theme
from .arrays import strip_name
from .dot import draw_card, draw_disc, new_picture
from .errors import OptionError
from .focus import MOST_NEIGHBOURS
from .label import foot_label, judged_label, node_label, wrap
from .renderer import Picture
from .scene import checked_limit, checked_target, edges_not_added, titles_of
from .theme import Card

if TYPE_CHECKING:
    from handgrad.verdict.array_result import EntryResult
    from handgrad.verdict.result import Term

Place = tuple[Value, tuple[int, ...]]
"""An entry, as its array and index; of a number the index is ()."""


def requested_entry(around: Any) -> tuple[Value, Any] | None:
    """Return array and index if an entry is asked for: `comparison[w][0, 3]` or `(w, (0, 3))`."""
    array = getattr(around, "array", None)
    if array is not None and isinstance(getattr(array, "node", None), Value):
        return array.node, around.index
    if isinstance(around, tuple) and len(around) == 2 and isinstance(around[0], Value):
        return None if isinstance(around[1], Value) else around
    return None


def entry_picture(
    target: Value | Comparison, node: Value, index: Any, *, reveal: bool, rankdir: str, legend: bool, limit: int
) -> Picture:
    """Return the picture of an entry.

    An edge shows the local derivative times the gradient of what uses the entry, which is what should be added
    to the entry's gradient; of many the largest are drawn.

    Raises:
        TargetError, OptionError, NotInGraphError: see `viz.draw`.
    """
    root, comparison = checked_target(target)
    checked_limit(limit)
    entry = _checked_entry(root, comparison, node, index)
    assert comparison is not None
    drawn = new_picture(rankdir)
    present = {_draw_entry(drawn, "n0", entry, comparison, reveal, _note(entry))}
    terms = entry.terms
    by_size = sorted(range(len(terms)), key=lambda place: -abs(terms[place].contribution))
    shown = [terms[place] for place in sorted(by_size[: min(limit - 1, MOST_NEIGHBOURS)])]
    not_added = _consumers_left_out(entry, comparison)
    ids: dict[Place, int] = {}
    for term in shown:
        place = term.consumer, term.at
        if place not in ids:
            ids[place] = len(ids) + 1
            present.add(_draw_consumer(drawn, f"n{ids[place]}", term, comparison, reveal))
            assert term.consumer.op is not None
            draw_disc(drawn, f"o{ids[place]}", term.consumer.op)
            drawn.edge(f"o{ids[place]}", f"n{ids[place]}")
        label = f"{show(term.local)} \u00d7 {show(term.upstream)} = {show(term.contribution)}"
        lost = {"label": f"{label}, not added", **theme.NOT_ADDED}
        drawn.edge("n0", f"o{ids[place]}", **(lost if term.consumer in not_added else {"label": label}))
    keys = [card for card in theme.LEGEND if card in present] if legend else []
    foot = foot_label(keys, _sentence(entry, len(shown), len(terms), comparison.names[root], reveal, legend))
    if foot:
        drawn.attr("graph", label=foot)
    return drawn


def _checked_entry(root: Value, comparison: Comparison | None, node: Value, index: Any) -> EntryResult:
    names = Names(root) if comparison is None else comparison.names
    name, shape = names[node], node.shape
    if node not in set(names.order):
        raise NotInGraphError(name, names[root], "viz.draw(around=...)")
    if not shape:
        raise OptionError("around", (node, index), f"{name} alone, as it is a single number")
    if comparison is None or not comparison[node].shape:  # a graph, or a check of rules
        raise OptionError(
            "around", (node, index), "compare(loss) as the first argument with it: entries are judged there"
        )
    try:
        at = tuple(map(operator.index, index if isinstance(index, tuple) else (index,)))
    except TypeError:
        at = ()
    if len(at) != len(shape) or not all(-length <= i < length for i, length in zip(at, shape)):
        raise OptionError("around", (node, index), f"the index of one entry of {name}, whose shape is {shape}")
    found: EntryResult = comparison[node][at]  # type: ignore[index]
    return found


def _consumers_left_out(entry: EntryResult, comparison: Comparison) -> set[Value]:
    """Return the consumers that the array's slip says are left out."""
    edges = edges_not_added(entry.array)
    consumers = {consumer for consumer, _ in edges}
    uses = comparison.uses[entry.array.node]
    return {consumer for consumer in consumers if all(use in edges for use in uses if use[0] is consumer)}


def _note(entry: EntryResult) -> list[str]:
    """Return the slip of the array without its name, for an entry that is part of it."""
    slip = entry.array.slip
    if slip is None or entry.status is not Status.WRONG:
        return []
    return wrap(strip_name(slip.message, entry.array.name))


def _draw_entry(
    drawn: Picture, name: str, entry: EntryResult, comparison: Comparison, reveal: bool, note: Sequence[str] = ()
) -> Card:
    card = theme.CARDS[entry.status.value]
    gradients = (_user_gradient(entry), entry.expected)
    label = judged_label(
        card, entry.name, ("data", show(entry.data)), gradients, note, titles_of(comparison), reveal=reveal
    )
    draw_card(drawn, name, card, entry.name, label)
    return card


def _user_gradient(entry: EntryResult) -> Any:
    """Return the filled-in gradient, even if it is not finite."""
    if entry.actual is not None or entry.array.numbers is None:
        return entry.actual
    found = entry.array.actual[entry.index]
    return getattr(found, "item", lambda: found)()


def _draw_consumer(drawn: Picture, name: str, term: Term, comparison: Comparison, reveal: bool) -> Card:
    result = comparison[term.consumer]
    if term.at:
        return _draw_entry(drawn, name, result[term.at], comparison, reveal)  # type: ignore[index]
    card = theme.CARDS[result.status.value]
    label = node_label(term.consumer, result.name, result, titles_of(comparison), reveal=reveal)
    draw_card(drawn, name, card, result.name, label)
    return card


def _sentence(entry: EntryResult, shown: int, total: int, root: str, reveal: bool, legend: bool) -> str:
    if not total:
        return f"{root} does not depend on {entry.name}."
    said = []
    if legend:
        said.append("On an edge: local derivative \u00d7 gradient of what uses it = what is added.")
    if shown < total:
        said.append(f"Showing the {shown:,} largest of {total:,} contributions.")
    if reveal:
        said.append(f"All contributions add up to {show(sum(term.contribution for term in entry.terms))}.")
    return " ".join(said)
