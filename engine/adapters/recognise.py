"""Which operation of the page of calculus, or on arrays, a user operation is: told by the numbers it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from ..arrays import entrywise, products, reductions, structure
from ..arrays.amounts import Shape, alike, is_finite, plain, shape_of
from ..ops import Op

MOST_AXES = 3
EXACT = 1e-9
"""Two ways to write a formula differ by less than this, and two formulas by more."""


class Sample(NamedTuple):
    """A user operation at one point.

    Attributes:
        inputs: the data of its operands.
        output: what it gives.
        constants: the numbers and arrays that its rule holds on to, by name.
        is_coarse: whether it is computed in less than double precision.
    """

    inputs: tuple[Any, ...]
    output: Any
    constants: Mapping[str, Any]
    is_coarse: bool = False


Slot = int | str | float
"""What an operation is given: a user operand by its place, a constant by its name, or a number."""


class Recognised(NamedTuple):
    """An operation of ours.

    Attributes:
        op: the operation; of one with a parameter a function of that.
        slots: its operands.
        parameter: the constant's name that is its parameter, "" for none.
    """

    op: Op | Callable[[Any], Op]
    slots: tuple[Slot, ...]
    parameter: str = ""

    def at(self, constants: Mapping[str, Any]) -> Op:
        """Return the operation itself."""
        if isinstance(self.op, Op):
            return self.op
        return self.op(constants[self.parameter])

    def arguments(self, inputs: Sequence[Any], constants: Mapping[str, Any]) -> list[Any]:
        """Return what it is given, of things that stand for its operands."""
        return [
            inputs[slot] if isinstance(slot, int) else constants[slot] if isinstance(slot, str) else slot
            for slot in self.slots
        ]

    def fits(self, sample: Sample) -> bool:
        """Tell whether it gives what the user's operation gave."""
        try:
            given = self.arguments(sample.inputs, sample.constants)
            with np.errstate(all="ignore"):
                result = self.at(sample.constants).forward(*given)
        except (ArithmeticError, ValueError, TypeError, IndexError, KeyError, AttributeError):
            return False
        if not is_finite(result):
            return False
        return alike(plain(result), sample.output, 1e-4 if sample.is_coarse else EXACT, 1e-300)


def known(name: str, samples: Sequence[Sample], *, is_named: bool = False) -> Recognised | None:
    """Return the operation of ours that gives the same at all samples; None for none.

    Args:
        name: what they call it: of two that fit it decides.
        is_named: whether it must be one that goes by this name.
    """
    if not samples or not all(is_finite(sample.output) for sample in samples):
        return None
    for one in _candidates(name, samples[0]):
        if (not is_named or _is_called(one, name)) and all(map(one.fits, samples)):
            return one
    return None


def _is_called(one: Recognised, name: str) -> bool:
    base, word = getattr(one.op, "scalar", None) or one.op, name.strip("_").lower()[:3]
    return base in named(name) or (bool(word) and isinstance(base, Op) and base.name.startswith(word))


@cache
def named(name: str) -> tuple[Op, ...]:
    """Return the operations between numbers that go by a name, whoever gives it."""
    word = name.strip("_").lower()
    return tuple(op for op, names in _NAMES.items() if word in names)


