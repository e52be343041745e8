"""A graph of autograd's as one of ours: a node a step, with an edge to each operand.

What a step passes back is asked of autograd. It is one of our operations where that passes back the same, else a
linear map that can only be applied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import torch

from ... import ops
from ...amounts import Floats, Shape, alike
from ...arrays import array, structure
from ...arrays.edges import ArrayOp, Edge, summed_to
from ...arrays.entrywise import lift
from ...arrays.making import as_node, opaque
from ...arrays.products import MATMUL
from ...graph import operands_first
from ...manual import manual
from ...value import Value
from ..errors import GraphGoneError
from ..recognise import Recognised, Sample, array_candidates, ops_named
from .tensors import Place, ensure_tuple, is_leaf, number_shape, numbers_of, read_saved, results_of, tensor_of, word_of

SAVED_OPERANDS = (("self", 0), ("mat1", 0), ("other", 1), ("mat2", 1), ("exponent", 1), ("vec", 1), ("tensor", 1))
"""Under which name autograd keeps which of a step's operands."""
SAVED_NUMBERS = ("exponent", "self", "negative_slope")
"""Under which names it keeps a number that is an operand of ours."""


ADD, SUBTRACT = lift(ops.ADD), lift(ops.SUBTRACT)
UNKNOWN = "..."
"""What stands for a constant of which autograd does not keep the number."""
NEAR = 1e-4
"""How near what two edges pass back must be, as a share of its largest entry: single precision has to do."""


def passed_back(place: Place, gradient: Floats) -> list[Floats]:
    """Return what a step passes to each operand that needs a gradient, for that of its result; no hook is run.

    Raises:
        GraphGoneError: autograd has freed what the step needs, or it was changed in place.
    """
    fn, number = place
    given = [tensor_of(gradient, of) if n == number else None for n, of in enumerate(results_of(fn))]
    try:
        with torch.no_grad():
            if callable(fn):
                passed = fn(*given)
            else:  # a Function of somebody's, which gets zeros for None
                zeros = [tensor_of(np.zeros(number_shape(of)), of) for of in results_of(fn)]
                passed = fn.apply(*zeros[:number], given[number], *zeros[number + 1 :])
    except RuntimeError as error:
        raise GraphGoneError(word_of(fn), str(error)) from error
    pairs = zip(ensure_tuple(passed), fn.next_functions)
    found = [(one, number_shape(_like(source))) for one, source in pairs if source[0] is not None]
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
        """Estimate the sizes of what comes together: its signs are drawn a few times, so that it does not cancel."""
        rng = np.random.default_rng(0)
        amounts = np.abs(np.broadcast_to(gradient, shape))
        drawn = [rng.uniform(0.5, 1.0, shape) * rng.choice([-1.0, 1.0], shape) for _ in range(4)]
        return np.maximum.reduce([np.abs(back(amounts * one)) for one in (1.0, *drawn)]) * coefficient

    return Edge(spread, 1.0, sizes)


def _like(place: Place) -> Any:
    return results_of(place[0])[place[1]]


