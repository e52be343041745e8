"""A graph of autograd's as one of ours: a node a step, with an edge to each operand.

What a step passes back is asked of autograd. It is one of our operations where that passes back the same, else a
linear map that can only be applied.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from ... import ops
from ...arrays import array, reductions, structure
from ...arrays.amounts import alike
from ...arrays.edges import ArrayOp, Edge, Floats, Shape, summed_to
from ...arrays.entrywise import leaky_relu, lift
from ...arrays.making import as_node, opaque
from ...arrays.products import MATMUL
from ...manual import manual
from ...value import Value
from ..errors import GraphGoneError
from ..recognise import ops_named
from .tensors import Place, is_leaf, number_shape, numbers_of, read_saved, results_of, tensor_of, word_of

SAVED_OPERANDS = (("self", 0), ("mat1", 0), ("other", 1), ("mat2", 1), ("exponent", 1), ("vec", 1), ("tensor", 1))
"""Under which name autograd keeps which of a step's operands."""


class Step(NamedTuple):
    """One step of autograd's graph: its node there, the shapes of what goes in, and that of what comes out."""

    fn: Any
    shapes: Sequence[Shape]
    shape: Shape

    def read_saved(self, name: str) -> Any:
        """Return what autograd keeps for the step under a name; None for nothing."""
        return read_saved(self.fn, name)

    @property
    def axis(self) -> Any:
        """Return the axis, or the axes, along which the step works; None for all."""
        dims = self.read_saved("dim")
        return tuple(map(_restore_sign, dims)) or None if isinstance(dims, (tuple, list)) else _restore_sign(dims)

    @property
    def keepdims(self) -> bool:
        return bool(self.read_saved("keepdim"))


class Counterpart(NamedTuple):
    """The operation of a step, with numbers that are operands too, before and after those that autograd knows.

    None stands for one that it does not keep.
    """

    op: ArrayOp
    before: tuple[float | None, ...] = ()
    after: tuple[float, ...] = ()


def operation_of(step: Step) -> Counterpart | None:
    """Return our operation for it, None where there is none."""
    word = word_of(step.fn, in_words=False)
    build = _BUILDERS.get(word)
    if build is None:
        return next((Counterpart(lift(op)) for op in ops_named(word) if len(op.rule) == len(step.shapes)), None)
    try:
        made = build(step)
    except (TypeError, ValueError, AttributeError, IndexError):
        return None
    return made if isinstance(made, Counterpart) or made is None else Counterpart(made)


def _restore_sign(number: Any) -> Any:
    """Return an axis as Python counts it; autograd keeps -1 as a number without a sign."""
    return number - 2**64 if number is not None and number >= 2**63 else number


ADD, SUBTRACT, _POWER = lift(ops.ADD), lift(ops.SUBTRACT), lift(ops.POWER)


def _sum(op: ArrayOp, before: tuple[None, ...] = ()) -> _Build:
    def build(step: Step) -> Counterpart | None:
        is_plain = step.read_saved("alpha") in (None, 1) and not (before and len(step.shapes) > 1)
        return Counterpart(op, before) if is_plain else None

    return build


def _power(step: Step) -> Counterpart:
    number = step.read_saved("exponent")
    if len(step.shapes) == 2:
        return Counterpart(_POWER)
    if isinstance(number, torch.Tensor):  # a number to the power of a tensor
        return Counterpart(_POWER, before=(float(step.read_saved("self")),))
    return Counterpart(_POWER, after=(float(number),))


def _clip(step: Step) -> ArrayOp | None:
    lowest, highest = step.read_saved("min"), step.read_saved("max")
    if any(isinstance(bound, torch.Tensor) for bound in (lowest, highest)):
        return None
    return lift(ops.RELU) if lowest == 0 and highest is None else structure.clip(lowest, highest)


def _spread(make: Callable[..., ArrayOp]) -> _Build:
    def build(step: Step) -> ArrayOp:
        ddof = step.read_saved("correction")
        return make(step.axis, 1.0 if ddof is None else float(ddof), step.keepdims)

    return build


def _reduction(make: Callable[..., ArrayOp]) -> _Build:
    return lambda step: make(step.axis, step.keepdims)


def _axis_operation(make: Callable[..., ArrayOp]) -> _Build:
    return lambda step: make(step.axis)


def _transpose(step: Step) -> ArrayOp:
    axes = list(range(len(step.shapes[0])))
    if (order := step.read_saved("dims")) is not None:
        axes = [_restore_sign(axis) % len(axes) for axis in order]
    elif step.read_saved("dim0") is not None:
        first, second = _restore_sign(step.read_saved("dim0")), _restore_sign(step.read_saved("dim1"))
        axes[first], axes[second] = axes[second], axes[first]
    else:
        axes.reverse()
    return structure.transpose(axes)


def _index_axis(step: Step, index: Any) -> ArrayOp:
    return structure.pick((*[slice(None)] * step.axis, index))


def _slice(step: Step) -> ArrayOp:
    return _index_axis(
        step,
        slice(_restore_sign(step.read_saved("start")), _restore_sign(step.read_saved("end")), step.read_saved("step")),
    )


