"""The Functions of `functions`, each with what it is called with."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
import torch.utils.checkpoint
from torch.autograd import Function

from handgrad import Comparison
from handgrad.adapters.torch import watch

from . import entrywise as e
from . import functions as f

checkpoint: Any = inspect.unwrap(torch.utils.checkpoint.checkpoint)
"""As it is behind a decorator that loads torch's compiler, which takes longer than all the tests of it."""


class Case(NamedTuple):
    """A wrong Function.

    Attributes:
        wrong, right: the Function with a mistake, and without.
        arguments: makes what it is called with.
        kinds: what the slip may be; () for any.
        says: what the message must hold.
    """

    wrong: type[Function]
    right: type[Function]
    arguments: Callable[[], tuple[Any, ...]]
    kinds: tuple[str, ...]
    says: str

    @property
    def lines(self) -> list[int]:
        """The line of the mistake; more than one where a factor is missing that may stand on any of them."""
        lines, first = inspect.getsourcelines(inspect.unwrap(self.wrong.backward))
        return [first + n for n, text in enumerate(lines) if text.rstrip().endswith("# wrong")]


def ran(function: type[Function], arguments: tuple[Any, ...]) -> Comparison:
    """What is found in a block that runs a Function and its backward."""
    with watch() as found:
        result = function.apply(*arguments)
        outputs = result if isinstance(result, tuple) else (result,)
        sum((out.abs() ** 2).sum() for out in outputs if out.requires_grad).backward()
    return found


def randn(*shape: int, seed: int = 0, **options: Any) -> Any:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, **options).requires_grad_()


def _linear() -> tuple[Any, ...]:
    return randn(6, 4), randn(4, 4, seed=1), randn(4, seed=2)


def _norm() -> tuple[Any, ...]:
    return randn(2, 3, 4, 4), randn(3, seed=1), randn(3, seed=2), 1e-6


def _batch_norm() -> tuple[Any, ...]:
    return randn(5, 5), randn(5, seed=1), randn(5, seed=2), torch.zeros(5)


def _signs() -> Any:
    return torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0, 1.0])


def _complex() -> tuple[Any, ...]:
    return randn(6, dtype=torch.complex64), randn(6, seed=1, dtype=torch.complex64)


def _loss() -> tuple[Any, ...]:
    return randn(6), _signs(), 2.0


CASES = [
    Case(e.SwishWithoutBrackets, e.Swish, lambda: (randn(3, 4),), (), "i:"),
    Case(e.ISRLUWithoutUpstream, e.ISRLU, lambda: (randn(5, 5), 1.0), ("forgot-upstream",), "tensor:"),
    Case(e.MulConstantAsItIs, e.MulConstant, lambda: (randn(3, 3), 5.0), ("forgot-local", "factor"), "tensor:"),
    Case(f.LinearTransposed, f.Linear, _linear, ("transposed",), "x:"),
    Case(f.LinearMeanBias, f.Linear, _linear, ("factor", "wrong-axis"), "bias:"),
    Case(f.LinearWithoutBias, f.Linear, _linear, ("missing-path",), "bias: backward returns None"),
    Case(f.LayerNorm2dWithoutMean, f.LayerNorm2d, _norm, (), "x:"),
    Case(f.BatchNormGamma, f.BatchNorm, _batch_norm, ("wrong-axis", "transposed"), "gamma:"),
    Case(e.ExpTwice, e.Exp, lambda: (randn(4),), ("rule",), "x:"),
    Case(e.TanhOfInput, e.Tanh, lambda: (randn(4),), ("rule",), "is it the input or the output that is squared?"),
    Case(e.ELUWithoutAlpha, e.ELU, lambda: (randn(4, 4), 0.5), (), "x:"),
    Case(f.FocalLossSum, f.FocalLoss, _loss, ("factor",), "logits:"),
    Case(
        f.CrossEntropyWithoutOneHot,
        f.CrossEntropy,
        lambda: (randn(4, 3), torch.tensor([0, 2, 1, 1])),
        ("one-hot", "missing-path"),
        "logits:",
    ),
    Case(f.SoftmaxDiagonal, f.Softmax, lambda: (randn(3, 4), 1), (), "x:"),
    Case(
        f.SquaredNormLastAxis,
        f.SquaredNorm,
        lambda: (randn(3, 3, 3),),
        ("wrong-axis",),
        "broadcast along the wrong axis",
    ),
    Case(
        f.GatherOverwritten,
        f.Gather,
        lambda: (randn(5, 2), torch.tensor([0, 3, 3, 1, 0])),
        ("missing-path",),
        "only the last of several uses of an entry of table is kept",
    ),
    Case(f.ComplexCumsumWithoutConj, f.ComplexCumsum, _complex, (), "w: that is the slope without its conjugate"),
    Case(f.SampleSign, f.Sample, lambda: (randn(8), randn(6, seed=1)), ("sign",), "offset:"),
    Case(e.NumpyGeluTwice, e.NumpyGelu, lambda: (randn(3, 3),), ("double",), "x: what comes from output"),
    Case(
        f.SplitNormOneOutput,
        f.SplitNorm,
        lambda: (randn(3, 4),),
        ("missing-path",),
        "you left out what comes from output[1]",
    ),
    Case(e.DropoutUnscaled, e.Dropout, lambda: (randn(6, 6), 0.3), ("factor", "forgot-local"), "x:"),
    Case(e.HingeEverywhere, e.Hinge, lambda: (randn(6), _signs()), (), "scores:"),
    Case(e.ScaleInverse, e.Scale, lambda: (randn(4) * 1.0, 3.0), ("factor", "rule"), "x:"),
    Case(f.AdderSameSign, f.Adder, lambda: (randn(3, 2), randn(2, 4, seed=1)), ("sign",), "x:"),
]
