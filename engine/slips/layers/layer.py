"""A layer of a network as a record: how it is known, what its backward pass is, and how people get that wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ...arrays.edges import Floats

Axes = tuple[int, ...]

FEW = 8


class Pass(NamedTuple):
    """What a backward pass through a layer is computed from.

    Attributes:
        x, y: the input and the output, of one shape.
        g: the upstream gradient, of that shape.
        axes: the axes that entries are normalised over together; () for a layer that is applied entry by entry.
        gain: what `y` is multiplied by next; None where it is not.
        above: the gradient of that product.
    """

    x: Floats
    y: Floats
    g: Floats
    axes: Axes = ()
    gain: Floats | None = None
    above: Floats | None = None

    def sum(self, numbers: Floats) -> Floats:
        """Reduce over the axes, which are kept."""
        total: Floats = numbers.sum(axis=self.axes, keepdims=True)
        return total

    def mean(self, numbers: Floats) -> Floats:
        """Reduce over the axes, which are kept."""
        return self.sum(numbers) / self.n

    @property
    def n(self) -> int:
        """How many entries are normalised together."""
        return math.prod(self.x.shape[axis] for axis in self.axes)

    @property
    def row(self) -> str:
        """What the entries are called that are normalised together."""
        last = self.x.ndim - 1
        if self.axes == (last,):
            return "row"
        return "column" if self.axes == (last - 1,) else "group of entries"

    def along_another(self) -> Pass:
        """Return the same along the axis that people take for the one they mean."""
        last = self.x.ndim - 1
        return self._replace(axes=(last - 1,) if last in self.axes else (last,))


@dataclass(frozen=True, slots=True, eq=False)
class LayerSlip:
    """One way in which people get the backward pass of a layer wrong.

    Attributes:
        kind: the kind of slip.
        wrong: what they get for the gradient of the input; None where it cannot be made.
        clause: what to say, with {x} and {y} for the names of input and output, {gain} for that of the gain, and {row}
            for what is normalised together; it must not give the right rule away.
    """

    kind: str
    wrong: Callable[[Pass], Floats | None] = field(repr=False)
    clause: str


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A layer whose output has the shape of its input, however it is written.

    Attributes:
        name: as people say it.
        axes: (x, y) -> the axes for which y is this layer of x; nothing where it is not.
        rule: the right gradient of the input.
        slips: the mistakes, the likelier first.
        means: what the rule subtracts that is a mean, and what that comes through; nothing where it has no such.
    """

    name: str
    axes: Callable[[Floats, Floats], Sequence[Axes]] = field(repr=False)
    rule: Callable[[Pass], Floats] = field(repr=False)
    slips: tuple[LayerSlip, ...] = field(repr=False)
    means: Callable[[Pass], Sequence[tuple[str, Floats]]] = field(default=lambda p: (), repr=False)


def axes_of(is_it: Callable[[Floats, Floats, Axes], bool]) -> Callable[[Floats, Floats], Sequence[Axes]]:
    """Tries a layer along each axis, and over all axes but one."""

    def found(x: Floats, y: Floats) -> list[Axes]:
        single = [(axis,) for axis in reversed(range(x.ndim))]
        rest = [tuple(i for i in range(x.ndim) if i != axis) for axis in range(x.ndim)] if x.ndim > 2 else []
        return [axes for axes in (*single, *rest) if math.prod(x.shape[i] for i in axes) > 1 and is_it(x, y, axes)]

    return found


def entry_by_entry(function: Callable[[Floats], Floats]) -> Callable[[Floats, Floats], Sequence[Axes]]:
    """Known by its function of each entry; a few entries show quickly what it is not."""

    def found(x: Floats, y: Floats) -> list[Axes]:
        is_it = is_close(function(x.ravel()[:FEW]), y.ravel()[:FEW]) and is_close(function(x), y)
        return [()] if is_it else []

    return found


def is_close(numbers: Floats, others: Floats) -> bool:
    """Tell whether two arrays are one up to float noise; masked entries of -inf are such in both."""
    with np.errstate(all="ignore"):
        return bool(np.allclose(numbers, others, rtol=1e-9, atol=1e-12))
