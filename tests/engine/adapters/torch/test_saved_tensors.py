"""What a Function keeps for its backward, changed in place before it is used: by whom, and at which line."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from torch.autograd import Function

from handgrad.adapters.torch import watch

from . import entrywise as e
from .cases import randn


class Sigmoid(Function):
    """It keeps its output in a way that autograd does not look after."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.y = torch.sigmoid(x)
        return ctx.y

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return grad_output * ctx.y * (1 - ctx.y)


def test_a_change_through_data_is_told_with_its_line() -> None:
    with watch() as found:
        y = Sigmoid.apply(randn(3))
        loss = (3 * y).sum()
        y.data.mul_(2)
        loss.backward()
    (cause,) = found.causes
    assert cause.name == "Sigmoid"
    assert cause.slip.kind == "in-place"
    assert "was changed in place by 'mul_' (test_saved_tensors.py:" in cause.note
    assert cause.source[2] == "y.data.mul_(2)"


def test_a_change_that_torch_refuses_is_told_with_its_line_too() -> None:
    with watch() as found:
        y = e.Exp.apply(randn(3))
        y += 1
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()
    assert found.causes[0].name == "Exp"
    assert found.causes[0].source[2] == "y += 1"


def test_a_change_through_numpy_is_told_without_a_line() -> None:
    with watch() as found:
        y = Sigmoid.apply(randn(3))
        loss = (3 * y).sum()
        y.detach().numpy()[0] = 7.0
        loss.backward()
    assert "changed in place unseen by autograd" in found.causes[0].note


class Shift(Function):
    """It writes to its input, and does not say so."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        x.data.add_(1)
        return x * 1

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return grad_output


def test_the_forward_of_another_function_is_named_as_the_one_that_did_it() -> None:
    with watch() as found:
        Shift.apply(Sigmoid.apply(randn(3))).sum().backward()
    (cause,) = found.causes
    assert cause.name == "Sigmoid"
    assert "in the forward of Shift" in cause.note
    assert cause.source[2] == "x.data.add_(1)"


class Gate(Function):
    """Its backward works in the memory of what it has kept, as some fused layers do."""

    @staticmethod
    def forward(ctx: Any, a: Any, b: Any) -> Any:
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        a, b = ctx.saved_tensors
        grad_b = grad_output * a
        a.data.copy_(grad_output * b)
        return a.clone(), grad_b


def test_a_backward_that_overwrites_what_another_has_kept_is_named() -> None:
    with watch() as found:
        Gate.apply(Sigmoid.apply(randn(3)), randn(3, seed=1)).sum().backward()
    causes = {cause.name: cause for cause in found.causes}
    assert "in the backward of Gate" in causes["Sigmoid"].note
    first, last = _lines(Gate.backward)
    assert first <= causes["Sigmoid"].source[1] <= last
    assert "backward writes into a" in causes["Gate"].note


def _lines(function: Any) -> tuple[int, int]:
    lines, first = inspect.getsourcelines(function)
    return first, first + len(lines) - 1


class InPlaceGradient(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return 2 * x

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        grad_output *= 2
        return grad_output


def test_a_backward_that_writes_into_its_upstream_gradient_is_told() -> None:
    with watch() as found:
        (InPlaceGradient.apply(randn(3)) ** 2).sum().backward()
    assert found.causes[0].slip.kind == "in-place"
    assert "backward writes into grad_output" in found.causes[0].note


class Running(Function):
    """It keeps a buffer that its backward has no use for."""

    @staticmethod
    def forward(ctx: Any, x: Any, mean: Any) -> Any:
        mean.mul_(0.9).add_(0.1 * x.detach().mean())
        ctx.mean = mean
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 2 * grad_output * x, None


def test_a_change_of_what_backward_has_no_use_for_is_no_mistake() -> None:
    mean = torch.zeros(())
    with watch() as found:
        (Running.apply(randn(3), mean) + Running.apply(randn(3, seed=1), mean)).sum().backward()
    assert found.ok


def test_a_change_after_backward_is_no_mistake() -> None:
    with watch() as found:
        y = Sigmoid.apply(randn(3))
        y.sum().backward()
        y.data.zero_()
    assert found.ok