_BY_NAME = ("exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "softplus", "log1p", "expm1", "erf", "logaddexp")
_NAMES = {
    ops.ADD: ("+", "add", "radd", "iadd", "plus"),
    ops.SUBTRACT: ("-", "sub", "rsub", "minus", "subtract"),
    ops.MULTIPLY: ("*", "mul", "rmul", "multiply", "times"),
    ops.DIVIDE: ("/", "truediv", "rtruediv", "div", "divide"),
    ops.POWER: ("**", "pow", "rpow", "power", "square", "pow2"),
    ops.NEGATE: ("neg", "-", "negate"),
    ops.RELU: ("relu",),
    ops.ABS: ("abs",),
    ops.MAXIMUM: ("max", "maximum"),
    ops.MINIMUM: ("min", "minimum"),
    ops.ARCTAN: ("arctan", "atan"),
    ops.SIGN: ("sign", "sgn"),
    **{getattr(ops, name.upper()): (name,) for name in _BY_NAME},
}
_UNARY = (
    ops.EXP, ops.LOG, ops.TANH, ops.RELU, ops.SIGMOID, ops.NEGATE, ops.SQRT, ops.SIN, ops.COS, ops.ABS, ops.SOFTPLUS,
    ops.LOG1P, ops.EXPM1, ops.ARCTAN, ops.ERF,
)  # fmt: skip
_BINARY = (ops.ADD, ops.MULTIPLY, ops.SUBTRACT, ops.DIVIDE, ops.POWER, ops.MAXIMUM, ops.MINIMUM, ops.LOGADDEXP)


def _candidates(name: str, sample: Sample) -> Iterator[Recognised]:
    shapes = [shape_of(x) for x in (*sample.inputs, sample.output, *sample.constants.values())]
    if not any(shapes):
        yield from _entrywise(name, sample, lambda op: op, ops.leaky_relu)
        return
    of_arrays = list(_of_arrays(sample))
    word = name.strip("_").lower()[:3]
    yield from (one for one in of_arrays if name and isinstance(one.op, Op) and one.op.name.startswith(word))
    yield from _entrywise(name, sample, entrywise.lift, entrywise.leaky_relu)
    yield from of_arrays


def _entrywise(
    name: str, sample: Sample, entry: Callable[[Op], Op], leaky: Callable[[float], Op]
) -> Iterator[Recognised]:
    count = len(sample.inputs)
    first = named(name)
    if count == 1:
        for op in sorted(_UNARY, key=lambda op: op not in first):
            yield Recognised(entry(op), (0,))
        for op in sorted(_BINARY, key=lambda op: op not in first):
            for constant in sample.constants:
                yield Recognised(entry(op), (0, constant))
                yield Recognised(entry(op), (constant, 0))
            if op in first:  # of a node with itself, which a set holds once
                yield Recognised(entry(op), (0, 0))
        for constant, number in sample.constants.items():
            if isinstance(number, float) and 0.0 < number < 1.0:
                yield Recognised(leaky, (0,), constant)
        yield Recognised(leaky(0.01), (0,))
        for number in (2.0, 3.0, -1.0, 0.5, 4.0, -2.0, -0.5, 1.5, 5.0):
            yield Recognised(entry(ops.POWER), (0, number))
        yield Recognised(entry(ops.MULTIPLY), (0, -1.0))
    elif count == 2:
        for op in sorted(_BINARY, key=lambda op: op not in first):
            yield Recognised(entry(op), (0, 1))
            if op in (ops.SUBTRACT, ops.DIVIDE, ops.POWER):
                yield Recognised(entry(op), (1, 0))


def _of_arrays(sample: Sample) -> Iterator[Recognised]:
    count, shape = len(sample.inputs), shape_of(sample.output)
    if count == 2:
        yield Recognised(products.MATMUL, (0, 1))
        yield Recognised(products.MATMUL, (1, 0))
        for axis in range(len(shape)):
            yield Recognised(structure.concatenate(axis), (0, 1))
            yield Recognised(structure.stack(axis), (0, 1))
    elif count > 2:
        for axis in range(len(shape)):
            yield Recognised(structure.concatenate(axis), tuple(range(count)))
            yield Recognised(structure.stack(axis), tuple(range(count)))
    if count == 1:
        for constant in sample.constants:
            yield Recognised(products.MATMUL, (0, constant))
            yield Recognised(products.MATMUL, (constant, 0))
        yield from _of_one_array(shape_of(sample.inputs[0]), shape)


def _of_one_array(given: Shape, shape: Shape) -> Iterator[Recognised]:
    axes: list[Any] = [None, *range(len(given))]
    for keepdims in (False, True):
        for axis in axes:
            for reduction in (reductions.total, reductions.mean, reductions.largest, reductions.smallest):
                yield Recognised(reduction(axis, keepdims), (0,))
            yield Recognised(reductions.log_sum_exp(axis, keepdims), (0,))
    if len(given) <= MOST_AXES:
        for order in list(permutations(range(len(given))))[1:]:
            yield Recognised(structure.transpose(order), (0,))
    if np.prod(given) == np.prod(shape):
        yield Recognised(structure.reshape(shape or (1,)), (0,))
    else:
        yield Recognised(structure.broadcast(shape), (0,))
    for axis in axes[1:]:
        yield Recognised(reductions.softmax(axis), (0,))
        yield Recognised(reductions.log_softmax(axis), (0,))