def _index(step: Step) -> ArrayOp:
    parts = step.read_saved("indices")
    return structure.pick(tuple(slice(None) if part is None else part.cpu().numpy() for part in parts))


_Build = Callable[[Step], Counterpart | ArrayOp | None]
_BUILDERS: dict[str, _Build] = {
    "Add": _sum(ADD),
    "Sub": _sum(SUBTRACT),
    "Rsub": _sum(SUBTRACT, (None,)),
    "Div": lambda step: lift(ops.DIVIDE) if step.read_saved("rounding_mode") is None else None,
    "Pow": _power,
    "Reciprocal": lambda step: Counterpart(_POWER, after=(-1.0,)),
    "Rsqrt": lambda step: Counterpart(_POWER, after=(-0.5,)),
    **dict.fromkeys(("Clamp", "ClampMin"), _clip),
    "Softplus": lambda step: lift(ops.SOFTPLUS) if step.read_saved("beta") == 1 else None,
    "LeakyRelu": lambda step: leaky_relu(float(step.read_saved("negative_slope"))),
    "Sum": _reduction(reductions.total),
    "Mean": _reduction(reductions.mean),
    **dict.fromkeys(("Max", "Amax"), _reduction(reductions.largest)),
    **dict.fromkeys(("Min", "Amin"), _reduction(reductions.smallest)),
    "Logsumexp": _reduction(reductions.log_sum_exp),
    "Var": _spread(reductions.var),
    "Std": _spread(reductions.std),
    "Softmax": _axis_operation(reductions.softmax),
    "LogSoftmax": _axis_operation(reductions.log_softmax),
    "Cumsum": _axis_operation(reductions.running_total),
    "Cat": _axis_operation(structure.concatenate),
    "Stack": _axis_operation(structure.stack),
    **dict.fromkeys(("Mm", "Bmm", "Mv", "Dot"), lambda step: MATMUL),
    **dict.fromkeys(
        ("View", "UnsafeView", "ReshapeAlias", "Unsqueeze", "Squeeze"), lambda step: structure.reshape(step.shape)
    ),
    **dict.fromkeys(("T", "Transpose", "Permute"), _transpose),
    "Expand": lambda step: structure.broadcast(step.shape),
    **dict.fromkeys(("Clone", "Alias", "ToCopy"), lambda step: structure.copy()),
    "Select": lambda step: _index_axis(step, _restore_sign(step.read_saved("index"))),
    "Slice": _slice,
    "Index": _index,
    "Embedding": lambda step: structure.pick(step.read_saved("indices").cpu().numpy()),
    "Gather": lambda step: structure.take_along(step.read_saved("index").cpu().numpy(), step.axis),
    "Where": lambda step: structure.choose(step.read_saved("condition").cpu().numpy()),
}


UNKNOWN = "..."
"""What stands for a constant of which autograd does not keep the number."""
NEAR = 1e-4
"""How near what two edges pass back must be, as a share of its largest entry: single precision has to do."""
DRAWS = 4
"""How often the sizes of what a map adds up are estimated."""
MOST_KEPT = 32
"""So many answers of autograd's are remembered."""


def mirror_graph(
    root: Place,
    names: Mapping[Place, str],
    numbers: Mapping[Place, Floats],
    leaves: Iterable[Place] = (),
    constants: Sequence[tuple[str, Floats]] = (),
) -> dict[Place, Value]:
    """Return the graph behind `root`, as nodes by their places, with the names and the numbers that some have.

    Args:
        leaves: tensors behind which nothing is looked at.
        constants: the names of tensors without a gradient, which are known by their numbers.

    Raises:
        GraphGoneError: autograd has freed what a step needs, or it was changed in place.
    """
    # A number that nobody has filled in is None there, and not 0.0.
    with manual():
        return _Mirror(root, names, numbers, frozenset(fn for fn, _ in leaves), constants).nodes


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
            else:  # a Function of somebody's
                filled = [tensor_of(np.zeros(number_shape(of)), of) for of in results_of(fn)]
                passed = fn.apply(*[zeros if one is None else one for one, zeros in zip(given, filled)])
    except RuntimeError as error:
        raise GraphGoneError(word_of(fn), str(error)) from error
    pairs = zip(passed if isinstance(passed, tuple) else (passed,), fn.next_functions)
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
        """Estimate the sizes of what comes together: its signs are drawn, so that it does not cancel."""
        rng = np.random.default_rng(0)
        amounts = np.abs(np.broadcast_to(gradient, shape))
        drawn = [rng.uniform(0.5, 1.0, shape) * rng.choice([-1.0, 1.0], shape) for _ in range(DRAWS)]
        return np.maximum.reduce([np.abs(back(amounts * one)) for one in (1.0, *drawn)]) * coefficient

    return Edge(spread, 1.0, sizes)


def _like(place: Place) -> Any:
    return results_of(place[0])[place[1]]


