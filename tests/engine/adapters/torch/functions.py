"""`torch.autograd.Function`s after public code and threads, rewritten: a right one, and the same with a mistake in it.

The line of the mistake ends in `# wrong`. The mistakes are of the kinds reported there: an axis, a transpose, a path
left out; one gradient for two inputs (huawei-noah/AdderNet issue 21), a layer norm over images (in many restoration
networks), the signs of a deformable convolution's sampling, and so on.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable


class Linear(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, weight: Any, bias: Any = None) -> Any:
        ctx.save_for_backward(x, weight, bias)
        output = x.mm(weight.t())
        return output if bias is None else output + bias.unsqueeze(0).expand_as(output)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        x, weight, bias = ctx.saved_tensors
        grad_x = grad_weight = grad_bias = None
        if ctx.needs_input_grad[0]:
            grad_x = grad_output.mm(weight)
        if ctx.needs_input_grad[1]:
            grad_weight = grad_output.t().mm(x)
        if bias is not None and ctx.needs_input_grad[2]:
            grad_bias = grad_output.sum(0)
        return grad_x, grad_weight, grad_bias


class LinearTransposed(Linear):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        x, weight, _ = ctx.saved_tensors
        grad_x = grad_output.mm(weight.t())  # wrong
        grad_weight = grad_output.t().mm(x)
        return grad_x, grad_weight, grad_output.sum(0)


class LinearMeanBias(Linear):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        x, weight, _ = ctx.saved_tensors
        grad_bias = grad_output.mean(0)  # wrong
        return grad_output.mm(weight), grad_output.t().mm(x), grad_bias


class LinearWithoutBias(Linear):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        x, weight, _ = ctx.saved_tensors
        grad_x = grad_output.mm(weight)
        grad_weight = grad_output.t().mm(x)
        return grad_x, grad_weight, None  # wrong


class LayerNorm2d(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, weight: Any, bias: Any, eps: float) -> Any:
        ctx.eps = eps
        mu = x.mean(1, keepdim=True)
        var = (x - mu).pow(2).mean(1, keepdim=True)
        y = (x - mu) / (var + eps).sqrt()
        ctx.save_for_backward(y, var, weight)
        return weight.view(1, -1, 1, 1) * y + bias.view(1, -1, 1, 1)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        y, var, weight = ctx.saved_tensors
        g = grad_output * weight.view(1, -1, 1, 1)
        mean_g = g.mean(dim=1, keepdim=True)
        mean_gy = (g * y).mean(dim=1, keepdim=True)
        gx = 1.0 / torch.sqrt(var + ctx.eps) * (g - y * mean_gy - mean_g)
        return gx, (grad_output * y).sum((3, 2, 0)), grad_output.sum((3, 2, 0)), None


class LayerNorm2dWithoutMean(LayerNorm2d):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        y, var, weight = ctx.saved_tensors
        g = grad_output * weight.view(1, -1, 1, 1)
        mean_gy = (g * y).mean(dim=1, keepdim=True)
        gx = 1.0 / torch.sqrt(var + ctx.eps) * (g - y * mean_gy)  # wrong
        return gx, (grad_output * y).sum((3, 2, 0)), grad_output.sum((3, 2, 0)), None


class BatchNorm(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, gamma: Any, beta: Any, running_mean: Any, eps: float = 1e-5) -> Any:
        mean, var = x.mean(0), x.var(0, unbiased=False)
        running_mean.mul_(0.9).add_(0.1 * mean)
        x_hat = (x - mean) / torch.sqrt(var + eps)
        ctx.save_for_backward(x_hat, gamma, torch.sqrt(var + eps))
        return gamma * x_hat + beta

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        x_hat, gamma, std = ctx.saved_tensors
        n = grad_output.shape[0]
        dx_hat = grad_output * gamma
        dx = (n * dx_hat - dx_hat.sum(0) - x_hat * (dx_hat * x_hat).sum(0)) / (n * std)
        return dx, (grad_output * x_hat).sum(0), grad_output.sum(0), None, None


class BatchNormGamma(BatchNorm):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        x_hat, gamma, std = ctx.saved_tensors
        n = grad_output.shape[0]
        dx_hat = grad_output * gamma
        dx = (n * dx_hat - dx_hat.sum(0) - x_hat * (dx_hat * x_hat).sum(0)) / (n * std)
        dgamma = (grad_output * x_hat).sum(1)  # wrong
        return dx, dgamma, grad_output.sum(0), None, None


class FocalLoss(Function):
    @staticmethod
    def forward(ctx: Any, logits: Any, targets: Any, gamma: float) -> Any:
        p = torch.sigmoid(logits)
        pt = torch.where(targets > 0, p, 1 - p)
        ctx.save_for_backward(pt, targets)
        ctx.gamma = gamma
        return (-((1 - pt) ** gamma) * pt.log()).mean()

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        pt, targets = ctx.saved_tensors
        gamma = ctx.gamma
        inner = (1 - pt) ** gamma * (gamma * pt * pt.log() + pt - 1)
        grad = torch.where(targets > 0, inner, -inner) / pt.numel()
        return grad_output * grad, None, None


class FocalLossSum(FocalLoss):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        pt, targets = ctx.saved_tensors
        gamma = ctx.gamma
        inner = (1 - pt) ** gamma * (gamma * pt * pt.log() + pt - 1)  # wrong
        grad = torch.where(targets > 0, inner, -inner)  # wrong
        return grad_output * grad, None, None


class CrossEntropy(Function):
    @staticmethod
    def forward(ctx: Any, logits: Any, targets: Any) -> Any:
        log_probs = logits.log_softmax(1)
        ctx.save_for_backward(log_probs.exp(), targets)
        return -log_probs[torch.arange(len(targets)), targets].mean()

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        probs, targets = ctx.saved_tensors
        grad = probs.clone()
        grad[torch.arange(len(targets)), targets] -= 1
        return grad_output * grad / len(targets), None


class CrossEntropyWithoutOneHot(CrossEntropy):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        probs, targets = ctx.saved_tensors
        return grad_output * probs / len(targets), None  # wrong


class Softmax(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, dim: int) -> Any:
        e = (x - x.max(dim, keepdim=True).values).exp()
        y = e / e.sum(dim, keepdim=True)
        ctx.save_for_backward(y)
        ctx.dim = dim
        return y

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (y,) = ctx.saved_tensors
        return y * (grad_output - (grad_output * y).sum(ctx.dim, keepdim=True)), None


class SoftmaxDiagonal(Softmax):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (y,) = ctx.saved_tensors
        return grad_output * y * (1 - y), None  # wrong


class SquaredNorm(Function):
    """One number an example: the upstream gradient belongs to the first axis."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return (x * x).sum((1, 2))

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 2 * x * grad_output[:, None, None]


