"""Layers as public code has them, right as they are: fused cells, attention, pooling, norms, sampling."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch.autograd import Function


class Mish(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * torch.tanh(F.softplus(x))

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (x,) = ctx.saved_tensors
        t = torch.tanh(F.softplus(x))
        return grad_output * (t + x * torch.sigmoid(x) * (1 - t * t))


class HardSwish(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * (x + 3).clamp(0, 6) / 6

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (x,) = ctx.saved_tensors
        inside = torch.where(x > 3, torch.ones_like(x), (2 * x + 3) / 6)
        return grad_output * torch.where(x < -3, torch.zeros_like(x), inside)


class Conv(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, weight: Any, bias: Any, stride: int, padding: int) -> Any:
        ctx.save_for_backward(x, weight)
        ctx.how = (stride, padding)
        return F.conv2d(x, weight, bias, stride, padding)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        x, weight = ctx.saved_tensors
        grad_x = torch.nn.grad.conv2d_input(x.shape, weight, grad_output, *ctx.how)
        grad_weight = torch.nn.grad.conv2d_weight(x, weight.shape, grad_output, *ctx.how)
        return grad_x, grad_weight, grad_output.sum((0, 2, 3)), None, None


class MaxPool(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        n, c, h, w = x.shape
        windows = F.unfold(x.reshape(n * c, 1, h, w), 2, stride=2)
        # Of equal ones the last, where torch takes the first.
        largest, place = windows.flip(1).max(1)
        ctx.place, ctx.shape = 3 - place, x.shape
        return largest.view(n, c, h // 2, w // 2)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        n, c, h, w = ctx.shape
        windows = torch.zeros(n * c, 4, h * w // 4, dtype=grad_output.dtype)
        windows.scatter_(1, ctx.place[:, None], grad_output.reshape(n * c, 1, -1))
        return F.fold(windows, (h, w), 2, stride=2).view(n, c, h, w)


class RMSNorm(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, weight: Any, eps: float) -> Any:
        r = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)
        ctx.save_for_backward(x, weight, r)
        return x * r * weight

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        x, weight, r = ctx.saved_tensors
        grad_weight = (grad_output * x * r).flatten(0, -2).sum(0)
        g = grad_output * weight
        return r * (g - x * r * r * (g * x).mean(-1, keepdim=True)), grad_weight, None


class GroupNorm(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, groups: int, eps: float) -> Any:
        y = x.reshape(x.shape[0], groups, -1)
        mean, var = y.mean(-1, keepdim=True), y.var(-1, keepdim=True, unbiased=False)
        z = (y - mean) * (var + eps).rsqrt()
        ctx.save_for_backward(z, (var + eps).rsqrt())
        return z.view_as(x)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        z, r = ctx.saved_tensors
        g = grad_output.reshape(z.shape)
        grad = (g - g.mean(-1, keepdim=True) - z * (g * z).mean(-1, keepdim=True)) * r
        return grad.view(grad_output.shape), None, None


class Attention(Function):
    @staticmethod
    def forward(ctx: Any, q: Any, k: Any, v: Any) -> Any:
        p = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(-1)
        ctx.save_for_backward(q, k, v, p)
        return p @ v

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        q, k, v, p = ctx.saved_tensors
        grad_v = p.transpose(-1, -2) @ grad_output
        grad_p = grad_output @ v.transpose(-1, -2)
        grad_s = p * (grad_p - (grad_p * p).sum(-1, keepdim=True)) / math.sqrt(q.shape[-1])
        return grad_s @ k, grad_s.transpose(-1, -2) @ q, grad_v


class LSTMCell(Function):
    @staticmethod
    def forward(ctx: Any, gates: Any, c: Any) -> Any:
        i, f, o, n = gates.chunk(4, 1)
        i, f, o, n = i.sigmoid(), f.sigmoid(), o.sigmoid(), n.tanh()
        c_next = f * c + i * n
        ctx.save_for_backward(i, f, o, n, c, c_next)
        return o * c_next.tanh(), c_next

    @staticmethod
    def backward(ctx: Any, grad_h: Any, grad_c: Any) -> Any:
        i, f, o, n, c, c_next = ctx.saved_tensors
        t = c_next.tanh()
        grad_c = grad_c + grad_h * o * (1 - t * t)
        gates = (grad_c * n * i * (1 - i), grad_c * c * f * (1 - f), grad_h * t * o * (1 - o), grad_c * i * (1 - n * n))
        return torch.cat(gates, 1), grad_c * f


class Sparsemax(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        z = x.sort(-1, descending=True).values
        sums = z.cumsum(-1) - 1
        ranks = torch.arange(1, x.shape[-1] + 1, dtype=x.dtype)
        count = (ranks * z > sums).sum(-1, keepdim=True)
        y = (x - sums.gather(-1, count - 1) / count).clamp(min=0)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (y,) = ctx.saved_tensors
        support = (y > 0).to(grad_output.dtype)
        return support * (grad_output - (grad_output * support).sum(-1, keepdim=True) / support.sum(-1, keepdim=True))


class Length(Function):
    """Whose slope at zero is taken for 0."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        n = x.norm(dim=-1)
        ctx.save_for_backward(x, n)
        return n

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        x, n = ctx.saved_tensors
        return grad_output[..., None] * x / n[..., None].clamp(min=1e-12)


class Huber(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, target: Any, delta: float) -> Any:
        e = x - target
        ctx.save_for_backward(e)
        ctx.delta = delta
        return torch.where(e.abs() < delta, 0.5 * e * e, delta * (e.abs() - 0.5 * delta)).mean()

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (e,) = ctx.saved_tensors
        grad = grad_output * e.clamp(-ctx.delta, ctx.delta) / e.numel()
        return grad, -grad, None


class GridSample(Function):
    @staticmethod
    def forward(ctx: Any, image: Any, grid: Any) -> Any:
        ctx.save_for_backward(image, grid)
        return F.grid_sample(image, grid, align_corners=True)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return torch.ops.aten.grid_sampler_2d_backward(grad_output, *ctx.saved_tensors, 0, 0, True, [True, True])
