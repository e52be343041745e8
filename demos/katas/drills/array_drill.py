"""Random small graphs of arrays to practise on; the same generator gives the same drills."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from handgrad import Value, manual
from handgrad.arrays import array, label
from handgrad.viz.sheet.line import is_line

from .array_rules import LOSS, Rule, chain, pairs, rules_of

_SIZES = range(4, 14)
_MOST_ASKED = 2


@dataclass(frozen=True)
class ArrayDrill:
    """A graph in manual mode, of arrays or else of numbers, of which gradients are asked.

    Attributes:
        root: where the pass starts.
        named: the arrays that have a name, in forward order.
        shapes: each of them with its shape, as it is shown: "(n, D) = (5, 4)".
        forward: the lines that make them.
        given: the names of those whose gradient is filled in.
        filled: a line on each of these gradients.
        asked: the names of those it is asked of, in backward order.
        answers: the gradient of each as an expression, where there is one.
        entry: one entry of the result, written out; "" for none.
        more: names that are no arrays of the graph: sizes, indices.
        sums: of each array, the axis that is summed over on the way to its gradient.
        rtol: how exact an answer has to be.
        source: where the answers stand that are none, in a sentence.
    """

    root: Value
    named: Mapping[str, Value]
    shapes: Mapping[str, str]
    forward: tuple[str, ...]
    given: tuple[str, ...]
    filled: tuple[str, ...]
    asked: tuple[str, ...]
    answers: Mapping[str, str]
    entry: str
    more: Mapping[str, Any]
    sums: Mapping[str, str] = field(default_factory=dict)
    rtol: float = 1e-6
    source: str = ""


def make_array_drill(rng: random.Random, level: int) -> ArrayDrill:
    """Return the next drill of a level (a key of `ARRAY_LEVELS`)."""
    rule = chain(*rng.choice(pairs())) if level == 11 else rng.choice(rules_of(level))
    asked = list(rule.answers)
    if level != 11:
        asked = rng.sample(asked, min(len(asked), _MOST_ASKED))
    elif len(asked) > 2:
        asked = [asked[0], rng.choice(asked[1:])]
    return build_drill(rule, asked, rng)


def build_drill(rule: Rule, asked: list[str], rng: random.Random) -> ArrayDrill:
    """Return a rule's graph on random numbers, its sizes all apart from one another."""
    sizes = _draw_sizes(rng)
    numbers = np.random.default_rng(rng.randrange(2**32))

    def shape_of(axes: str) -> tuple[int, ...]:
        return tuple(sizes.get(axis) or int(axis) for axis in axes.split())

    axes_of = {**rule.leaves, **{step.name: step.axes for step in rule.steps}}
    used = {axis for axes in axes_of.values() for axis in axes.split()}
    more: dict[str, Any] = {axis: float(sizes[axis]) for axis in sizes if axis in used}
    for name, (axes, into) in rule.indices.items():
        more[name] = _draw_indices(shape_of(axes)[0], sizes[into], numbers)
    with manual():
        named = {
            name: array(_draw(numbers, shape_of(axes), is_positive=rule.is_positive), name)
            for name, axes in rule.leaves.items()
        }
        for step in rule.steps:
            named[step.name] = label(step.make(*[(named | more)[name] for name in step.reads]), step.name)
        result = named[rule.steps[-1].name]
        if rule.steps[-1].name == LOSS:
            root, given = result, 1.0
        else:
            given = _draw(numbers, result.shape)
            root = label((result * given).sum(), "L")
    result.grad = given
    shapes = {name: _show_shape(node, axes_of[name]) for name, node in named.items()}
    for name, (axes, into) in rule.indices.items():
        shapes[name] = f"({axes},) = ({sizes[axes]},), whole numbers from 0 to {into} - 1"
    forward = tuple(f"{step.name} = {step.text}" for step in rule.steps)
    name = rule.steps[-1].name
    zeros = [f"d{each} begins with zeros: you may write into it, d{each}[...] = ..." for each in asked]
    filled = (
        f"d{name}: there already" if name != LOSS else f"d{name} = 1",
        *(line for each, line in zip(asked, zeros) if is_line(rule.answers[each])),
    )
    return ArrayDrill(
        root, named, shapes, forward, (name,), filled, tuple(asked), rule.answers, rule.entry, more, rule.sums
    )


def _draw_sizes(rng: random.Random) -> dict[str, int]:
    """Return the length of each axis: no length is another one, less 1 or twice that, so that slips look different."""
    while True:
        sizes = dict(zip("nDHK", rng.sample(_SIZES, 4)))
        lengths = list(sizes.values())
        if len({*lengths, *(size - 1 for size in lengths)}) == 8 and not {2 * size for size in lengths} & {*lengths}:
            return sizes


def _draw(numbers: np.random.Generator, shape: tuple[int, ...], *, is_positive: bool = False) -> Any:
    """Return numbers of which none is near 0."""
    sizes = numbers.uniform(0.4, 1.6, size=shape)
    drawn = sizes if is_positive else sizes * numbers.choice((-1.0, 1.0), size=shape)
    return drawn if shape else float(drawn)


def _draw_indices(count: int, below: int, numbers: np.random.Generator) -> Any:
    """Return whole numbers, some of them more than once."""
    drawn = numbers.integers(0, below, size=count)
    drawn[-1] = drawn[0]
    return drawn


def _show_shape(node: Value, axes: str) -> str:
    """Return "(n, D) = (5, 4)"."""
    if not node.shape:
        return "a number"
    letters = axes.split()
    comma = "," if len(letters) == 1 else ""
    return f"({', '.join(letters)}{comma}) = {node.shape}" if letters else str(node.shape)
