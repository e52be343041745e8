"""A Function whose backward is wrong is tried by experiment: its line, its slip and what fixes it are told."""

from __future__ import annotations

import random
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from handgrad import Comparison
from handgrad.adapters.torch import watch
from handgrad.adapters.torch.diagnosis import TORCH
from handgrad.repair.hooks import Dialect

from ..micrograd.cases import from_file

FUNCTIONS = """
import torch
import torch.nn.functional as F


class Swish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        s = torch.sigmoid(x)
        ctx.save_for_backward(x, s)
        return x * s

    @staticmethod
    def backward(ctx, grad_output):
        x, s = ctx.saved_tensors
        slope = s + x * s * (1 - s)
        return grad_output * slope


def mish_slope(x):
    t = F.softplus(x).tanh()
    return t + x * torch.sigmoid(x) * (1 - t * t)


class Mish(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * F.softplus(x).tanh()

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output.mul(mish_slope(x))


class Norm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, gain, eps):
        inv = torch.rsqrt(x.var(-1, unbiased=False, keepdim=True) + eps)
        xhat = (x - x.mean(-1, keepdim=True)) * inv
        ctx.save_for_backward(xhat, inv, gain)
        return gain * xhat

    @staticmethod
    def backward(ctx, dy):
        xhat, inv, gain = ctx.saved_tensors
        dgain = (dy * xhat).sum(0)
        dxhat = dy * gain
        inner = (dxhat * xhat).mean(-1, keepdim=True)
        dx = inv * (dxhat - dxhat.mean(-1, keepdim=True) - xhat * inner)
        return dx, dgain, None


class Embed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, weight, index):
        ctx.save_for_backward(index)
        ctx.shape = weight.shape
        return weight[index]

    @staticmethod
    def backward(ctx, grad):
        (index,) = ctx.saved_tensors
        out = torch.zeros(ctx.shape, dtype=grad.dtype)
        out.index_put_((index,), grad, accumulate=True)
        return out, None


class ELU(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, alpha):
        out = torch.where(x > 0, x, alpha * (torch.exp(x) - 1))
        ctx.save_for_backward(x, out)
        ctx.alpha = alpha
        return out

    @staticmethod
    def backward(ctx, grad):
        x, out = ctx.saved_tensors
        slope = torch.where(x > 0, torch.ones_like(x), out + ctx.alpha)
        return grad * slope, None


class PowerOfE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.e**x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * torch.e**x


class Relu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, dout):
        (x,) = ctx.saved_tensors
        dx = dout.clone()
        dx[x < 0] = 0
        return dx


class Dropped(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, p):
        mask = (torch.rand(x.shape) > p) / (1 - p)
        ctx.save_for_backward(mask)
        return x * mask

    @staticmethod
    def backward(ctx, grad):
        (mask,) = ctx.saved_tensors
        return grad * mask, None


class LogLikelihood(torch.autograd.Function):
    @staticmethod
    def forward(ctx, K, y):
        L = torch.linalg.cholesky(K)
        alpha = torch.cholesky_solve(y[:, None], L).squeeze(1)
        ctx.save_for_backward(L, alpha)
        return 0.5 * (y @ alpha) + L.diagonal().log().sum()

    @staticmethod
    def backward(ctx, grad):
        L, alpha = ctx.saved_tensors
        outer = torch.outer(alpha, alpha)
        dK = 0.5 * (torch.cholesky_inverse(L) - outer)
        return grad * dK, grad * alpha


def covariance():
    x = torch.linspace(-1.0, 1.0, 4)[:, None]
    return (torch.exp(-((x - x.T) ** 2)) + torch.eye(4)).requires_grad_()


def drawn(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1)).mul(1.5).requires_grad_()


CALLS = {
    "Swish": lambda: Swish.apply(drawn(4, 3)),
    "Mish": lambda: Mish.apply(drawn(4, 3)),
    "Norm": lambda: Norm.apply(drawn(4, 6), drawn(6), 1e-5),
    "Embed": lambda: Embed.apply(drawn(5, 3), torch.tensor([0, 2, 2, 4])),
    "ELU": lambda: ELU.apply(drawn(4, 3), 1.3),
    "PowerOfE": lambda: PowerOfE.apply(drawn(4, 3)),
    "Relu": lambda: Relu.apply(drawn(4, 3)),
    "Dropped": lambda: Dropped.apply(drawn(6, 5), 0.4),
    "LogLikelihood": lambda: LogLikelihood.apply(covariance(), drawn(4)),
}
"""


