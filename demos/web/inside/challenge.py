"""A graph with one gradient broken: a usual mistake at one node, and what follows from it at the others."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping

from handgrad import HandgradError, Value
from handgrad.graph import topological_order
from handgrad.local import local_derivatives
from handgrad.viz.sheet import Sheet

MISTAKES: Mapping[str, Callable[[float, float], float]] = {
    "sign": lambda upstream, local: -upstream * local,
    "forgot-upstream": lambda upstream, local: local,
    "forgot-local": lambda upstream, local: upstream,
    "double": lambda upstream, local: 2.0 * upstream * local,
    "missing-path": lambda upstream, local: 0.0,
}
"""What a use passes back, of the upstream gradient and the local derivative."""


class UnbreakableError(HandgradError):
    """No usual mistake can be seen in a graph."""


def break_one(sheet: Sheet, rng: random.Random) -> str:
    """Fill in all gradients with one mistake among them, and return the name of its node.

    Raises:
        UnbreakableError: the graph is too small for one.
    """
    right = dict(_texts(sheet, {}))
    uses = [(node, place) for node in sheet.order for place in range(len(node.operands))]
    tries = [(use, mistake) for use in uses for mistake in MISTAKES.values() if _operand(use) in sheet.nodes.values()]
    rng.shuffle(tries)
    tries.sort(key=lambda tried: _operand(tried[0]).is_leaf)  # a mistake that others follow from is a better riddle
    for use, mistake in tries:
        texts = dict(_texts(sheet, {use: mistake}))
        broken = sheet.drawn.ids[_operand(use)]
        if texts[broken] in (right[broken], "0"):
            continue
        sheet.begin_with(texts)
        verdicts = sheet.marks.verdicts()
        if [name for name, entry in verdicts.items() if entry["status"] == "wrong"] == [broken]:
            return broken
    raise UnbreakableError("no gradient of this graph can be broken so that it shows: take a longer expression.")


def _operand(use: tuple[Value, int]) -> Value:
    return use[0].operands[use[1]]


def _texts(
    sheet: Sheet, broken: Mapping[tuple[Value, int], Callable[[float, float], float]]
) -> Iterator[tuple[str, str]]:
    """Yield each gradient as it is typed by somebody who makes a mistake at some uses."""
    grads = dict.fromkeys(sheet.order, 0.0)
    grads[sheet.root] = 1.0
    for node in reversed(topological_order(sheet.root)):
        if sheet.drawn.ids.get(node) in sheet.nodes:
            yield sheet.drawn.ids[node], f"{grads[node]:.6g}"
        if node.op is None:
            continue
        for place, (operand, local) in enumerate(zip(node.operands, local_derivatives(node))):
            mistake = broken.get((node, place))
            grads[operand] += grads[node] * local if mistake is None else mistake(grads[node], local)
