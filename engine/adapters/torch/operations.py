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
from ..recognise import ops_named

SAVED_OPERANDS = (("self", 0), ("mat1", 0), ("other", 1), ("mat2", 1), ("exponent", 1), ("vec", 1), ("tensor", 1))
"""Under which name autograd keeps which of a step's operands."""
_WORDS = {"Convolution": "conv", "NativeLayerNorm": "layer_norm", "NativeBatchNorm": "batch_norm", "Clamp": "clip"}


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


def word_of(fn: Any, *, in_words: bool = True) -> str:
    """Return what autograd calls a step, "MulBackward0": Mul, or in words mul."""
    plain = re.sub(r"Backward\d*$", "", fn.name().rpartition("::")[2])
    if not in_words:
        return plain
    return _WORDS.get(plain) or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain).lower()


def read_saved(fn: Any, name: str) -> Any:
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
