"""Which of our operations a step of autograd's is, as far as it says so: for its slips and its name."""

from __future__ import annotations

import re
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

SAVED_OPERANDS = (("self", 0), ("mat1", 0), ("other", 1), ("mat2", 1), ("exponent", 1), ("vec", 1), ("tensor", 1))
"""Under which name autograd keeps which of a step's operands."""
_WORDS = {"Convolution": "conv", "NativeLayerNorm": "layer_norm", "NativeBatchNorm": "batch_norm", "Clamp": "clip"}


class Step(NamedTuple):
    """One step of autograd's graph: its node there, the shapes of what goes in, and that of what comes out."""

    fn: Any
    shapes: Sequence[Shape]
    shape: Shape

    def saved(self, name: str) -> Any:
        """Return what autograd keeps for the step under a name; None for nothing."""
        return saved(self.fn, name)

    @property
    def axis(self) -> Any:
        """Return the axis, or the axes, along which the step works; None for all."""
        dims = self.saved("dim")
        return tuple(map(_signed, dims)) or None if isinstance(dims, (tuple, list)) else _signed(dims)

    @property
    def keepdims(self) -> bool:
        return bool(self.saved("keepdim"))


class Counterpart(NamedTuple):
    """The operation of a step, with numbers that are operands too, before and after those that autograd knows.

    None stands for one that it does not keep.
    """

    op: ArrayOp
    before: tuple[float | None, ...] = ()
    after: tuple[float, ...] = ()


def word_of(fn: Any, *, in_words: bool = True) -> str:
    """Return what autograd calls a step, "MulBackward0": Mul, or in words mul."""
    plain = re.sub(r"Backward\d*$", "", fn.name().rpartition("::")[2])
    if not in_words:
        return plain
    return _WORDS.get(plain) or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain).lower()


def saved(fn: Any, name: str) -> Any:
    """Return what autograd keeps at a step; None for nothing, or no more."""
    try:
        return getattr(fn, f"_saved_{name}", None)
    except RuntimeError:
        return None


def operation_of(step: Step) -> Counterpart | None:
    """Return our operation for it, None where there is none."""
    word = word_of(step.fn, in_words=False)
    build = _BUILDERS.get(word)
    if build is None:
        return next((Counterpart(lift(op)) for op in named(word) if len(op.rule) == len(step.shapes)), None)
    try:
        made = build(step)
    except (TypeError, ValueError, AttributeError, IndexError):
        return None
    return made if isinstance(made, Counterpart) or made is None else Counterpart(made)


def _signed(number: Any) -> Any:
    """Return an axis as Python counts it; autograd keeps -1 as a number without a sign."""
    return number - 2**64 if number is not None and number >= 2**63 else number


ADD, SUBTRACT, _POWER = lift(ops.ADD), lift(ops.SUBTRACT), lift(ops.POWER)


def _sum(op: ArrayOp, before: tuple[None, ...] = ()) -> _Build:
    def build(step: Step) -> Counterpart | None:
        is_plain = step.saved("alpha") in (None, 1) and not (before and len(step.shapes) > 1)
        return Counterpart(op, before) if is_plain else None

    return build


def _power(step: Step) -> Counterpart:
    number = step.saved("exponent")
    if len(step.shapes) == 2:
        return Counterpart(_POWER)
    if isinstance(number, torch.Tensor):  # a number to the power of a tensor
        return Counterpart(_POWER, before=(float(step.saved("self")),))
    return Counterpart(_POWER, after=(float(number),))


def _clipped(step: Step) -> ArrayOp | None:
    lowest, highest = step.saved("min"), step.saved("max")
    if any(isinstance(bound, torch.Tensor) for bound in (lowest, highest)):
        return None
    return lift(ops.RELU) if lowest == 0 and highest is None else structure.clip(lowest, highest)


