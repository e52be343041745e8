"""Random programs that run on array nodes and, entry by entry, on numbers in NumPy's object arrays."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from handgrad import Value

SHAPES = ((3, 4), (4,), (1, 4), (3, 1), (4, 2), (2,), (3,), (2, 3, 4), (4, 4))
LARGEST = 60


def _relu(x: Any) -> Any:
    return np.vectorize(lambda v: v.relu(), otypes=[object])(x) if isinstance(x, np.ndarray) else x.relu()


UNARY: dict[str, Callable[[Any], Any]] = {
    "tanh": lambda x: np.tanh(0.5 * x),
    "exp": lambda x: np.exp(0.25 * x),
    "square": lambda x: x**2,
    "negative": lambda x: -x,
    "relu": _relu,
    "sqrt": lambda x: np.sqrt(x * x + 1.0),
    "log": lambda x: np.log(x * x + 1.5),
    "inverse": lambda x: (x * x + 1.0) ** -0.5,
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / (y * y + 1.5),
    "@": lambda x, y: x @ y,
}
OTHER: dict[str, Callable[[Any, Any], Any]] = {
    "sum": lambda x, axis: x.sum(axis),
    "kept sum": lambda x, axis: x.sum(axis, keepdims=True),
    "mean": lambda x, axis: x.mean(axis),
    "reshape": lambda x, shape: x.reshape(shape),
    "transpose": lambda x, _: x.T,
    "index": lambda x, index: x[index],
}
VIEWS = ("reshape", "transpose", "index")
"""What gives NumPy's object arrays the same nodes again."""


class Step(NamedTuple):
    """An operation, the place of its operand, and another place or a parameter; its result gets the next place."""

    name: str
    first: int
    second: Any


class Program(NamedTuple):
    """A program by its seed.

    Attributes:
        leaves: the numbers it starts from.
        steps: what it does.
        own: the places of the arrays that have nodes of their own in either version.
    """

    leaves: list[Any]
    steps: list[Step]
    own: list[int]


def program(seed: int) -> Program:
    rng, numbers = random.Random(seed), np.random.default_rng(seed)
    leaves = [numbers.normal(size=rng.choice(SHAPES)).round(2) for _ in range(rng.choice((2, 3, 4)))]
    arrays, steps = list(leaves), []
    wanted = rng.randrange(3, 12)
    while len(steps) < wanted:
        step = _step(rng, arrays)
        made = None if step is None else _try(step, arrays)
        if made is not None and made.shape and made.size <= LARGEST:
            steps.append(step)
            arrays.append(np.zeros(made.shape))
    own = [place for place in range(len(arrays)) if place < len(leaves) or steps[place - len(leaves)].name not in VIEWS]
    return Program(leaves, steps, own)


def _step(rng: random.Random, arrays: list[Any]) -> Step | None:
    first = rng.randrange(max(0, len(arrays) - 5), len(arrays))
    x = arrays[first]
    name = rng.choice((*rng.sample(sorted(UNARY), 2), *BINARY, "@", *OTHER, "index"))
    if name in UNARY:
        return Step(name, first, None)
    if name in BINARY:
        return Step(name, first, rng.randrange(len(arrays)))
    if name == "transpose":
        return Step(name, first, None)
    if name == "reshape":
        return Step(name, first, rng.choice(((-1,), (x.size, 1), (1, x.size))))
    if name == "index":
        several = [rng.randrange(len(x)) for _ in range(rng.choice((2, 3)))]
        return Step(name, first, rng.choice((several, slice(0, max(1, len(x) - 1)))))
    axis = rng.randrange(x.ndim)
    return Step(name, first, axis) if x.shape[axis] > 1 else None  # the sum of one entry is that entry


def _try(step: Step, arrays: list[Any]) -> Any:
    if step.name in UNARY:
        return arrays[step.first]
    try:
        return _done(step, arrays)
    except ValueError:
        return None


def _done(step: Step, arrays: list[Any]) -> Any:
    x = arrays[step.first]
    if step.name in UNARY:
        return UNARY[step.name](x)
    if step.name in BINARY:
        return BINARY[step.name](x, arrays[step.second])
    return OTHER[step.name](x, step.second)


def run(made: Program, as_leaf: Callable[[Any], Any]) -> tuple[list[Any], Value]:
    """Every array of the program, and one number that all of them go into."""
    arrays = [as_leaf(leaf) for leaf in made.leaves]
    used = set()
    for step in made.steps:
        used |= {step.first, step.second} if step.name in BINARY else {step.first}
        arrays.append(_done(step, arrays))
    ends = [np.tanh(x) if place % 2 else x * x for place, x in enumerate(arrays) if place not in used]
    root = ends[0].sum()
    for end in ends[1:]:
        root = root + end.sum()
    return arrays, root


def entries_of(numbers: Any) -> Any:
    """An object array of leaves."""
    made = np.empty(numbers.shape, dtype=object)
    for at in np.ndindex(*numbers.shape):
        made[at] = Value(float(numbers[at]))
    return made
