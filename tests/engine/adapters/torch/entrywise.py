"""Functions that act on each entry, as those of `functions`: a right one, and the same with a mistake in it.

Among them ISRLU without the upstream gradient (pytorch/pytorch issue 4355), a constant left out of backward
(zergtant/pytorch-handbook issue 69), and the Swish of the EfficientNets.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch.autograd import Function


class Swish(Function):
    @staticmethod
    def forward(ctx: Any, i: Any) -> Any:
        ctx.save_for_backward(i)
        return i * torch.sigmoid(i)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (i,) = ctx.saved_tensors
        s = torch.sigmoid(i)
        return grad_output * (s * (1 + i * (1 - s)))


class SwishWithoutBrackets(Swish):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (i,) = ctx.saved_tensors
        s = torch.sigmoid(i)
        return grad_output * (s + i * (1 - s))  # wrong


class ISRLU(Function):
    @staticmethod
    def forward(ctx: Any, tensor: Any, alpha: float = 1.0) -> Any:
        negatives = torch.clamp(tensor, max=0.0)
        ctx.nisr = torch.rsqrt(1.0 + alpha * negatives**2)
        return tensor * ctx.nisr

    @staticmethod
    def backward(ctx: Any, grad_out: Any) -> Any:
        return grad_out * ctx.nisr**3, None


class ISRLUWithoutUpstream(ISRLU):
    @staticmethod
    def backward(ctx: Any, grad_out: Any) -> Any:
        return ctx.nisr**3, None  # wrong


class MulConstant(Function):
    @staticmethod
    def forward(ctx: Any, tensor: Any, constant: float) -> Any:
        ctx.constant = constant
        return tensor * constant

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return grad_output * ctx.constant, None


class MulConstantAsItIs(MulConstant):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return grad_output, None  # wrong


class Exp(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        result = x.exp()
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (result,) = ctx.saved_tensors
        return grad_output * result


class ExpTwice(Exp):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (result,) = ctx.saved_tensors
        return grad_output * result.exp()  # wrong


class Tanh(Function):
    """In the style with `setup_context`."""

    @staticmethod
    def forward(x: Any) -> Any:
        return torch.tanh(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(*inputs, output)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        _, y = ctx.saved_tensors
        return grad_output * (1 - y * y)


class TanhOfInput(Tanh):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        x, _ = ctx.saved_tensors
        return grad_output * (1 - x * x)  # wrong


class ELU(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, alpha: float) -> Any:
        y = torch.where(x > 0, x, alpha * (x.exp() - 1))
        ctx.save_for_backward(x, y)
        ctx.alpha = alpha
        return y

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        x, y = ctx.saved_tensors
        return torch.where(x > 0, grad_output, grad_output * (y + ctx.alpha)), None


class ELUWithoutAlpha(ELU):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        x, y = ctx.saved_tensors
        return torch.where(x > 0, grad_output, grad_output * y), None  # wrong


class NumpyGelu(Function):
    """Through NumPy, where autograd sees nothing."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        a = x.detach().numpy()
        u = math.sqrt(2 / math.pi) * (a + 0.044715 * a**3)
        return torch.from_numpy(0.5 * a * (1 + np.tanh(u))).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (x,) = ctx.saved_tensors
        c = math.sqrt(2 / math.pi)
        t = torch.tanh(c * (x + 0.044715 * x**3))
        return grad_output * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x))


class NumpyGeluTwice(NumpyGelu):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (x,) = ctx.saved_tensors
        c = math.sqrt(2 / math.pi)
        t = torch.tanh(c * (x + 0.044715 * x**3))
        return 2 * grad_output * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x))  # wrong


class Dropout(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, p: float) -> Any:
        ctx.mask = (torch.rand_like(x) > p).to(x.dtype)
        ctx.p = p
        return x * ctx.mask / (1 - p)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return grad_output * ctx.mask / (1 - ctx.p), None


class DropoutUnscaled(Dropout):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return grad_output * ctx.mask, None  # wrong


class Hinge(Function):
    @staticmethod
    def forward(ctx: Any, scores: Any, labels: Any) -> Any:
        margin = 1 - scores * labels
        ctx.save_for_backward(margin, labels)
        return margin.clamp(min=0)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        margin, labels = ctx.saved_tensors
        return torch.where(margin > 0, -labels * grad_output, torch.zeros_like(grad_output)), None


class HingeEverywhere(Hinge):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        _, labels = ctx.saved_tensors
        return -labels * grad_output, None  # wrong


class Scale(Function):
    """It writes to its input, and says so."""

    @staticmethod
    def forward(ctx: Any, x: Any, factor: float) -> Any:
        ctx.factor = factor
        x.mul_(factor)
        ctx.mark_dirty(x)
        return x

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return grad_output * ctx.factor, None


class ScaleInverse(Scale):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return grad_output / ctx.factor, None  # wrong