def _spread(make: Callable[..., ArrayOp]) -> _Build:
    def build(step: Step) -> ArrayOp:
        ddof = step.saved("correction")
        return make(step.axis, 1.0 if ddof is None else float(ddof), step.keepdims)

    return build


def _reduced(make: Callable[..., ArrayOp]) -> _Build:
    return lambda step: make(step.axis, step.keepdims)


def _along(make: Callable[..., ArrayOp]) -> _Build:
    return lambda step: make(step.axis)


def _transposed(step: Step) -> ArrayOp:
    axes = list(range(len(step.shapes[0])))
    if (order := step.saved("dims")) is not None:
        axes = [_signed(axis) % len(axes) for axis in order]
    elif step.saved("dim0") is not None:
        first, second = _signed(step.saved("dim0")), _signed(step.saved("dim1"))
        axes[first], axes[second] = axes[second], axes[first]
    else:
        axes.reverse()
    return structure.transpose(axes)


def _along_axis(step: Step, index: Any) -> ArrayOp:
    return structure.pick((*[slice(None)] * step.axis, index))


def _sliced(step: Step) -> ArrayOp:
    return _along_axis(step, slice(_signed(step.saved("start")), _signed(step.saved("end")), step.saved("step")))


def _indexed(step: Step) -> ArrayOp:
    parts = step.saved("indices")
    return structure.pick(tuple(slice(None) if part is None else part.cpu().numpy() for part in parts))


_Build = Callable[[Step], Counterpart | ArrayOp | None]
_BUILDERS: dict[str, _Build] = {
    "Add": _sum(ADD),
    "Sub": _sum(SUBTRACT),
    "Rsub": _sum(SUBTRACT, (None,)),
    "Div": lambda step: lift(ops.DIVIDE) if step.saved("rounding_mode") is None else None,
    "Pow": _power,
    "Reciprocal": lambda step: Counterpart(_POWER, after=(-1.0,)),
    "Rsqrt": lambda step: Counterpart(_POWER, after=(-0.5,)),
    **dict.fromkeys(("Clamp", "ClampMin"), _clipped),
    "Softplus": lambda step: lift(ops.SOFTPLUS) if step.saved("beta") == 1 else None,
    "LeakyRelu": lambda step: leaky_relu(float(step.saved("negative_slope"))),
    "Sum": _reduced(reductions.total),
    "Mean": _reduced(reductions.mean),
    **dict.fromkeys(("Max", "Amax"), _reduced(reductions.largest)),
    **dict.fromkeys(("Min", "Amin"), _reduced(reductions.smallest)),
    "Logsumexp": _reduced(reductions.log_sum_exp),
    "Var": _spread(reductions.var),
    "Std": _spread(reductions.std),
    "Softmax": _along(reductions.softmax),
    "LogSoftmax": _along(reductions.log_softmax),
    "Cumsum": _along(reductions.running_total),
    "Cat": _along(structure.concatenate),
    "Stack": _along(structure.stack),
    **dict.fromkeys(("Mm", "Bmm", "Mv", "Dot"), lambda step: MATMUL),
    **dict.fromkeys(
        ("View", "UnsafeView", "ReshapeAlias", "Unsqueeze", "Squeeze"), lambda step: structure.reshape(step.shape)
    ),
    **dict.fromkeys(("T", "Transpose", "Permute"), _transposed),
    "Expand": lambda step: structure.broadcast(step.shape),
    **dict.fromkeys(("Clone", "Alias", "ToCopy"), lambda step: structure.copy()),
    "Select": lambda step: _along_axis(step, _signed(step.saved("index"))),
    "Slice": _sliced,
    "Index": _indexed,
    "Embedding": lambda step: structure.pick(step.saved("indices").cpu().numpy()),
    "Gather": lambda step: structure.take_along(step.saved("index").cpu().numpy(), step.axis),
    "Where": lambda step: structure.choose(step.saved("condition").cpu().numpy()),
}
