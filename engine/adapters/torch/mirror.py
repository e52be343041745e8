"""A graph of autograd's as one of ours: a node a step, with an edge to each operand.

What a step passes back is asked of autograd. It is one of our operations where that passes back the same, else a
linear map that can only be applied.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ...arrays import array
from ...arrays.amounts import alike
from ...arrays.edges import Edge, Floats, Shape, summed_to
from ...arrays.making import as_node
from ...arrays.opaque import opaque
from ...arrays.operation import ArrayOp
from ...arrays.products import MATMUL
from ...manual import manual
from ...value import Value
from ..errors import GraphGoneError
from .graph import Place, is_leaf, like_at, results_of, word_of
from .numbers import numbers_of, tensor_of
from .operations import ADD, SAVED_OPERANDS, Counterpart, Step, operation_of, saved

UNKNOWN = "..."
"""What stands for a constant of which autograd does not keep the number."""
NEAR = 1e-4
"""How near what two edges pass back must be, as a share of its largest entry: single precision has to do."""
DRAWS = 4
"""How often the sizes of what a map adds up are estimated."""


def mirrored(
    root: Place,
    names: Mapping[Place, str],
    numbers: Mapping[Place, Floats],
    leaves: Iterable[Place] = (),
    constants: Iterable[tuple[str, Floats]] = (),
) -> dict[Place, Value]:
    """Return the graph behind `root`, as nodes by their places.

    Args:
        names: the labels of some nodes.
        numbers: what some tensors hold; of the others what autograd keeps, or what follows.
        leaves: tensors behind which nothing is looked at.
        constants: the names of tensors without a gradient, which are known by their numbers.

    Raises:
        GraphGoneError: autograd has freed what a step needs, or it was changed in place.
    """
    # A number that nobody has filled in is None there, and not 0.0.
    with manual():
        return _Mirror(root, names, numbers, frozenset(fn for fn, _ in leaves), list(constants)).nodes


def passed_back(place: Place, gradient: Floats) -> list[Floats]:
    """Return what a step passes to each operand that needs a gradient.

    It is for the gradient of its result; no hook is run.

    Raises:
        GraphGoneError: autograd has freed what the step needs, or it was changed in place.
    """
    fn, number = place
    given = [tensor_of(gradient, of) if n == number else None for n, of in enumerate(results_of(fn))]
    try:
        with torch.no_grad():
            if callable(fn):
                passed = fn(*given)
            else:  # a Function of somebody's
                passed = fn.apply(*[of.zeros() if one is None else one for one, of in zip(given, results_of(fn))])
    except RuntimeError as error:
        raise GraphGoneError(word_of(fn), str(error)) from error
    pairs = zip(passed if isinstance(passed, tuple) else (passed,), fn.next_functions)
    found = [(one, like_at(source).shape_of_numbers) for one, source in pairs if source[0] is not None]
    # What was broadcast is summed by autograd's engine, not by the step itself.
    return [np.zeros(shape) if one is None else summed_to(numbers_of(one), shape) for one, shape in found]


def linear_edge(back: Callable[[Floats], Floats], shape: Shape) -> Edge:
    """Return the edge of a linear map that can only be applied.

    Args:
        back: a gradient of the result, of `shape` -> that of the operand.
    """

    def spread(gradient: Any, coefficient: Any) -> Any:
        return back(np.broadcast_to(gradient, shape)) * coefficient

    def sizes(gradient: Any, coefficient: Any) -> Any:
        """Estimate the sizes of what comes together.

        Its signs are drawn, so that it does not cancel.
        """
        rng = np.random.default_rng(0)
        amounts = np.abs(np.broadcast_to(gradient, shape))
        drawn = [rng.uniform(0.5, 1.0, shape) * rng.choice([-1.0, 1.0], shape) for _ in range(DRAWS)]
        return np.maximum.reduce([np.abs(back(amounts * one)) for one in (1.0, *drawn)]) * coefficient

    return Edge(spread, 1.0, sizes)


class _Mirror:
    def __init__(
        self,
        root: Place,
        names: Mapping[Place, str],
        numbers: Mapping[Place, Floats],
        ends: frozenset[Any],
        constants: Sequence[tuple[str, Floats]],
    ) -> None:
        self._names, self._ends, self._known_constants = names, ends, constants
        self._numbers = {place: np.nan_to_num(held) for place, held in numbers.items()}
        self._constants: dict[Place, Floats] = {}
        self._last: tuple[Any, bytes, list[Floats]] | None = None
        self.nodes: dict[Place, Value] = {}
        steps = _in_order(root[0], ends)
        for fn in steps:
            self._read_saved(fn)
        for fn in steps:
            for number in range(len(results_of(fn))):
                node = None if number or is_leaf(fn) or fn in ends else self._known(fn)
                self.nodes[fn, number] = node = self._opaque((fn, number)) if node is None else node
                node.label = names.get((fn, number), "")

    def _read_saved(self, fn: Any) -> None:
        """Read what autograd keeps of what goes in and comes out of a step."""
        if is_leaf(fn):
            self._keep((fn, 0), fn.variable)
            return
        shift = 1 if word_of(fn) == "addmm" else 0
        for name, operand in SAVED_OPERANDS:
            held = saved(fn, name)
            if isinstance(held, torch.Tensor) and operand + shift < len(fn.next_functions):
                source = fn.next_functions[operand + shift]
                if source[0] is None:
                    self._constants[fn, operand + shift] = np.nan_to_num(numbers_of(held))
                else:
                    self._keep(source, held)
        result = saved(fn, "result")
        if isinstance(result, torch.Tensor):
            self._keep((fn, 0), result)

    def _keep(self, place: Place, held: torch.Tensor) -> None:
        if place not in self._numbers and like_at(place).shape == tuple(held.shape):
            self._numbers[place] = np.nan_to_num(numbers_of(held))

    def _data(self, place: Place) -> Floats:
        """Return the numbers of a tensor, zeros where they are not known."""
        held = self._numbers.get(place)
        return np.zeros(like_at(place).shape_of_numbers) if held is None else held

    def _back(self, place: Place, gradient: Floats) -> list[Floats]:
        key = gradient.tobytes()  # the edges to several operands are asked one after the other
        if self._last is None or self._last[:2] != (place, key):
            self._last = place, key, passed_back(place, gradient)
        return self._last[2]

    def _opaque(self, place: Place) -> Value:
        fn = place[0]
        sources = [] if fn in self._ends else [one for one in fn.next_functions if one[0] is not None]
        if not sources:
            leaf: Value = array(self._data(place))
            return leaf
        shape = like_at(place).shape_of_numbers

        def back(operand: int) -> Callable[[Floats], Floats]:
            return lambda gradient: self._back(place, gradient)[operand]

        edges = [linear_edge(back(operand), shape) for operand in range(len(sources))]
        made: Value = opaque(word_of(fn), self._data(place), edges)(*[self.nodes[source] for source in sources])
        return made

    def _known(self, fn: Any) -> Value | None:
        """Return the step as one of our operations; None for none.

        The operation passes back just what autograd does.
        """
        sources = [source for source in fn.next_functions if source[0] is not None]
        if any(like_at(place).dtype.is_complex for place in ((fn, 0), *sources)):
            return None
        operands = [
            self.nodes[source] if source[0] is not None else self._constant((fn, number))
            for number, source in enumerate(fn.next_functions)
        ]
        is_known = all(source in self._numbers for source in sources)
        if word_of(fn) == "addmm":
            return self._affine(fn, operands) if is_known else None
        found = operation_of(Step(fn, [operand.shape for operand in operands], like_at((fn, 0)).shape))
        if found is None:
            return None
        operands = [*map(_constant_of, found.before), *operands, *map(_constant_of, found.after)]
        return self._checked(fn, found, self._with_constants(fn, found, operands), is_known)

    def _constant(self, place: Place) -> Value:
        numbers = self._constants.get(place)
        if numbers is None or not numbers.shape:
            return _constant_of(None if numbers is None else float(numbers))
        made: Value = as_node(numbers, "a constant")
        same = (name for name, held in self._known_constants if alike(held, numbers, NEAR))
        made.label = next(same, "a constant")
        return made

    def _with_constants(self, fn: Any, found: Counterpart, operands: list[Value]) -> list[Value]:
        """Return the operands, with the constant that follows from the others.

        It is one that is added.
        """
        unknown = [place for place, operand in enumerate(operands) if operand.label == UNKNOWN]
        if len(unknown) == 1 and found.solved is not None and (fn, 0) in self._numbers:
            numbers = np.asarray(found.solved(self._numbers[fn, 0], np.asarray(operands[1 - unknown[0]].data)))
            middle = float(f"{float(np.median(numbers)):.5g}") if numbers.size else 0.0
            if numbers.size and bool((np.abs(numbers - middle) <= 1e-5 * max(1.0, abs(middle))).all()):
                operands[unknown[0]] = _constant_of(middle)
        return operands

    def _affine(self, fn: Any, operands: Sequence[Value]) -> Value | None:
        """Return bias + one @ two, which autograd takes as one step."""
        if saved(fn, "alpha") != 1 or saved(fn, "beta") != 1:
            return None
        bias, one, two = operands
        product = MATMUL(one, two)
        result = np.asarray(bias.data) + np.asarray(product.data)
        made: Value = _recorded(ADD, self._numbers.setdefault((fn, 0), result), is_known=True)(bias, product)
        return made

    def _checked(self, fn: Any, found: Counterpart, operands: list[Value], is_known: bool) -> Value | None:
        place, op = (fn, 0), found.op
        is_known = is_known and all(operand.label != UNKNOWN for operand in operands)
        inputs = [np.asarray(operand.data) for operand in operands]
        try:
            with np.errstate(all="ignore"):
                result = np.asarray(op.forward(*inputs))
                if result.shape != like_at(place).shape:
                    return None
                if is_known and np.isfinite(result).all():
                    self._numbers.setdefault(place, result)
                edges = op.derivatives(*inputs, self._data(place))
        except (ArithmeticError, ValueError, IndexError, TypeError):
            return None
        rng = np.random.default_rng(0)
        upstream = rng.uniform(0.5, 1.5, result.shape) * rng.choice([-1.0, 1.0], result.shape)
        upstream = numbers_of(tensor_of(upstream, like_at(place)))  # as coarse as what autograd is given
        pairs = zip(edges[len(found.before) :], fn.next_functions)
        ours = [np.asarray(upstream * edge) for edge, source in pairs if source[0] is not None]
        theirs = self._back(place, upstream)
        if len(ours) != len(theirs) or not all(alike(one, other, NEAR) for one, other in zip(ours, theirs)):
            return None
        data = self._data(place)
        is_exact = is_known and bool((data == result).all())
        made: Value = (op if is_exact else _recorded(op, data, is_known=is_known and place in self._numbers))(*operands)
        return made


def _constant_of(number: float | None) -> Value:
    return Value.constant(0.0, UNKNOWN) if number is None else Value.constant(number, f"{number:.15g}")


def _recorded(op: ArrayOp, data: Floats, *, is_known: bool) -> ArrayOp:
    """Return the operation with the result that autograd has.

    It has its usual slips only where all its numbers are known.
    """
    return ArrayOp(
        "pick" if op.name == "index" else op.name,
        lambda *_: data,
        op.derivatives,
        scalar=op.scalar if is_known else None,
        detail=op.detail,
        rule=op.rule,
        precedence=op.precedence,
        lets_masks_through=True,
    )


def _in_order(fn: Any, ends: Container[Any]) -> list[Any]:
    """Return the steps behind one, operands first; nothing behind some."""
    order: list[Any] = []
    met = {fn}
    stack = [(fn, iter(fn.next_functions))]
    while stack:
        step, rest = stack[-1]
        for source, _ in rest:
            if source is not None and source not in met:
                met.add(source)
                stack.append((source, iter(() if source in ends else source.next_functions)))
                break
        else:
            order.append(step)
            stack.pop()
    return order
