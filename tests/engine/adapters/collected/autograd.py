"""`torch.autograd.Function`s, with the mistakes that were reported of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from handgrad import Comparison

from .case import module, slip

DICE = """\
import torch
from torch.autograd import Function

class DiceCoeff(Function):
    @staticmethod
    def forward(ctx, input, target):
        ctx.save_for_backward(input, target)
        eps = 0.0001
        ctx.inter = torch.dot(input.view(-1), target.view(-1))
        ctx.union = torch.sum(input) + torch.sum(target) + eps
        return (2 * ctx.inter + eps) / ctx.union

    @staticmethod
    def backward(ctx, grad_output):
        input, target = ctx.saved_tensors
        eps = 0.0001
        grad_input = grad_output * (2 * (target * ctx.union - ctx.inter) - eps) / (ctx.union * ctx.union)
        return grad_input, None
"""

TWO_MAPS = """\
import torch
from torch.autograd import Function

class DiceLoss(Function):
    @staticmethod
    def forward(ctx, input, target):
        ctx.save_for_backward(input, target)
        front = torch.sigmoid(input[:, 1] - input[:, 0])
        ctx.front = front
        inter = torch.sum(front * target)
        ctx.union = torch.sum(front * front) + torch.sum(target * target)
        ctx.inter = inter
        return 2 * inter / ctx.union

    @staticmethod
    def backward(ctx, grad_output):
        input, target = ctx.saved_tensors
        pred = ctx.front
        gt = torch.div(target, ctx.union)
        shrink = torch.div(2 * ctx.inter * pred, ctx.union * ctx.union)
        dDice = 2 * (gt - shrink) * pred * (1 - pred)
        grad_input = torch.stack((torch.mul(dDice, -grad_output), torch.mul(dDice, grad_output)), 1)
        return grad_input, None
"""

LAYER_NORM = """\
import torch

class FusedLayerNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, gamma, beta, eps):
        mean = x.mean(-1, keepdim=True)
        rstd = (x.var(-1, unbiased=False, keepdim=True) + eps).rsqrt()
        ctx.save_for_backward(x, mean, rstd, gamma)
        return (x - mean) * rstd * gamma + beta

    @staticmethod
    def backward(ctx, dy):
        x, mean, rstd, gamma = ctx.saved_tensors
        normalized = (x - mean) * rstd
        gamma_diff = (dy * normalized).sum(0)
        beta_diff = dy.sum(0)
        g = dy * gamma
        dx = rstd * (g - g.mean(-1, keepdim=True) - normalized * (g * normalized).mean(-1, keepdim=True))
        return dx, gamma_diff, beta_diff, None
"""

RMS_NORM = """\
import torch

class BatchInvariantRMSNormFn(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, eps):
        r = torch.rsqrt(x.pow(2).mean(dim=-1, keepdim=True) + eps)
        ctx.save_for_backward(x, weight, r)
        return x * r * weight

    @staticmethod
    def backward(ctx, grad_output):
        x, w, r = ctx.saved_tensors
        g = grad_output
        D = x.shape[-1]
        gw = g * w
        s = (gw * x).sum(dim=-1, keepdim=True)
        dx = gw * r - (r.pow(3) * x / D) * s
        dw = (g * x * r).sum(dim=0)
        return dx, dw, None
"""

FAST_RMS = """\
import torch

def rms_backward(dY, X, W, r):
    normed = X * r
    dY_W = dY * W
    rowsum = torch.sum(dY_W * normed, dim=1, keepdim=True)
    n_cols = X.shape[1]
    return r / n_cols * (n_cols * dY_W - normed * rowsum)

class Fast_RMS_Layernorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, X, W, eps):
        r = 1 / torch.sqrt((X * X).mean(1, keepdim=True) + eps)
        ctx.eps = eps
        ctx.save_for_backward(X, W, r)
        return X * r * W

    @staticmethod
    def backward(ctx, dY):
        X, W, r = ctx.saved_tensors
        dW = (dY * X * r).sum(dim=0)
        dX = rms_backward(dY, X, W, r)
        return dX, dW, None
"""

BLOCKS = """\
import torch

class RMSNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input, weight, eps):
        mean_square = torch.sum(input * input, dim=1) / input.shape[1]
        inv_rms = torch.rsqrt(mean_square + eps)
        ctx.save_for_backward(input, weight, inv_rms)
        return input * inv_rms[:, None] * weight[None, :]

    @staticmethod
    def backward(ctx, output_grad):
        input, weight, inv_rms = ctx.saved_tensors
        feat_dim = input.shape[1]
        weight_grad = torch.sum(output_grad * input * inv_rms[:, None], dim=0)
        scaled = weight[None, :] * output_grad
        term = torch.sum(input * scaled, dim=1)
        correction = inv_rms ** 3 * term / feat_dim
        input_grad = inv_rms[:, None] * scaled - input * correction[:, None]
        return input_grad, weight_grad, None
"""

ROPE = """\
import torch

def rotated(x, cos, sin, is_forward):
    sin_sign = 1.0 if is_forward else -1.0
    even, odd = x[..., 0::2], x[..., 1::2]
    first = even * cos - odd * sin * sin_sign
    second = even * sin * sin_sign + odd * cos
    return torch.stack((first, second), dim=-1).flatten(-2)

class Rope(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, theta):
        cos, sin = torch.cos(theta), torch.sin(theta)
        ctx.save_for_backward(cos, sin)
        return rotated(x, cos, sin, True)

    @staticmethod
    def backward(ctx, grad):
        cos, sin = ctx.saved_tensors
        return rotated(grad, cos, sin, False), None