class SquaredNormLastAxis(SquaredNorm):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 2 * x * grad_output  # wrong


class Gather(Function):
    @staticmethod
    def forward(ctx: Any, table: Any, index: Any) -> Any:
        ctx.save_for_backward(index)
        ctx.shape = table.shape
        return table[index]

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (index,) = ctx.saved_tensors
        grad = torch.zeros(ctx.shape, dtype=grad_output.dtype)
        grad.index_add_(0, index, grad_output)
        return grad, None


class GatherOverwritten(Gather):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (index,) = ctx.saved_tensors
        grad = torch.zeros(ctx.shape, dtype=grad_output.dtype)
        grad[index] = grad_output  # wrong
        return grad, None


class ComplexCumsum(Function):
    @staticmethod
    def forward(ctx: Any, z: Any, w: Any) -> Any:
        ctx.save_for_backward(z, w)
        return torch.cumsum(z * w, 0)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        z, w = ctx.saved_tensors
        g = grad_output.flip(0).cumsum(0).flip(0)
        return g * w.conj(), g * z.conj()


class ComplexCumsumWithoutConj(ComplexCumsum):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        z, w = ctx.saved_tensors
        g = grad_output.flip(0).cumsum(0).flip(0)
        return g * w.conj(), g * z  # wrong


