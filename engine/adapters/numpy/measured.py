"""Slopes of a forward by central differences: whether it was followed rightly, and the truth where it was not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...arrays.making import array
from ...arrays.opaque import matrix_edge, opaque
from ...manual import manual
from ...rulecheck.slopes import slope
from ...value import Value
from ...verdict.rounding import Reference
from ..errors import CheckError
from .expected import Expected
from .following import Followed
from .inputs import Inputs, Leaf
from .trace import Lost

AGREE = 1e-4
STEP = 1e-6
MOST_STEPS = 4_000_000
"""So many lines of user code may run to measure the slopes by each number, or as much be done with long arrays."""
NUMBERS_PER_STEP = 1_000
PER_SECOND = 300_000

Loss = Callable[[Mapping[str, Any]], float]
Slopes = Mapping[str, tuple[Any, Any]]
"""By the names of the inputs the slopes by their numbers, and how far each may be off."""


def slopes_agree(
    loss: Loss,
    inputs: Inputs,
    wanted: Sequence[Leaf],
    followed: Followed,
    known: Mapping[Value, Any],
    rng: np.random.Generator,
) -> bool:
    """Tell whether the user's forward moves along a random direction as the graph says.

    Args:
        known: the gradients of the graph.
    """
    moves = {leaf: rng.normal(size=np.shape(leaf.value)) * scale(leaf) for leaf in wanted}
    said, size = 0.0, 0.0
    for leaf, move in moves.items():
        node = followed.leaves[leaf.name]
        part = np.asarray(known.get(node, 0.0)) * move
        said += float(part.sum())
        size += float(np.abs(part).sum())

    def along(t: float) -> float:
        values = inputs.copied()
        for leaf, move in moves.items():
            values = inputs.with_leaf(values, leaf, moved(leaf, t * move))
        return loss(values)

    if not moves:
        return True
    if abs((along(STEP) - along(-STEP)) / (2.0 * STEP) - said) <= AGREE * size:
        return True
    found = slope(along, 0.0, 1e-2)
    return math.isfinite(found.value) and abs(found.value - said) <= 10.0 * AGREE * size + 10.0 * found.error


def scale(leaf: Leaf) -> float:
    """Return the size of what is moved, 1 for zeros."""
    return float(np.sqrt(np.mean(np.square(np.asarray(leaf.value, dtype=float))))) or 1.0


def moved(leaf: Leaf, move: Any) -> Any:
    """Return an input as it is where it is moved, a number as a number."""
    found = np.asarray(leaf.value, dtype=float) + move
    return found if isinstance(leaf.value, np.ndarray) else found[()]


def measured_slopes(loss: Loss, inputs: Inputs, wanted: Sequence[Leaf], lost: Sequence[Lost], steps: int) -> Slopes:
    """Return the slopes by each number of the inputs.

    Args:
        steps: so many lines run in one forward.

    Raises:
        CheckError: the inputs are so large that this would take too long.
    """
    _check_work(inputs, wanted, lost, steps)
    return {leaf.name: slopes(loss, inputs, leaf) for leaf in wanted}


def measured_expected(loss: float, found_of: Slopes, wanted: Sequence[Leaf]) -> Expected:
    """Return the gradients that were measured; of the way to them nothing is known.

    Args:
        loss: what the forward gives, as one number.
    """
    with manual():
        nodes = {leaf.name: array(leaf.value, leaf.name) for leaf in wanted}
        edges = [matrix_edge(found_of[leaf.name][0], np.shape(leaf.value)) for leaf in wanted]
        root = opaque("forward", loss, edges)(*nodes.values())
    root.label = "loss"
    truth = {root: 1.0, **{nodes[name]: found[0] for name, found in found_of.items()}}
    return Expected(root, nodes, Reference(truth, {nodes[name]: found[1] for name, found in found_of.items()}))


def slopes(loss: Loss, inputs: Inputs, leaf: Leaf) -> tuple[Any, Any]:
    """Return the slopes of the loss by the numbers of an input, and their errors."""
    numbers = np.asarray(leaf.value, dtype=float)
    found, off = np.zeros(numbers.shape), np.zeros(numbers.shape)
    for at in np.ndindex(numbers.shape):

        def along(x: float, at: Any = at) -> float:
            moved = numbers.copy()
            moved[at] = x
            values = inputs.with_leaf(inputs.copied(), leaf, moved if isinstance(leaf.value, np.ndarray) else moved[()])
            return loss(values)

        quick, half = _difference(along, float(numbers[at]), 1e-4), _difference(along, float(numbers[at]), 5e-5)
        best = half + (half - quick) / 3.0
        error = abs(half - quick)
        if error > 1e-5 * max(abs(best), 1e-8):
            careful = slope(along, float(numbers[at]))
            if math.isfinite(careful.value) and careful.error < error:
                best, error = careful.value, careful.error
        found[at], off[at] = best, 10.0 * error + 1e-9
    return (found, off) if found.shape else (float(found), float(off))


def _difference(along: Callable[[float], float], x: float, step: float) -> float:
    step *= max(abs(x), 1.0)
    return (along(x + step) - along(x - step)) / (2.0 * step)


def _check_work(inputs: Inputs, wanted: Sequence[Leaf], lost: Sequence[Lost], steps: int) -> None:
    numbers = sum(np.size(leaf.value) for leaf in inputs.leaves)
    work = 4 * sum(np.size(leaf.value) for leaf in wanted) * (steps + numbers / NUMBERS_PER_STEP)
    if work > MOST_STEPS:
        seconds = work / PER_SECOND
        raise CheckError(
            f"forward could not be followed{lost_at(lost)}, and to measure every slope would take {seconds:,.0f} s",
            "Give smaller inputs: a mistake in a rule shows in a few rows as well.",
        )


def lost_at(lost: Sequence[Lost]) -> str:
    if not lost:
        return ""
    where = f", {lost[0].source.place}" if lost[0].source is not None else ""
    return f" ({lost[0].what}{where})"


def measured_remark(lost: Sequence[Lost], is_wrong: bool) -> str:
    """Return what to say where the truth is measured."""
    said = (
        f"The forward could not be followed{lost_at(lost)}: the gradients of the inputs are judged by central "
        "differences"
    )
    return f"{said}, and of the way to them nothing is known." if is_wrong else f"{said}."