class _Mirror:
    def __init__(
        self,
        root: Place,
        names: Mapping[Place, str],
        numbers: Mapping[Place, Floats],
        ends: Container[Any],
        constants: Sequence[tuple[str, Floats]],
    ) -> None:
        self._known_constants = constants
        self._numbers = {place: np.nan_to_num(held) for place, held in numbers.items()}
        self._constants: dict[Place, Floats] = {}
        self._passed: dict[tuple[Place, bytes], list[Floats]] = {}
        self.nodes: dict[Place, Value] = {}
        steps = _topological_order(root[0], ends)
        for fn in steps:
            self._read_saved(fn)
        for fn in steps:
            is_end = is_leaf(fn) or fn in ends
            for number in range(len(results_of(fn))):
                node = None if number or is_end else self._translate_step(fn)
                self.nodes[fn, number] = node = self._opaque((fn, number), is_end) if node is None else node
                node.label = names.get((fn, number), "")

    def _read_saved(self, fn: Any) -> None:
        """Read what autograd keeps of what goes in and comes out of a step."""
        if is_leaf(fn):
            self._keep((fn, 0), fn.variable)
            return
        shift = 1 if word_of(fn) == "addmm" else 0
        for name, operand in SAVED_OPERANDS:
            held = read_saved(fn, name)
            if isinstance(held, torch.Tensor) and operand + shift < len(fn.next_functions):
                source = fn.next_functions[operand + shift]
                if source[0] is None:
                    self._constants[fn, operand + shift] = np.nan_to_num(numbers_of(held))
                else:
                    self._keep(source, held)
        self._keep((fn, 0), read_saved(fn, "result"))

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
            if len(self._passed) >= MOST_KEPT:
                self._passed.clear()
            self._passed[key] = passed_back(place, gradient)
        return self._passed[key]

    def _opaque(self, place: Place, is_end: bool) -> Value:
        """Return a step as a linear map, or as a leaf."""
        data = self._data(place)
        sources = [] if is_end else [one for one in place[0].next_functions if one[0] is not None]

        def back(operand: int) -> Callable[[Floats], Floats]:
            return lambda gradient: self._back(place, gradient)[operand]

        edges = [linear_edge(back(operand), data.shape) for operand in range(len(sources))]
        operands = [self.nodes[source] for source in sources]
        made: Value = opaque(word_of(place[0]), data, edges)(*operands) if sources else array(data)
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
        is_known = all(source in self._numbers for source in sources)
        if word_of(fn) == "addmm":
            return self._affine(fn, *operands) if is_known else None
        found = operation_of(Step(fn, [operand.shape for operand in operands], tuple(_like((fn, 0)).shape)))
        if found is None:
            return None
        operands = [*map(_constant_of, found.before), *operands, *map(_constant_of, found.after)]
        unknown = [place for place, operand in enumerate(operands) if operand.label == UNKNOWN]
        if len(unknown) == 1 and found.op in (ADD, SUBTRACT) and self._data((fn, 0)).size and (fn, 0) in self._numbers:
            # It is what is left of the result; what stands for it is 0.
            left = self._numbers[fn, 0] - np.asarray(found.op.forward(*[np.asarray(one.data) for one in operands]))
            left = -left if found.op is SUBTRACT and unknown == [1] else left
            middle = float(f"{float(np.median(left)):.5g}")
            if bool((np.abs(left - middle) <= 1e-5 * max(1.0, abs(middle))).all()):
                operands[unknown[0]], unknown = _constant_of(middle), []
        return self._build_checked(fn, found, operands, is_known and not unknown)

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

    def _build_checked(self, fn: Any, found: Counterpart, operands: list[Value], is_known: bool) -> Value | None:
        """Return an operation on its operands, where it passes back what autograd does; None where it does not."""
        place, op = (fn, 0), found.op
        inputs = [np.asarray(operand.data) for operand in operands]
        try:
            with np.errstate(all="ignore"):
                result = np.asarray(op.forward(*inputs))
                if result.shape != tuple(_like(place).shape):
                    return None
                if is_known and np.isfinite(result).all():
                    self._numbers.setdefault(place, result)
                edges = op.derivatives(*inputs, self._data(place))
        except (ArithmeticError, ValueError, IndexError, TypeError):
            return None
        rng = np.random.default_rng(0)
        upstream = rng.uniform(0.5, 1.5, result.shape) * rng.choice([-1.0, 1.0], result.shape)
        upstream = numbers_of(tensor_of(upstream, _like(place)))  # as coarse as what autograd is given
        pairs = zip(edges[len(found.before) :], fn.next_functions)
        ours = [np.asarray(upstream * edge) for edge, source in pairs if source[0] is not None]
        theirs = self._back(place, upstream)
        if len(ours) != len(theirs) or not all(alike(one, other, NEAR) for one, other in zip(ours, theirs)):
            return None
        data = self._data(place)
        is_exact = is_known and bool((data == result).all())
        made: Value = (op if is_exact else _pin_data(op, data, is_known=is_known and place in self._numbers))(*operands)
        return made


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


def _topological_order(fn: Any, ends: Container[Any]) -> list[Any]:
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