class Mirror:
    """The graph behind `root`, as `nodes` by their places, with the names and the numbers that some have.

    Args:
        constants: the names of tensors without a gradient, which are known by their numbers.

    Raises:
        GraphGoneError: autograd has freed what a step needs, or it was changed in place.
    """

    def __init__(
        self,
        root: Place,
        names: Mapping[Place, str],
        numbers: Mapping[Place, Floats],
        constants: Sequence[tuple[str, Floats]] = (),
    ) -> None:
        self._known_constants = constants
        self._numbers = {place: np.nan_to_num(held) for place, held in numbers.items()}
        self._constants: dict[Place, Floats] = {}
        self._passed: dict[tuple[Place, bytes], list[Floats]] = {}
        self.nodes: dict[Place, Value] = {}
        steps = operands_first(root[0], lambda fn: [one for one, _ in fn.next_functions if one is not None])
        for fn in steps:
            self._read_saved(fn)
        with manual():  # a number that nobody has filled in is None there, and not 0.0
            for fn in steps:
                for number in range(len(results_of(fn))):
                    node = None if number or is_leaf(fn) else self._translate_step(fn)
                    self.nodes[fn, number] = node = self._opaque((fn, number)) if node is None else node
                    node.label = names.get((fn, number), "")

    def _read_saved(self, fn: Any) -> None:
        """Read what autograd keeps of what goes in and comes out of a step."""
        shift = 1 if word_of(fn) == "addmm" else 0
        for name, operand in SAVED_OPERANDS:
            held = read_saved(fn, name)
            if isinstance(held, torch.Tensor) and operand + shift < len(fn.next_functions):
                source = fn.next_functions[operand + shift]
                if source[0] is None:
                    self._constants[fn, operand + shift] = np.nan_to_num(numbers_of(held))
                else:
                    self._keep(source, held)
        self._keep((fn, 0), fn.variable if is_leaf(fn) else read_saved(fn, "result"))

    def _keep(self, place: Place, held: Any) -> None:
        is_it = isinstance(held, torch.Tensor) and tuple(_like(place).shape) == tuple(held.shape)
        if is_it and place not in self._numbers:
            self._numbers[place] = np.nan_to_num(numbers_of(held))

    def _data(self, place: Place) -> Floats:
        """Return the numbers of a tensor, zeros where they are not known."""
        held = self._numbers.get(place)
        return np.zeros(number_shape(_like(place))) if held is None else held

    def _back(self, place: Place, gradient: Floats) -> list[Floats]:
        key = place, gradient.tobytes()  # the edges to several operands are asked one after the other
        if key not in self._passed:
            if len(self._passed) >= 32:  # more are not asked for again
                self._passed.clear()
            self._passed[key] = passed_back(place, gradient)
        return self._passed[key]

    def _opaque(self, place: Place) -> Value:
        """Return a step as a linear map, or as a leaf."""
        data = self._data(place)
        operands = [self.nodes[source] for source in place[0].next_functions if source[0] is not None]

        def back(operand: int) -> Callable[[Floats], Floats]:
            return lambda gradient: self._back(place, gradient)[operand]

        edges = [linear_edge(back(operand), data.shape) for operand in range(len(operands))]
        made: Value = opaque(word_of(place[0]), data, edges)(*operands) if operands else array(data)
        return made

    def _translate_step(self, fn: Any) -> Value | None:
        """Return the step as one of our operations, which passes back just what autograd does; None for none."""
        sources = [source for source in fn.next_functions if source[0] is not None]
        if any(_like(place).dtype.is_complex for place in ((fn, 0), *sources)):
            return None
        operands = [
            self.nodes[source] if source[0] is not None else self._constant((fn, number))
            for number, source in enumerate(fn.next_functions)
        ]
        word = word_of(fn)
        if word == "addmm":
            return self._affine(fn, *operands) if self._numbers.keys() >= {*sources} else None
        constants: dict[str, float | None] = {
            name: float(held) for name in SAVED_NUMBERS if isinstance(held := read_saved(fn, name), (int, float))
        }
        if word == "rsub" and len(operands) == 1:  # 1 - x, of which the 1 is not kept
            word, constants["other"] = "sub", None
        sample = Sample(tuple(np.asarray(one.data) for one in operands), self._data((fn, 0)), constants)
        known = {ops.RELU} if word == "clip" else set(ops_named(word))
        for found in (*_told_by_saved(fn, word, len(operands)), *array_candidates(word, sample)):
            if found.op.name == word or getattr(found.op, "scalar", None) in known:
                arguments = [
                    operands[one] if isinstance(one, int) else _constant_of(constants.get(one, one))
                    for one in found.slots
                ]
                made = self._build_checked(fn, found, arguments)
                if made is not None:
                    return made
        return None

    def _constant(self, place: Place) -> Value:
        """Return a constant of autograd's graph, by the name of the user's own that holds the same numbers."""
        numbers = self._constants.get(place)
        if numbers is None or not numbers.shape:
            return _constant_of(None if numbers is None else float(numbers))
        made: Value = as_node(numbers, "a constant")
        same = (name for name, held in self._known_constants if alike(held, numbers, NEAR))
        made.label = next(same, "a constant")
        return made

    def _affine(self, fn: Any, bias: Value, one: Value, two: Value) -> Value | None:
        """Return bias + one @ two, which autograd takes as one step."""
        if read_saved(fn, "alpha") != 1 or read_saved(fn, "beta") != 1:
            return None
        product = MATMUL(one, two)
        result = np.asarray(bias.data) + np.asarray(product.data)
        made: Value = _pin_data(ADD, self._numbers.setdefault((fn, 0), result), is_known=True)(bias, product)
        return made

    def _build_checked(self, fn: Any, found: Recognised, arguments: list[Value]) -> Value | None:
        """Return an operation on its arguments, where it passes back what autograd does; None where it does not."""
        place = (fn, 0)
        op: Any = found.op
        unknown = [n for n, one in enumerate(arguments) if one.label == UNKNOWN]
        if len(unknown) == 1 and op in (ADD, SUBTRACT) and self._data(place).size and place in self._numbers:
            # It is what is left of the result; what stands for it is 0.
            left = self._numbers[place] - np.asarray(op.forward(*[np.asarray(one.data) for one in arguments]))
            left = -left if op is SUBTRACT and unknown == [1] else left
            middle = float(f"{float(np.median(left)):.5g}")
            if bool((np.abs(left - middle) <= 1e-5 * max(1.0, abs(middle))).all()):
                arguments[unknown[0]], unknown = _constant_of(middle), []
        is_known = not unknown and all(one in self._numbers for one in fn.next_functions if one[0] is not None)
        inputs = [np.asarray(one.data) for one in arguments]
        try:
            with np.errstate(all="ignore"):
                result = np.asarray(op.forward(*inputs))
                if result.shape != tuple(_like(place).shape):
                    return None
                is_told = is_known and bool(np.isfinite(result).all())
                data = result if is_told and place not in self._numbers else self._data(place)
                edges = dict(zip(found.slots, op.derivatives(*inputs, data)))
        except (ArithmeticError, ValueError, IndexError, TypeError):
            return None
        rng = np.random.default_rng(0)
        upstream = rng.uniform(0.5, 1.5, result.shape) * rng.choice([-1.0, 1.0], result.shape)
        upstream = numbers_of(tensor_of(upstream, _like(place)))  # as coarse as what autograd is given
        sources = enumerate(fn.next_functions)
        ours = [np.asarray(upstream * edges[n]) for n, source in sources if source[0] is not None]
        theirs = self._back(place, upstream)
        if len(ours) != len(theirs) or not all(alike(one, other, NEAR) for one, other in zip(ours, theirs)):
            return None
        if is_told:
            self._numbers.setdefault(place, result)
        is_exact = is_known and bool((data == result).all())
        pinned = op if is_exact else _pin_data(op, data, is_known=is_known and place in self._numbers)
        made: Value = pinned(*arguments)
        return made


def _told_by_saved(fn: Any, word: str, count: int) -> Iterator[Recognised]:
    """Yield the operation of so many operands that is told by what autograd keeps for it, where there is one."""
    with suppress(AttributeError, TypeError):  # it may be freed
        if word == "where":
            yield Recognised(structure.choose(read_saved(fn, "condition").cpu().numpy()), tuple(range(count)))
        indices = read_saved(fn, "indices") if word in ("index", "embedding") else None
        if indices is not None:
            some = (indices,) if isinstance(indices, torch.Tensor) else indices
            parts = tuple(slice(None) if part is None else part.cpu().numpy() for part in some)
            yield Recognised(structure.pick(parts), (0,))


def _constant_of(number: float | None) -> Value:
    return Value.constant(0.0, UNKNOWN) if number is None else Value.constant(number, f"{number:.15g}")


def _pin_data(op: ArrayOp, data: Floats, *, is_known: bool) -> ArrayOp:
    """Return the operation with the result that autograd has; its usual slips only where all its numbers are known."""
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
