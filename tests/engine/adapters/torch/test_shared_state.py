"""What a call leaves where others see it: the gradients of the user's own run tell that it was another's."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.autograd import Function

from handgrad import Comparison
from handgrad.adapters.torch import watch

TABLE: dict[str, Any] = {}
QUEUE: list[Any] = []
STACK: list[Any] = []
BUFFER = torch.zeros(5, 4)
SHARED = SimpleNamespace()
LAST: Any = None


class OnClass(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, W: Any) -> Any:
        ctx.x, ctx.W = x, W
        OnClass.y = torch.tanh(x @ W)  # wrong
        return OnClass.y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return _backward(ctx, g, OnClass.y)


class InTable(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, W: Any) -> Any:
        y = torch.tanh(x @ W)
        ctx.save_for_backward(x, W)
        TABLE["y"] = y  # wrong
        return y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        ctx.x, ctx.W = ctx.saved_tensors
        return _backward(ctx, g, TABLE["y"])


class InGlobal(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, W: Any) -> Any:
        global LAST  # noqa: PLW0603
        ctx.x, ctx.W = x, W
        LAST = torch.tanh(x @ W)  # wrong
        return LAST

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return _backward(ctx, g, LAST)


class OnModule(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, W: Any) -> Any:
        ctx.x, ctx.W, ctx.module = x, W, SHARED
        SHARED.y = torch.tanh(x @ W)  # wrong
        return SHARED.y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return _backward(ctx, g, ctx.module.y)


class InQueue(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, W: Any) -> Any:
        ctx.x, ctx.W = x, W
        y = torch.tanh(x @ W)
        QUEUE.append(y)  # wrong
        return y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return _backward(ctx, g, QUEUE.pop(0))


class InBuffer(Function):
    @staticmethod
    def forward(x: Any, W: Any) -> Any:
        return torch.tanh(x @ W)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.x, ctx.W = inputs
        BUFFER.copy_(output)  # wrong

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return _backward(ctx, g, BUFFER)


class OnStack(Function):
    """Right: the walk back takes them in the order that it needs."""

    @staticmethod
    def forward(ctx: Any, x: Any, W: Any) -> Any:
        ctx.x, ctx.W = x, W
        y = torch.tanh(x @ W)
        STACK.append(y)
        return y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return _backward(ctx, g, STACK.pop())


GENERATOR = torch.Generator()


class Dropout(Function):
    """Right, and never the same again: the mask is kept."""

    @staticmethod
    def forward(ctx: Any, x: Any, W: Any) -> Any:
        mask = (torch.rand(x.shape, generator=GENERATOR) > 0.3).to(x.dtype)
        ctx.save_for_backward(x * mask, W, mask)
        return (x * mask) @ W

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, W, mask = ctx.saved_tensors
        return (g @ W.t()) * mask, x.t() @ g


class OwnScale(Function):
    """Right: what it reads is changed after each pass, and it keeps what it has read."""

    @staticmethod
    def forward(ctx: Any, x: Any, W: Any) -> Any:
        ctx.x, ctx.W, ctx.scale = x, W, SHARED.scale
        return (x * SHARED.scale) @ W

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return (g @ ctx.W.t()) * ctx.scale, ctx.scale * ctx.x.t() @ g


def _backward(ctx: Any, g: Any, y: Any) -> Any:
    d = g * (1 - y * y)
    return d @ ctx.W.t(), ctx.x.t() @ d


def trained(function: Any, layers: int, after: Callable[[], None] = lambda: None) -> Comparison:
    generator = torch.Generator().manual_seed(3)
    weights = [torch.randn(4, 4, generator=generator).requires_grad_() for _ in range(layers)]
    x = torch.randn(5, 4, generator=generator)
    with watch() as found:
        for _ in range(2):
            h = x
            for W in weights:
                h = function.apply(h, W)
            (h * h).sum().backward()
            for W in weights:
                W.data -= 0.1 * W.grad
                W.grad = None
            after()
    return found


KEPT_FOR_ALL = [OnClass, InTable, InGlobal, OnModule, InQueue, InBuffer]


@pytest.mark.parametrize("function", KEPT_FOR_ALL)
def test_what_is_kept_for_all_calls_is_told_on_the_line_that_saves_it(function: Any) -> None:
    found = trained(function, layers=2)
    (cause,) = found.causes
    assert cause.name == function.__name__
    assert cause.slip.kind == "in-place"
    assert cause.source.text.endswith("# wrong")
    assert "kept here for all calls" in cause.note
    assert cause.actual is not None
    assert abs(cause.actual - cause.expected).max() > 1e-2


@pytest.mark.parametrize("function", KEPT_FOR_ALL)
def test_where_no_other_call_comes_between_it_is_right(function: Any) -> None:
    assert trained(function, layers=1).ok


@pytest.mark.parametrize("function", [OnStack, Dropout])
def test_what_only_looks_shared_or_is_drawn_anew_is_let_be(function: Any) -> None:
    found = trained(function, layers=3)
    assert found.ok
    assert not found.remark


def test_a_setting_that_moves_between_the_passes_is_let_be() -> None:
    def move() -> None:
        SHARED.scale *= 0.7

    SHARED.scale = 1.0
    assert trained(OwnScale, layers=2, after=move).ok


class ThroughNumpy(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.x = x.detach().numpy()
        return x * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return 2 * g * torch.as_tensor(ctx.x).to(g.dtype)


def test_a_change_that_nobody_has_seen_is_told_without_the_line_that_saves() -> None:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with watch() as found:
        h = x * 1.0
        out = ThroughNumpy.apply(h)
        h.data.zero_()
        out.sum().backward()
    (cause,) = found.causes
    assert "was changed in between" in cause.note
    assert cause.source.text.startswith("def backward")


def test_what_a_hook_of_the_users_makes_of_a_gradient_is_let_be() -> None:
    x, W = torch.ones(5, 4), torch.ones(4, 4, requires_grad=True)
    with watch() as found:
        y = OnStack.apply(x, W)
        y.grad_fn.register_prehook(lambda gradients: (5 * gradients[0],))
        y.grad_fn.register_hook(lambda gradients, _: tuple(one if one is None else 7 * one for one in gradients))
        y.sum().backward()
    assert found.ok


class Outer(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, w: Any) -> Any:
        ctx.save_for_backward(x, w)
        return x[:, :, None] * w[None]

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, w = ctx.saved_tensors
        return torch.einsum("nij,ij->ni", g, w), torch.einsum("nij,ni->ij", g, x)


def test_what_autocast_rounds_in_the_users_backward_is_let_be() -> None:
    generator = torch.Generator().manual_seed(0)
    x, w = (torch.randn(*shape, generator=generator).requires_grad_() for shape in ((5, 4), (4, 6)))
    with watch() as found, torch.autocast("cpu", dtype=torch.bfloat16):
        (Outer.apply(x, w) ** 2).sum().backward()
    assert found.ok


def test_what_hooks_pack_coarsely_is_let_be() -> None:
    x = torch.linspace(-1.0, 1.0, 20).reshape(5, 4).requires_grad_()
    coarsely = torch.autograd.graph.saved_tensors_hooks(lambda one: one.to(torch.bfloat16), lambda one: one.float())
    with watch() as found:
        with coarsely:
            y = Outer.apply(x, torch.linspace(0.3, 0.7, 24).reshape(4, 6))
        (y**2).sum().backward()
    assert found.ok
