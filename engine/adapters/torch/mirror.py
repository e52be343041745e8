"""A graph of autograd's as one of ours: a node a step, with an edge to each operand."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ...arrays import array
from ...arrays.amounts import alike
from ...arrays.edges import Floats
from ...arrays.making import as_node
from ...arrays.opaque import opaque
from ...arrays.operation import ArrayOp
from ...arrays.products import MATMUL
from ...manual import manual
from ...value import Value
from .linear import linear_edge
from .numbers import numbers_of, tensor_of
from .operations import ADD, SAVED_OPERANDS, Counterpart, Step, operation_of, saved
from .step import Back, Place, is_leaf, like_at, results_of, word_of

UNKNOWN = "..."
"""What stands for a constant of which autograd does not keep the number."""

NEAR = 1e-4
"""How near what two edges pass back must be, as a share of its largest entry: single precision has to do."""


def place_of(tensor: torch.Tensor) -> Place:
    """Where a tensor that requires a gradient stands in the graph; of a leaf its step is where gradients add up."""
    with torch.enable_grad():
        view = tensor.view_as(tensor)
    assert view.grad_fn is not None
    place: Place = view.grad_fn.next_functions[0]
    return place


def mirrored(
    root: Place,
    names: Mapping[Place, str],
    numbers: Mapping[Place, Floats],
    leaves: Iterable[Place] = (),
    constants: Iterable[tuple[str, Floats]] = (),
) -> dict[Place, Value]:
    """The graph behind `root`, as nodes by their places.

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
        self.nodes: dict[Place, Value] = {}
        steps = _in_order(root[0], ends)
        for fn in steps:
            self._read_saved(fn)
        for fn in steps:
            self._add(fn)

    def _read_saved(self, fn: Any) -> None:
        """What autograd keeps of what goes in and comes out of a step."""
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

    def _add(self, fn: Any) -> None:
        for number in range(len(results_of(fn))):
            place = (fn, number)
            is_end = is_leaf(fn) or fn in self._ends
            node = self._leaf(place) if is_end else None if number else self._known(fn)
            node = self._opaque(place) if node is None else node
            node.label = self._names.get(place, "")
            self.nodes[place] = node

    def _data(self, place: Place) -> Floats:
        """The numbers of a tensor, zeros where they are not known."""
        held = self._numbers.get(place)
        return np.zeros(like_at(place).shape_of_numbers) if held is None else held

    def _leaf(self, place: Place) -> Value:
        made: Value = array(self._data(place))
        return made

    def _opaque(self, place: Place) -> Value:
        sources = [source for source in place[0].next_functions if source[0] is not None]
        if not sources:
            return self._leaf(place)
        back, shape = Back(place), like_at(place).shape_of_numbers
        edges = [linear_edge(back.to(operand), shape) for operand in range(len(sources))]
        made: Value = opaque(word_of(place[0]), self._data(place), edges)(*[self.nodes[source] for source in sources])
        return made

    def _known(self, fn: Any) -> Value | None:
        """The step as one of our operations, if that passes back just what autograd does."""
        places = [(fn, 0), *(source for source in fn.next_functions if source[0] is not None)]
        if any(like_at(place).dtype.is_complex for place in places):
            return None
        operands = [
            self.nodes[source] if source[0] is not None else self._constant((fn, number))
            for number, source in enumerate(fn.next_functions)
        ]
        is_known = all(source in self._numbers for source in places[1:])
        if word_of(fn) == "addmm":
            return self._affine(fn, operands) if is_known else None
        found = operation_of(Step(fn, [operand.shape for operand in operands], like_at((fn, 0)).shape))
        if found is None:
            return None
        operands = [*map(_constant_of, found.before), *operands, *map(_constant_of, found.after)]
        return self._checked(fn, found, self._with_constants(fn, found, operands), is_known)

    def _constant(self, place: Place) -> Value:
        numbers = self._constants.get(place)
        if numbers is None:
            return _constant_of(None)
        if not numbers.shape:
            return _constant_of(float(numbers))
        made: Value = as_node(numbers, "a constant")
        same = (name for name, held in self._known_constants if alike(held, numbers, NEAR))
        made.label = next(same, "a constant")
        return made

    def _with_constants(self, fn: Any, found: Counterpart, operands: list[Value]) -> list[Value]:
        """The operands, with the number of a constant that is added where it follows from the others."""
        unknown = [place for place, operand in enumerate(operands) if operand.label == UNKNOWN]
        if len(unknown) != 1 or found.solved is None or (fn, 0) not in self._numbers:
            return operands
        other = operands[1 - unknown[0]]
        numbers = np.asarray(found.solved(self._numbers[fn, 0], np.asarray(other.data)))
        middle = float(f"{float(np.median(numbers)):.5g}") if numbers.size else 0.0
        if numbers.size and bool((np.abs(numbers - middle) <= 1e-5 * max(1.0, abs(middle))).all()):
            operands[unknown[0]] = _constant_of(middle)
        return operands

    def _affine(self, fn: Any, operands: Sequence[Value]) -> Value | None:
        """bias + one @ two, which autograd takes as one step."""
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
        except (ArithmeticError, ValueError, IndexError, TypeError):
            return None
        if result.shape != like_at(place).shape:
            return None
        if is_known and np.isfinite(result).all():
            self._numbers.setdefault(place, result)
        data = self._data(place)
        if not self._passes_the_same(fn, found, inputs, data):
            return None
        is_exact = is_known and bool((data == result).all())
        made: Value = (op if is_exact else _recorded(op, data, is_known=is_known and place in self._numbers))(*operands)
        return made

    def _passes_the_same(self, fn: Any, found: Counterpart, inputs: list[Floats], data: Floats) -> bool:
        rng = np.random.default_rng(0)
        upstream = rng.uniform(0.5, 1.5, data.shape) * rng.choice([-1.0, 1.0], data.shape)
        # As coarse as what autograd will be given.
        upstream = numbers_of(tensor_of(upstream, like_at((fn, 0))))
        try:
            edges = found.op.derivatives(*inputs, data)
        except (ArithmeticError, ValueError, TypeError, IndexError):
            return False
        theirs = Back((fn, 0)).all(upstream)
        sources = zip(edges[len(found.before) :], fn.next_functions)
        ours = [np.asarray(upstream * edge) for edge, source in sources if source[0] is not None]
        return len(ours) == len(theirs) and all(alike(one, other, NEAR) for one, other in zip(ours, theirs))


def _constant_of(number: float | None) -> Value:
    return Value.constant(0.0, UNKNOWN) if number is None else Value.constant(number, f"{number:.15g}")


def _recorded(op: ArrayOp, data: Floats, *, is_known: bool) -> ArrayOp:
    """The operation with the result that autograd has; its usual slips only where all its numbers are known."""
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
    """The steps behind one, operands first; nothing behind some."""
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
