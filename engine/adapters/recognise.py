"""Which operation of the page of calculus, or on arrays, a user operation is: told by the numbers it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations, permutations, product
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from ..amounts import Shape, alike, plain, shape_of
from ..loading import LazyModule
from ..ops import Op

# Between numbers nothing of arrays is loaded.
entrywise, products, reductions, structure = (
    LazyModule("handgrad.arrays", name) for name in ("entrywise", "products", "reductions", "structure")
)

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


class Recognised(NamedTuple):
    """An operation of ours; its slots are user operands by their places, constants by their names, and numbers."""

    op: Op
    slots: tuple[Any, ...]

    def arguments(self, inputs: Sequence[Any], constants: Mapping[str, Any]) -> list[Any]:
        """Return what it is given, of things that stand for its operands."""
        return [inputs[one] if isinstance(one, int) else constants.get(one, one) for one in self.slots]

    def fits(self, sample: Sample) -> bool:
        """Tell whether it gives what the user's operation gave."""
        try:
            result = self.op.forward(*self.arguments(sample.inputs, sample.constants))
        except (ArithmeticError, ValueError, TypeError, IndexError, AttributeError):
            return False
        return alike(plain(result), sample.output, 1e-4 if sample.is_coarse else EXACT, 1e-300)


def find_op(name: str, samples: Sequence[Sample], *, is_named: bool = False) -> Recognised | None:
    """Return the operation of ours that gives the same at all samples; None for none.

    Args:
        name: what they call it: of two that fit it decides.
        is_named: whether it must be one that goes by this name.
    """
    if not samples:
        return None
    word = name.strip("_").lower()[:3] or "-"
    first = samples[0]
    is_of_arrays = any(map(shape_of, (*first.inputs, first.output, *first.constants.values())))
    for one in array_candidates(name, first) if is_of_arrays else _entrywise(name, first, lambda op: op):
        base = getattr(one.op, "scalar", None) or one.op
        if (not is_named or base in ops_named(name) or base.name.startswith(word)) and all(map(one.fits, samples)):
            return one
    return None


@cache
def ops_named(name: str) -> tuple[Op, ...]:
    """Return the operations between numbers that go by a name, whoever gives it."""
    word = name.strip("_").lower()
    return tuple(op for op, names in _NAMES.items() if word in names)


_BY_NAME = ("exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "softplus", "log1p", "expm1", "erf", "logaddexp")
_NAMES = {
    ops.ADD: ("+", "add", "radd", "iadd", "plus"),
    ops.SUBTRACT: ("-", "sub", "rsub", "minus", "subtract"),
    ops.MULTIPLY: ("*", "mul", "rmul", "multiply", "times"),
    ops.DIVIDE: ("/", "truediv", "rtruediv", "div", "divide"),
    ops.POWER: ("**", "pow", "rpow", "power", "square", "pow2", "rsqrt", "reciprocal"),
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


_REDUCTIONS = ("total", "mean", "largest", "smallest", "log_sum_exp")
_NUMBERS = (2.0, 3.0, -1.0, 0.5, 4.0, -2.0, -0.5, 1.5, 5.0)


def array_candidates(name: str, sample: Sample) -> Iterator[Recognised]:
    """Yield the operations on arrays that a sample may be of, those of its name first."""
    of_arrays = list(_array_candidates(sample))
    word = name.strip("_").lower()[:3]
    yield from (one for one in of_arrays if name and one.op.name.startswith(word))
    yield from _entrywise(name, sample, entrywise.lift)
    yield from of_arrays


def _entrywise(name: str, sample: Sample, entry: Callable[[Op], Op]) -> Iterator[Recognised]:
    """Yield operations entry by entry, with constants of the sample as operands."""
    first = ops_named(name)
    unary, binary = (sorted(some, key=lambda op: op not in first) for some in (_UNARY, _BINARY))
    if len(sample.inputs) == 2:
        yield from (Recognised(entry(op), slots) for op in binary for slots in ((0, 1), (1, 0)))
    if len(sample.inputs) != 1:
        return
    yield from (Recognised(entry(op), (0,)) for op in unary)
    for op in binary:
        yield from (Recognised(entry(op), slots) for one in sample.constants for slots in ((0, one), (one, 0)))
        if op in first:  # of a node with itself, which a set holds once
            yield Recognised(entry(op), (0, 0))
    for slope in (*sample.constants.values(), 0.01):
        if isinstance(slope, float) and 0.0 < slope < 1.0:
            yield Recognised(entry(ops.leaky_relu(slope)), (0,))
    yield from (Recognised(entry(ops.POWER), (0, number)) for number in _NUMBERS)
    yield Recognised(entry(ops.MULTIPLY), (0, -1.0))


def _array_candidates(sample: Sample) -> Iterator[Recognised]:
    """Yield products, joins, and operations on one array."""
    count, shape = len(sample.inputs), shape_of(sample.output)
    seconds = (1,) if count == 2 else tuple(sample.constants) if count == 1 else ()
    yield from (Recognised(products.MATMUL, slots) for one in seconds for slots in ((0, one), (one, 0)))
    for axis in range(len(shape)) if count > 1 else ():
        yield Recognised(structure.concatenate(axis), tuple(range(count)))
        yield Recognised(structure.stack(axis), tuple(range(count)))
    for op in _unary_array_ops(shape_of(sample.inputs[0]), shape) if count == 1 else ():
        yield Recognised(op, (0,))


def _unary_array_ops(shape: Shape, result: Shape) -> Iterator[Op]:
    """Yield the operations that may bring one shape to another."""
    count = len(shape)
    some = [axes for n in range(min(1, count), count + 1) for axes in combinations(range(count), n)]
    for keepdims, axes in product((False, True), reversed(some)):
        if result == tuple(1 if n in axes else size for n, size in enumerate(shape) if keepdims or n not in axes):
            axis: Any = None if len(axes) == count else axes if len(axes) > 1 else axes[0]
            for reduction in _REDUCTIONS:
                yield getattr(reductions, reduction)(axis, keepdims)
            for ddof in (0.0, 1.0):
                yield reductions.var(axis, ddof, keepdims)
                yield reductions.std(axis, ddof, keepdims)
    if count <= MOST_AXES:
        yield from map(structure.transpose, list(permutations(range(count)))[1:])
    is_reshaped = np.prod(shape) == np.prod(result)
    yield structure.reshape(result or (1,)) if is_reshaped else structure.broadcast(result)
    for axis in range(count) if shape == result else ():
        yield reductions.softmax(axis)
        yield reductions.log_softmax(axis)
        yield reductions.running_total(axis)