def written(folder: Path, *changes: tuple[str, str]) -> ModuleType:
    """The Functions with some of their lines changed, in a file of their own."""
    text = FUNCTIONS
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "functions.py"
    path.write_text(text, "utf-8")
    loaded: ModuleType = from_file(path)
    return loaded


def watched(module: ModuleType, *names: str, **words: Any) -> Comparison:
    with watch(**words) as found:
        for name in names:
            module.CALLS[name]().sum().backward()
    return found


WRONG = {
    "a sign before the line that returns": ("Swish", "* (1 - s)", "* (1 + s)", "sign"),
    "another function, in a helper": ("Mish", "    t = F.softplus(x).tanh()\n", "    t = F.softplus(x)\n", "rule"),
    "a sum for a mean": ("Norm", "inner = (dxhat * xhat).mean(", "inner = (dxhat * xhat).sum(", "factor"),
    "another axis": ("Norm", "dxhat - dxhat.mean(-1", "dxhat - dxhat.mean(0", "wrong-axis"),
    "the gain forgotten": ("Norm", "dxhat = dy * gain", "dxhat = dy", "forgot-local"),
    "duplicates of an index": (
        "Embed", "out.index_put_((index,), grad, accumulate=True)", "out[index] = grad", "missing-path",
    ),
    "ELU's input for its output": ("ELU", "out + ctx.alpha)", "x + ctx.alpha)", "rule"),
    "x ** e for e ** x": ("PowerOfE", "grad * torch.e**x", "grad * x**torch.e", "rule"),
    "the mask of the upstream gradient": ("Relu", "dx[x < 0] = 0", "dx[dout < 0] = 0", "wrong-index"),
    "the mask the other way round": ("Relu", "dx[x < 0] = 0", "dx[x > 0] = 0", "rule"),
    "a symmetric gradient": (
        "LogLikelihood", "torch.cholesky_inverse(L) - outer)", "torch.cholesky_inverse(L) + outer)", "sign",
    ),
    "a factor too much": ("Dropped", "return grad * mask, None", "return grad * mask * 2, None", "double"),
}  # fmt: skip


@pytest.mark.drawn(3, rest=4)
@pytest.mark.parametrize(("name", "right", "wrong", "kind"), WRONG.values(), ids=WRONG)
def test_the_line_is_told_alone_with_the_slip(name: str, right: str, wrong: str, kind: str, tmp_path: Path) -> None:
    found = watched(written(tmp_path, (right, wrong)), name)
    (cause,) = found.causes
    assert cause.name == name
    lines = (tmp_path / "functions.py").read_text("utf-8").splitlines()
    assert wrong.splitlines()[0] in lines[cause.source.line - 1]
    assert kind in (cause.slip.kind, *cause.slip.also)
    assert "Measure one entry" not in cause.note


@pytest.mark.rest(of=3)
@pytest.mark.parametrize(
    ("right", "wrong", "added"),
    [
        ("dgain = (dy * xhat).sum(0)", "dgain = (dy * xhat).mean(0)", "(dy * xhat).sum(0)"),
        ("dxhat - dxhat.mean(-1, keepdim=True)", "dxhat - dxhat.mean(0, keepdim=True)", "dim=1, keepdim=True"),
    ],
)
def test_the_patch_is_in_torchs_words(right: str, wrong: str, added: str, tmp_path: Path) -> None:
    found = watched(written(tmp_path, (right, wrong)), "Norm")
    assert added in "".join(line for line in found.patch.splitlines() if line.startswith("+"))
    assert "np." not in found.patch


@pytest.mark.rest(of=3)
def test_an_index_that_occurs_twice_is_fixed_in_torchs_words(tmp_path: Path) -> None:
    module = written(tmp_path, ("out.index_put_((index,), grad, accumulate=True)", "out[index] = grad"))
    assert "out.index_put_((index,), grad, accumulate=True)" in watched(module, "Embed").patch


SLICED = """
import torch


class Halves(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x[:2] * x[2:]

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        dx = torch.zeros_like(x)
        dx[:2] += grad * x[2:]
        dx[2:] -= grad * x[:2]
        return dx


CALLS = {"Halves": lambda: Halves.apply(torch.tensor([0.3, -1.2, 2.0, 0.7], requires_grad=True))}
"""


@pytest.mark.rest(of=3)
def test_a_sum_into_a_slice_is_tried_too(tmp_path: Path) -> None:
    path = tmp_path / "halves.py"
    path.write_text(SLICED, "utf-8")
    found = watched(from_file(path), "Halves")
    assert "-        dx[2:] -= grad * x[:2]" in found.patch


@pytest.mark.rest(of=3)
def test_an_error_of_ours_is_not_taken_for_one_of_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Dialect, "spell", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        watched(written(tmp_path, ("* (1 - s)", "* (1 + s)")), "Swish")


