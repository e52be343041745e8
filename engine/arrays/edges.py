"""The local derivative of an array: a linear map, its coefficient and how a gradient spreads back; its operations.

A spread is written with operators and methods that NumPy's arrays and nodes share. So `upstream * edge`
passes numbers back, and where the upstream gradient is a node it builds the graph of the backward pass.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from ..amounts import Shape
from ..autodiff import multiply
from ..graph import is_node
from ..ops import Op

Spread = Callable[[Any, Any], Any]


class _Quiet(threading.local):
    """Keep NumPy's warnings off in a block: nested, as in a sweep, it costs a fraction of an errstate."""

    depth = 0

    def __enter__(self) -> None:
        if not self.depth:
            self._state = np.errstate(all="ignore")
            self._state.__enter__()
        self.depth += 1

    def __exit__(self, *error: Any) -> None:
        self.depth -= 1
        if not self.depth:
            self._state.__exit__(*error)


quiet = _Quiet()


class Edge:
    """The derivative of an array by one operand.

    Attributes:
        spread: (upstream gradient, coefficient) -> what is passed back, in the operand's shape.
        coefficient: the numbers that the upstream gradient is multiplied by, or a tuple of arrays of them.
        sizes: the spread for sizes, which add up where signs would cancel, where that is another one.
    """

    __slots__ = ("spread", "coefficient", "sizes")

    constant: ClassVar[Callable[[Any], Any]]
    """An array of numbers as a node; `node` knows what a node is, and puts it here."""

    # Both tell NumPy and a node to leave `upstream * edge` to the edge.
    __array_ufunc__ = None
    ndim = 1

    def __init__(self, spread: Spread, coefficient: Any = 1.0, sizes: Spread | None = None) -> None:
        self.spread, self.coefficient, self.sizes = spread, coefficient, sizes

    def __rmul__(self, upstream: Any) -> Any:
        if upstream.__class__ is not np.ndarray and is_node(upstream):
            constant = type(self).constant
            return self.spread(upstream, _each(lambda c: constant(c) if np.ndim(c) else c, self.coefficient))
        with quiet:
            passed = self.spread(np.asarray(upstream, dtype=float), self.coefficient)
        return passed if passed.shape else float(passed)

    def absolute(self, doubt: Any = 0.0) -> Edge:
        """Return the map of sizes, a bound of what is passed back; `doubt` is added to the coefficient of one array."""
        sizes = _each(np.abs, self.coefficient)
        return Edge(self.sizes or self.spread, sizes if isinstance(sizes, tuple) else sizes + doubt)

    __abs__ = absolute

    def sum_squares(self, squares: Any) -> Any:
        """Return the summed squares of errors with such squares, as if independent; infinite where they overflow."""
        with quiet:
            return squares * Edge(self.sizes or self.spread, _each(np.square, self.coefficient))

    def replace_coefficient(self, coefficient: Any) -> Edge:
        """Return the same map with another coefficient."""
        whole = np.broadcast_shapes(np.shape(coefficient), np.shape(self.coefficient))
        return Edge(self.spread, np.broadcast_to(coefficient, whole), self.sizes)

    def reach(self, touched: Any) -> Any:
        """Return which entries of the operand receive something from the entries true in `touched`."""
        everything = Edge(self.sizes or self.spread, _each(np.ones_like, self.coefficient))
        return np.asarray(np.asarray(touched, dtype=float) * everything) > 0.0

    @property
    def is_finite(self) -> bool:
        return bool(np.all(_each(lambda part: np.isfinite(part).all(), self.coefficient)))


def _each(function: Callable[[Any], Any], coefficient: Any) -> Any:
    return tuple(map(function, coefficient)) if isinstance(coefficient, tuple) else function(coefficient)


def summed_to(gradient: Any, shape: Shape) -> Any:
    """Sum a gradient over what was broadcast from `shape`: broadcast forward, sum backward."""
    if gradient.shape == shape:
        return gradient
    extra = len(gradient.shape) - len(shape)
    stretched = [i for i, n in enumerate(shape, extra) if n == 1 and gradient.shape[i] != 1]
    axes = (*range(extra), *stretched)
    if not shape:
        return gradient.sum(axis=axes)
    return gradient.sum(axis=axes, keepdims=True).reshape(shape)


def entrywise(shape: Shape, coefficient: Any) -> Edge:
    """Return the edge to an operand of `shape`, broadcast and multiplied entry by entry."""
    return Edge(lambda g, c: summed_to(multiply(g, c), shape), coefficient)


def route(back: Callable[[Any], Any]) -> Edge:
    """Return the edge of an operation that only moves entries; `back` moves a gradient back."""
    return Edge(lambda g, c: multiply(back(g), c))


def numbers_of(thing: Any) -> Any:
    """Return the numbers of a node; of an array the array."""
    return thing.data if is_node(thing) else thing


Ties = tuple[Any, Callable[[Any], Any]]
"""Which entries an operation might have picked of its input, and for each the sum over all that compete with it."""


class ArrayOp(Op):
    """An operation on arrays: its forward takes and gives NumPy's arrays, its local derivatives are Edges.

    Called on nodes, numbers or arrays of numbers it makes one node: an Array, or where the result has shape ()
    a Value.

    Attributes:
        scalar: the operation on numbers that it applies to each entry; None where it is no such one.
        detail: its parameters in words, such as "axis=0"; "" for none.
        lets_masks_through: whether an entry of -inf may come out where one went in.
        ties: (input, output) -> `Ties`, where equal entries may share a gradient in any way; None where none may.
    """

    __slots__ = ("scalar", "detail", "lets_masks_through", "ties")

    quiet = quiet

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        derivatives: Callable[..., Sequence[Any]],
        *,
        scalar: Op | None = None,
        detail: str = "",
        lets_masks_through: bool = False,
        ties: Callable[[Any, Any], Ties] | None = None,
        **of_any_op: Any,
    ) -> None:
        super().__init__(name, _silence(forward), _silence(derivatives), **of_any_op)
        self.scalar, self.detail, self.lets_masks_through, self.ties = scalar, detail, lets_masks_through, ties


def _silence(rule: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a rule of arrays without NumPy's warnings: what is not finite is an error of ours, with names."""

    def call(*numbers: Any) -> Any:
        with quiet:
            return rule(*[np.asarray(one) if isinstance(one, float) else one for one in numbers])

    return call


def carry_out(op: ArrayOp, *operands: Any) -> Any:
    """Carry out the operation: on nodes to a node, on arrays of numbers to an array."""
    return op(*operands) if any(map(is_node, operands)) else op.forward(*operands)
