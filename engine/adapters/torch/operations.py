"""Which of our operations a step of autograd's is, as far as it says so: for its slips and its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch

from ... import ops
from ...arrays import reductions, structure
from ...arrays.edges import Shape
from ...arrays.entrywise import leaky_relu, lift
from ...arrays.operation import ArrayOp
from ...arrays.products import MATMUL
from ..recognise import named
from .step import word_of


class Step(NamedTuple):
    """One step of autograd's graph.

    Attributes:
        fn: autograd's node.
        shapes: the shapes of what goes in, those that are known.
        shape: that of what comes out.
    """

    fn: Any
    shapes: Sequence[Shape | None]
    shape: Shape

    def saved(self, name: str) -> Any:
        """What autograd keeps for the step under a name; None for nothing."""
        return saved(self.fn, name)

    @property
    def axis(self) -> Any:
        dims = self.saved("dim")
        if dims is None or isinstance(dims, (tuple, list)):
            return None if not dims else tuple(map(_signed, dims))
        return _signed(dims)

    @property
    def keepdims(self) -> bool:
        return bool(self.saved("keepdim"))


class Counterpart(NamedTuple):
    """The operation of a step.

    Attributes:
        op: it.
        before, after: numbers that are operands too, before and after those that autograd knows; None for one that it
            does not keep.
        solved: (result, one operand) -> the other, where that follows.
    """

    op: ArrayOp
    before: tuple[float | None, ...] = ()
    after: tuple[float, ...] = ()
    solved: Callable[[Any, Any], Any] | None = None


def saved(fn: Any, name: str) -> Any:
    """What autograd keeps at a step; None where there is nothing, or no more."""
    try:
        return getattr(fn, f"_saved_{name}", None)
    except RuntimeError:
        return None


def _signed(axis: int) -> int:
    """An axis as Python counts it: autograd keeps -1 as a number without a sign."""
    return axis - 2**64 if axis >= 2**63 else axis


def operation_of(step: Step) -> Counterpart | None:
    """Our operation for it, None where there is none."""
    word = word_of(step.fn, in_words=False)
    build = _BUILDERS.get(word)
    if build is None:
        return next((Counterpart(lift(op)) for op in named(word) if len(op.rule) == len(step.shapes)), None)
    try:
        return build(step)
    except (TypeError, ValueError, AttributeError, IndexError):
        return None


ADD, _SUBTRACT = lift(ops.ADD), lift(ops.SUBTRACT)


def _sum(step: Step) -> Counterpart | None:
    return Counterpart(ADD, solved=lambda y, x: y - x) if step.saved("alpha") in (None, 1) else None


def _difference(step: Step) -> Counterpart | None:
    return Counterpart(_SUBTRACT, solved=lambda y, x: x - y) if step.saved("alpha") in (None, 1) else None


def _turned_difference(step: Step) -> Counterpart | None:
    """A number minus a tensor."""
    if step.saved("alpha") not in (None, 1) or len(step.shapes) != 1:
        return None
    return Counterpart(_SUBTRACT, before=(None,), solved=lambda y, x: y + x)


def _power(exponent: float | None) -> Callable[[Step], Counterpart | None]:
    def build(step: Step) -> Counterpart | None:
        if len(step.shapes) == 2:
            return Counterpart(lift(ops.POWER))
        number = step.saved("exponent") if exponent is None else exponent
        if isinstance(number, torch.Tensor):  # a number to the power of a tensor
            return Counterpart(lift(ops.POWER), before=(float(step.saved("self")),))
        return Counterpart(lift(ops.POWER), after=(float(number),))

    return build


def _division(step: Step) -> Counterpart | None:
    return Counterpart(lift(ops.DIVIDE)) if step.saved("rounding_mode") is None else None


def _clipped(step: Step) -> Counterpart | None:
    lowest, highest = step.saved("min"), step.saved("max")
    if any(isinstance(bound, torch.Tensor) for bound in (lowest, highest)):
        return None
    return (
        Counterpart(lift(ops.RELU)) if lowest == 0 and highest is None else Counterpart(structure.clip(lowest, highest))
    )


def _softplus(step: Step) -> Counterpart | None:
    return Counterpart(lift(ops.SOFTPLUS)) if step.saved("beta") == 1 else None


def _reduction(make: Callable[[Any, bool], ArrayOp]) -> Callable[[Step], Counterpart | None]:
    return lambda step: Counterpart(make(step.axis, step.keepdims))


def _spread(make: Callable[..., ArrayOp]) -> Callable[[Step], Counterpart | None]:
    def build(step: Step) -> Counterpart | None:
        ddof = step.saved("correction")
        return Counterpart(make(step.axis, 1.0 if ddof is None else float(ddof), step.keepdims))

    return build


def _along(make: Callable[[Any], ArrayOp]) -> Callable[[Step], Counterpart | None]:
    return lambda step: Counterpart(make(step.axis))


def _reshaped(step: Step) -> Counterpart | None:
    return Counterpart(structure.reshape(step.shape))


def _transposed(step: Step) -> Counterpart | None:
    (shape,) = step.shapes
    if shape is None:
        return None
    axes = list(range(len(shape)))
    if (order := step.saved("dims")) is not None:
        axes = [_signed(axis) % len(shape) for axis in order]
    elif step.saved("dim0") is not None:
        first, second = _signed(step.saved("dim0")), _signed(step.saved("dim1"))
        axes[first], axes[second] = axes[second], axes[first]
    else:
        axes.reverse()
    return Counterpart(structure.transpose(axes))


def _index(parts: Callable[[Step], Any]) -> Callable[[Step], Counterpart | None]:
    return lambda step: Counterpart(structure.pick(parts(step)))


def _selected(step: Step) -> Any:
    return (*[slice(None)] * step.axis, _signed(step.saved("index")))


def _sliced(step: Step) -> Any:
    part = slice(_signed(step.saved("start")), _signed(step.saved("end")), step.saved("step"))
    return (*[slice(None)] * step.axis, part)


def _by_arrays(step: Step) -> Any:
    return tuple(slice(None) if part is None else part.cpu().numpy() for part in step.saved("indices"))


def _rows(step: Step) -> Any:
    return step.saved("indices").cpu().numpy()


def _gathered(step: Step) -> Counterpart | None:
    return Counterpart(structure.take_along(step.saved("index").cpu().numpy(), step.axis))


def _chosen(step: Step) -> Counterpart | None:
    return Counterpart(structure.choose(step.saved("condition").cpu().numpy()))


_BUILDERS: dict[str, Callable[[Step], Counterpart | None]] = {
    "Add": _sum,
    "Sub": _difference,
    "Rsub": _turned_difference,
    "Div": _division,
    "Pow": _power(None),
    "Reciprocal": _power(-1.0),
    "Rsqrt": _power(-0.5),
    "Clamp": _clipped,
    "ClampMin": _clipped,
    "Softplus": _softplus,
    "LeakyRelu": lambda step: Counterpart(leaky_relu(float(step.saved("negative_slope")))),
    "Sum": _reduction(reductions.total),
    "Mean": _reduction(reductions.mean),
    "Max": _reduction(reductions.largest),
    "Min": _reduction(reductions.smallest),
    "Amax": _reduction(reductions.largest),
    "Amin": _reduction(reductions.smallest),
    "Logsumexp": _reduction(reductions.log_sum_exp),
    "Var": _spread(reductions.var),
    "Std": _spread(reductions.std),
    "Softmax": _along(reductions.softmax),
    "LogSoftmax": _along(reductions.log_softmax),
    "Cumsum": _along(reductions.running_total),
    "Mm": lambda step: Counterpart(MATMUL),
    "Bmm": lambda step: Counterpart(MATMUL),
    "Mv": lambda step: Counterpart(MATMUL),
    "Dot": lambda step: Counterpart(MATMUL),
    "View": _reshaped,
    "UnsafeView": _reshaped,
    "ReshapeAlias": _reshaped,
    "Unsqueeze": _reshaped,
    "Squeeze": _reshaped,
    "T": _transposed,
    "Transpose": _transposed,
    "Permute": _transposed,
    "Expand": lambda step: Counterpart(structure.broadcast(step.shape)),
    "Clone": lambda step: Counterpart(structure.copy()),
    "Alias": lambda step: Counterpart(structure.copy()),
    "ToCopy": lambda step: Counterpart(structure.copy()),
    "Cat": lambda step: Counterpart(structure.concatenate(step.axis)),
    "Stack": lambda step: Counterpart(structure.stack(step.axis)),
    "Select": _index(_selected),
    "Slice": _index(_sliced),
    "Index": _index(_by_arrays),
    "Embedding": _index(_rows),
    "Gather": _gathered,
    "Where": _chosen,
}


SAVED_OPERANDS = (("self", 0), ("mat1", 0), ("other", 1), ("mat2", 1), ("exponent", 1), ("vec", 1), ("tensor", 1))
"""Under which name autograd keeps which of a step's operands."""