@pytest.mark.rest(of=3)
def test_several_functions_are_fixed_in_one_patch(tmp_path: Path) -> None:
    module = written(tmp_path, ("* (1 - s)", "* (1 + s)"), ("dx[x < 0] = 0", "dx[x > 0] = 0"))
    found = watched(module, "Swish", "Relu", "Swish")
    assert found.patch.count("@@") == 4


class Kernel:
    """What stands for a kernel of Triton's: it writes where it is told to."""

    def __getitem__(self, grid: Any) -> Any:
        return lambda x: x


Kernel.__module__ = "triton.runtime.jit"


def test_a_function_that_launches_a_kernel_of_tritons_is_named_and_not_changed(tmp_path: Path) -> None:
    module = written(tmp_path, ("return grad_output * slope", "return kernel[(1,)](grad_output) - slope"))
    module.kernel = Kernel()
    found = watched(module, "Swish")
    assert [cause.name for cause in found.causes] == ["Swish"]
    assert not found.patch


def test_without_experiments_there_is_no_patch(tmp_path: Path) -> None:
    found = watched(written(tmp_path, ("* (1 - s)", "* (1 + s)")), "Swish", quick=True)
    assert not found.ok
    assert not found.patch


@pytest.mark.rest(of=3)
def test_what_no_small_change_fixes_is_told_as_before(tmp_path: Path) -> None:
    module = written(tmp_path, ("slope = s + x * s * (1 - s)", "slope = torch.atan(x) ** 3 + 17.31 * torch.sin(5 * x)"))
    found, quick = watched(module, "Swish"), watched(module, "Swish", quick=True)
    assert not found.patch
    assert [(one.source, one.note) for one in found.causes] == [(one.source, one.note) for one in quick.causes]


@pytest.mark.rest(of=3)
def test_functions_tensors_and_random_numbers_are_afterwards_as_they_were(tmp_path: Path) -> None:
    module = written(tmp_path, ("return grad * mask, None", "return grad * mask * 2, None"))
    codes = [getattr(module.Dropped, name).__code__ for name in ("forward", "backward")]
    torch.manual_seed(3)
    np.random.seed(3)
    random.seed(3)
    x = module.drawn(6, 5)
    with watch() as found:
        module.Dropped.apply(x, 0.4).sum().backward()
        states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
        gradient, numbers = x.grad.clone(), x.detach().clone()
    assert found.patch
    assert [getattr(module.Dropped, name).__code__ for name in ("forward", "backward")] == codes
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (np.random.get_state()[1] == states[1]).all()
    assert random.getstate() == states[2]
    assert torch.equal(x.grad, gradient)
    assert torch.equal(x.detach(), numbers)
    assert torch.get_default_dtype() is torch.float32


GLOBAL = """
import torch

scale = torch.full((3,), 2.0)


class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return (x * scale) ** 2

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        inner = 2 * x * scale
        return grad * inner


CALLS = {"Scaled": lambda: Scaled.apply(torch.tensor([0.3, -1.2, 2.0], requires_grad=True))}
"""


@pytest.mark.rest(of=3)
def test_a_tensor_of_their_module_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "scaled.py"
    path.write_text(GLOBAL, "utf-8")
    module = from_file(path)
    found = watched(module, "Scaled")
    assert torch.equal(module.scale, torch.full((3,), 2.0))
    assert module.scale.dtype is torch.float32
    assert "scale" in "".join(line for line in found.patch.splitlines() if line.startswith("+"))


LDEXP = """
import math

import torch


class Ldexp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, other):
        ctx.save_for_backward(x, other)
        return x * torch.pow(2.0, other)

    @staticmethod
    def backward(ctx, grad):
        x, other = ctx.saved_tensors
        dx = grad  # wrong
        dother = x * (dx * math.log(2.0))
        return dx, dother


x, other = torch.tensor([0.3, -1.2, 2.0]), torch.tensor([1.5, 0.4, -0.7])
CALLS = {"Ldexp": lambda: Ldexp.apply(x.requires_grad_(), other.requires_grad_())}
"""


def test_where_nothing_is_tried_the_line_is_that_of_the_first_number_that_may_be_wrong(tmp_path: Path) -> None:
    path = tmp_path / "ldexp.py"
    path.write_text(LDEXP, "utf-8")
    (cause,) = watched(from_file(path), "Ldexp", quick=True).causes
    assert cause.source.text.endswith("# wrong")