"""

BATCH_NORM = """\
import torch

class BatchNormOp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, gamma, beta, eps):
        mean = x.mean(0)
        variance = ((x - mean) ** 2).mean(0)
        ctx.eps = eps
        ctx.save_for_backward(x, mean, variance, gamma)
        return gamma * (x - mean) / torch.sqrt(variance + eps) + beta

    @staticmethod
    def backward(ctx, dLdO):
        x, mean, variance, gamma = ctx.saved_tensors
        std_inv = 1 / torch.sqrt(variance + ctx.eps)
        x_mean = x - mean
        dLdG = (dLdO * x_mean * std_inv).sum(0)
        dLdB = dLdO.sum(0)
        dLdXhat = dLdO * gamma
        dLdV = -0.5 * (dLdXhat * x_mean).sum(0) * std_inv ** 3
        dLdM = -(dLdXhat * std_inv).sum(0)
        dLdI = dLdXhat * std_inv + dLdV * 2 * x_mean / len(x) + dLdM / len(x)
        return dLdI, dLdG, dLdB, None
"""

LDEXP = """\
import math
import torch

class Ldexp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input, other):
        ctx.save_for_backward(input, other)
        return input * torch.pow(2.0, other)

    @staticmethod
    def backward(ctx, grad):
        input, other = ctx.saved_tensors
        tpow_o = grad * torch.pow(2.0, other)
        result = input * (tpow_o * math.log(2.0))
        return tpow_o, result
"""


class Applied:
    """Asks `watch`, around one call and its backward.

    Args:
        shapes: of what has a gradient; functions of torch for what else is made there; and plain numbers.
    """

    def __init__(self, name: str, *shapes: Any) -> None:
        self.name, self._shapes = name, shapes

    def __call__(self, path: Path) -> Comparison:
        from handgrad.adapters.torch import watch

        with watch() as found:
            (self.applied(path, self.arguments()) ** 2).sum().backward()
        return found

    def arguments(self) -> list[Any]:
        """What it is called with: the same at each call."""
        import torch

        made: list[Any] = []
        for seed, one in enumerate(self._shapes):
            drawn = torch.Generator().manual_seed(seed)
            if isinstance(one, tuple):
                made.append(torch.randn(*one, generator=drawn).requires_grad_())
            else:
                made.append(one(torch, drawn) if callable(one) else one)
        return made

    def applied(self, path: Path, arguments: list[Any]) -> Any:
        return getattr(module(path), self.name).apply(*arguments)


def _mask(torch: Any, drawn: Any) -> Any:
    return (torch.rand(4, 6, generator=drawn) > 0.5).float()


def _angles(torch: Any, drawn: Any) -> Any:
    return torch.rand(5, 3, generator=drawn) * 3


AUTOGRAD = [
    slip("milesial/Pytorch-UNet#35", DICE, Applied("DiceCoeff", (4, 6), _mask),
         "(target * ctx.union - ctx.inter) - eps)", "(target * ctx.union + ctx.inter) - eps)", "sign", "rule"),
    slip("milesial/Pytorch-UNet#35, the brackets", DICE, Applied("DiceCoeff", (4, 6), _mask),
         "/ (ctx.union * ctx.union)", "/ ctx.union * ctx.union", "rule", "factor"),
    slip("mattmacy/torchbiomed#2", TWO_MAPS, Applied("DiceLoss", (4, 2, 6), _mask),
         "(torch.mul(dDice, -grad_output), torch.mul(dDice, grad_output))",
         "(torch.mul(dDice, grad_output), torch.mul(dDice, -grad_output))", "sign", "swapped"),
    slip("Oneflow-Inc/oneflow#6149", LAYER_NORM, Applied("FusedLayerNorm", (4, 6), (6,), (6,), 1e-5),
         "return dx, gamma_diff, beta_diff, None", "return dx, beta_diff, gamma_diff, None",
         "swapped", "rule", "wrong-upstream", "forgot-local"),
    slip("NVIDIA/Megatron-LM#6859", RMS_NORM, Applied("BatchInvariantRMSNormFn", (4, 6), (6,), 1e-5),
         "dx = gw * r - (r.pow(3) * x / D) * s", "dx = gw * r - w * (r.pow(3) * x / D) * s",
         "rule", "factor", "double"),
    slip("unslothai/unsloth#4533", FAST_RMS, Applied("Fast_RMS_Layernorm", (4, 6), (6,), 1e-5),
         "return dX, dW, None", "return dX, None, None", "missing-path"),
    slip("BobMcDear/attorch#17", BLOCKS, Applied("RMSNorm", (5, 5), (5,), 1e-5),
         "input * correction[:, None]", "input * correction", "wrong-axis", "transposed", "rule", "not-broadcast"),
    slip("ngxson/llama.cpp#59", ROPE, Applied("Rope", (5, 6), _angles),
         "rotated(grad, cos, sin, False)", "rotated(grad, cos, sin, True)", "sign", "rule"),
    slip("deeplearning4j/deeplearning4j#8379", BATCH_NORM, Applied("BatchNormOp", (6, 4), (4,), (4,), 1e-5),
         "dLdI = dLdXhat * std_inv + dLdV * 2 * x_mean / len(x) + dLdM / len(x)",
         "dLdI = dLdXhat * std_inv", "missing-path"),
    slip("tenstorrent/tt-metal#6542", LDEXP, Applied("Ldexp", (4, 3), (4, 3)),
         "result = input * (tpow_o * math.log(2.0))", "result = grad * (input * (tpow_o * math.log(2.0)))",
         "rule", "wrong-upstream", "factor", "double"),
]  # fmt: skip