class Sample(Function):
    """Linear interpolation at positions that are learnt, as a deformable convolution samples."""

    @staticmethod
    def forward(ctx: Any, values: Any, offset: Any) -> Any:
        position = torch.arange(len(offset), dtype=offset.dtype) + offset
        low = position.floor().clamp(0, len(values) - 2).long()
        share = position - low
        ctx.save_for_backward(values, low, share)
        return values[low] * (1 - share) + values[low + 1] * share

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Any) -> Any:
        values, low, share = ctx.saved_tensors
        grad_values = torch.zeros_like(values)
        grad_values.index_add_(0, low, grad_output * (1 - share))
        grad_values.index_add_(0, low + 1, grad_output * share)
        grad_offset = grad_output * (values[low + 1] - values[low])
        return grad_values, grad_offset


class SampleSign(Sample):
    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Any) -> Any:
        values, low, share = ctx.saved_tensors
        grad_values = torch.zeros_like(values)
        grad_values.index_add_(0, low, grad_output * (1 - share))
        grad_values.index_add_(0, low + 1, grad_output * share)
        grad_offset = grad_output * (values[low] - values[low + 1])  # wrong
        return grad_values, grad_offset


class SplitNorm(Function):
    """Two outputs, and a third that has no gradient."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        norm = x.norm(dim=1, keepdim=True)
        unit = x / norm
        largest = x.argmax(1)
        ctx.mark_non_differentiable(largest)
        ctx.save_for_backward(unit, norm)
        return unit, norm, largest

    @staticmethod
    def backward(ctx: Any, grad_unit: Any, grad_norm: Any, _: Any) -> Any:
        unit, norm = ctx.saved_tensors
        through_unit = (grad_unit - unit * (grad_unit * unit).sum(1, keepdim=True)) / norm
        return through_unit + grad_norm * unit


class SplitNormOneOutput(SplitNorm):
    @staticmethod
    def backward(ctx: Any, grad_unit: Any, grad_norm: Any, _: Any) -> Any:
        unit, norm = ctx.saved_tensors
        return (grad_unit - unit * (grad_unit * unit).sum(1, keepdim=True)) / norm  # wrong


class Adder(Function):
    """The distances of AdderNet's layers."""

    @staticmethod
    def forward(ctx: Any, w: Any, x: Any) -> Any:
        ctx.save_for_backward(w, x)
        return -((w.unsqueeze(2) - x.unsqueeze(0)) ** 2).sum(1)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        w, x = ctx.saved_tensors
        grad_w = 2 * ((x.unsqueeze(0) - w.unsqueeze(2)) * grad_output.unsqueeze(1)).sum(2)
        grad_x = 2 * ((w.unsqueeze(2) - x.unsqueeze(0)) * grad_output.unsqueeze(1)).sum(0)
        return grad_w, grad_x


class AdderSameSign(Adder):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        w, x = ctx.saved_tensors
        difference = x.unsqueeze(0) - w.unsqueeze(2)
        grad_w = 2 * (difference * grad_output.unsqueeze(1)).sum(2)
        grad_x = 2 * (difference * grad_output.unsqueeze(1)).sum(0)  # wrong
        return grad_w, grad_x


class Adapted(Function):
    """A product of what is clipped from below, with a second one of low rank beside it, times 4."""

    @staticmethod
    def forward(ctx: Any, x: Any, w: Any, a: Any, b: Any) -> Any:
        ctx.save_for_backward(x, w, a, b)
        clipped = x.clamp(min=-0.5)
        scaled = 4.0 * clipped
        return scaled @ w + (scaled @ a) @ b

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        x, w, a, b = ctx.saved_tensors
        scaled, low = 4.0 * x.clamp(min=-0.5), grad_output @ b.t()
        grad_x = 4.0 * (x > -0.5) * (grad_output @ w.t() + low @ a.t())
        return grad_x, scaled.t() @ grad_output, scaled.t() @ low, (scaled @ a).t() @ grad_output