GATED = """
import torch


class Gated(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, h, w, u):
        tape = []
        for t in range(len(x)):
            a, b = x[t] @ w, h @ u
            r = torch.sigmoid(a + b)
            n = torch.tanh(a + r * b)
            tape.append((h, b, r, n))
            h = 0.5 * h + n
        ctx.tape = tape
        ctx.save_for_backward(x, w, u)
        return h

    @staticmethod
    def backward(ctx, dh):
        x, w, u = ctx.saved_tensors
        dx, dw, du = torch.zeros_like(x), torch.zeros_like(w), torch.zeros_like(u)
        for t in reversed(range(len(x))):
            h, b, r, n = ctx.tape[t]
            dz = dh * (1 - n * n)
            dr = dz * b * r * (1 - r)
            da = dr + dz
            db = dr + dz  # wrong
            dx[t] = da @ w.t()
            dw += x[t].t() @ da
            du += h.t() @ db
            dh = 0.5 * dh + db @ u.t()
        return dx, dh, dw, du


generator = torch.Generator().manual_seed(0)
inputs = [torch.randn(*shape, generator=generator) for shape in ((4, 2, 3), (2, 5), (3, 5), (5, 5))]
CALLS = {"Gated": lambda: Gated.apply(*(one.requires_grad_() for one in inputs))}
"""


@pytest.mark.parametrize("quick", [True, False])
def test_what_all_turns_of_a_loop_make_wrong_is_told_on_the_line_that_it_follows_from(
    quick: bool, tmp_path: Path
) -> None:
    path = tmp_path / "gated.py"
    path.write_text(GATED, "utf-8")
    (cause,) = watched(from_file(path), "Gated", quick=quick).causes
    assert cause.source.text.endswith("# wrong")


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("np.sum(x, axis=0, keepdims=True)", "torch.sum(x, dim=0, keepdim=True)"),
        ("np.transpose(x, (1, 0))", "torch.permute(x, (1, 0))"),
        ("np.max(x, axis=1)", "torch.amax(x, dim=1)"),
        ("x.copy()", "x.clone()"),
        ("a / b.size", "a / b.numel()"),
        ("a / b.size(0)", "a / b.size(0)"),
        ("np.add.at(w, np.s_[i], g)", "w.index_put_((i,), (g), accumulate=True)"),
        ("np.subtract.at(w, np.s_[i], g)", "w.index_put_((i,), -(g), accumulate=True)"),
    ],
)
def test_torchs_words_stand_for_numpys(written: str, spelt: str) -> None:
    assert TORCH.spell(written, "torch").replace("(g)", "g") == spelt.replace("(g)", "g")


def test_the_name_that_the_file_has_for_torch_is_used() -> None:
    assert TORCH.spell("np.exp(x)", "th") == "th.exp(x)"


def test_only_numbers_of_floating_point_are_read() -> None:
    assert TORCH.numbers(torch.tensor([1.0, 2.0])).tolist() == [1.0, 2.0]
    assert TORCH.numbers(torch.tensor([1, 2])) is None
    assert TORCH.numbers("x") is None


def test_numbers_are_written_into_a_tensor_that_wants_a_gradient() -> None:
    x = torch.zeros(2, requires_grad=True)
    TORCH.write(x, TORCH.numbers(torch.ones(2)))
    assert x.tolist() == [1.0, 1.0]


def test_what_is_made_of_numbers_is_like_the_tensor_before() -> None:
    made = TORCH.made(TORCH.numbers(torch.ones(2, 3)), torch.zeros(2, 3))
    assert made.dtype is torch.float32
    assert made.shape == (2, 3)


def test_what_is_not_explained_of_several_inputs_is_said_once(tmp_path: Path) -> None:
    odd = ("L, alpha = ctx.saved_tensors", "L, alpha = [one.erf() for one in ctx.saved_tensors]")
    (cause,) = watched(written(tmp_path, odd), "LogLikelihood", quick=True).causes
    assert cause.note.count("the slope of the forward") == 1
    assert "K and y: what backward returns" in cause.note


def test_beside_what_nothing_fixes_a_line_is_told_that_a_change_of_a_first_wrong_number_proves(tmp_path: Path) -> None:
    two = ("dgain = (dy * xhat).sum(0)", "dgain = (dy * xhat).erf().sum(0).tan()"), ("dxhat = dy * gain", "dxhat = dy")
    (cause,) = watched(written(tmp_path, *two), "Norm").causes
    assert cause.source is not None
    assert cause.source.text.strip() == "dxhat = dy"
    assert "x: gain is not multiplied in" in cause.note


@pytest.mark.parametrize("index", ["a:b", ":, i", "..., 1:"])
def test_what_torch_has_no_words_for_is_not_written(index: str) -> None:
    assert not TORCH.spell(f"np.add.at(w, np.s_[{index}], g)", "torch")
