"""The calls of Functions, noted as they happen, with what each has saved and who writes to that."""

from __future__ import annotations

import inspect
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.autograd import Function
from torch.autograd.function import FunctionMeta

from handgrad.adapters.torch import watch
from handgrad.adapters.torch.recording import (
    backward_of,
    has_setup_context,
    output_name,
    pause_recording,
    recording,
    step_of,
    upstream_name,
)

from . import entrywise as e
from . import functions as f
from .calls import recorded
from .cases import randn


def test_a_call_has_its_inputs_as_they_were_and_what_came_of_it() -> None:
    x, w = randn(2, 3), randn(4, 3, seed=1)
    before = x.detach().clone()
    call = recorded(f.Linear, x, w, torch.ones(4))
    with torch.no_grad():
        x.zero_()
    assert call.function is f.Linear
    assert torch.equal(call.inputs[0], before)
    assert (call.asked, call.differentiable, call.reached) == ([0, 1], [0], {0})
    assert not call.changes


def test_where_backward_has_not_come_nothing_is_reached() -> None:
    assert recorded(e.Exp, randn(3), is_backward=False).reached is None


def test_a_backward_after_the_block_is_not_noted() -> None:
    with recording() as outer:
        with recording() as inner:
            y = e.Exp.apply(randn(3))
        y.sum().backward(retain_graph=True)
    assert inner[0].reached == {0}
    with recording() as calls:
        y = e.Exp.apply(randn(3))
    y.sum().backward()
    assert calls[0].reached is None
    assert len(outer) == 1


def test_a_call_in_another_thread_or_within_unseen_is_not_noted() -> None:
    with recording() as calls:
        thread = threading.Thread(target=lambda: e.Exp.apply(randn(3)))
        thread.start()
        thread.join()
        with pause_recording():
            e.Exp.apply(randn(3))
    assert calls == []


def test_functions_are_torch_s_own_again_after_the_last_block() -> None:
    before = dict(vars(FunctionMeta))
    with recording() as outer:
        with recording() as inner:
            e.Exp.apply(randn(3))
        e.Exp.apply(randn(3))
    assert (len(outer), len(inner)) == (2, 1)
    assert dict(vars(FunctionMeta)) == before


class Cube(Function):
    @staticmethod
    def forward(x: Any, power: int = 3) -> Any:
        return x**power

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(inputs[0])

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 3 * x**2 * grad_output, None


class ScaledExp(e.Exp):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return e.Exp.forward(ctx, x)


class CubeOfCube(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        cube = Cube.apply(x)
        ctx.save_for_backward(x)
        return Cube.apply(cube)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 9 * x**8 * grad_output


def noted(run: Callable[[torch.Tensor], Any]) -> list[tuple[str, int]]:
    """The calls that are noted while something runs, each with the number of its inputs."""
    x = randn(3)
    with recording() as calls:
        run(x)
    return [(call.function.__name__, len(call.inputs)) for call in calls]


def without_gradients(x: torch.Tensor) -> None:
    with torch.no_grad():
        e.Exp.apply(x)


@pytest.mark.parametrize(
    ("run", "calls"),
    [
        (lambda x: Cube.apply(x), [("Cube", 2)]),
        (lambda x: Cube.apply(x, 3), [("Cube", 2)]),
        (lambda x: Cube.forward(x), []),
        (lambda x: Cube.apply(Cube.forward(x)), [("Cube", 2)]),
        (lambda x: ScaledExp.apply(x), [("ScaledExp", 1)]),
        (lambda x: CubeOfCube.apply(x), [("CubeOfCube", 1)]),
        (lambda x: e.Exp.apply(x.detach()), []),
        (lambda x: torch.func.grad(lambda t: Cube.apply(t).sum())(x), []),
        (lambda x: inspect.signature(Cube.forward), []),
        (without_gradients, []),
    ],
    ids=[
        "left out", "given", "its forward by itself", "after it", "the parent's forward", "inside another",
        "no gradient asked", "a transform's", "looked at", "without gradients",
    ],
)  # fmt: skip
def test_a_call_is_what_torch_makes_a_step_of(run: Any, calls: list[tuple[str, int]]) -> None:
    assert noted(run) == calls


@pytest.mark.parametrize("function", [e.Exp, Cube], ids=["with ctx", "with setup_context"])
def test_a_name_that_apply_was_given_before_the_block_is_seen_through(function: Any) -> None:
    apply = function.apply
    call = recorded(function, randn(3))
    assert noted(lambda x: apply(x)) == [(function.__name__, len(call.inputs))]
    assert (call.differentiable, [saved.name for saved in call.saved], call.reached) == ([0], [], {0})


def test_what_is_kept_is_copied_before_the_next_thing_happens_to_it() -> None:
    x = randn(3)
    with recording() as calls:
        y = Cube.apply(x)
        x.data.zero_()
        y.sum().backward()
    (call,) = calls
    assert list(call.changes) == ["x"]


def test_an_output_that_is_marked_so_has_no_gradient() -> None:
    class Both(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            sign = x.sign()
            ctx.mark_non_differentiable(sign)
            return sign, x * 1.0

        @staticmethod
        def backward(ctx: Any, *upstream: Any) -> Any:
            return upstream[1]

    with recording() as calls:
        Both.apply(randn(3))
    assert [call.differentiable for call in calls] == [[1]]


def test_an_error_in_a_forward_is_theirs() -> None:
    class Broken(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"), recording() as calls:
        Broken.apply(randn(3))
    assert calls == []


def test_the_step_of_a_call_is_found_behind_a_view() -> None:
    out = e.Exp.apply(randn(3))
    assert step_of(e.Exp, [3, out]) is out.grad_fn
    assert step_of(e.Tanh, [out]) is None


def test_after_the_block_nothing_is_held_of_a_forward_that_somebody_called() -> None:
    x = randn(3)
    held = weakref.ref(x)
    with recording():
        Cube.forward(x)
    del x
    assert held() is None


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
    assert "was changed in place by 'mul_' (test_recording.py:" in cause.note
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


class DoublesTheSecondInPlace(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x * 1.0, x * 2.0

    @staticmethod
    def backward(ctx: Any, grad_same: Any, grad_twice: Any) -> Any:
        return grad_twice.mul_(2) + grad_same


def test_a_backward_that_writes_to_one_of_two_gradients_it_is_given_hears_which() -> None:
    with watch() as found:
        same, twice = DoublesTheSecondInPlace.apply(randn(3))
        (same * twice).sum().backward()
    assert "backward writes into grad_twice" in found.causes[0].note


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


SCALE = torch.ones(2)


class Old(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, *rest: Any) -> Any:
        return x * SCALE

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return grads


class New(Function):
    @staticmethod
    def forward(x: Any, weight: Any) -> Any:
        return x * weight

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        pass

    @staticmethod
    def vjp(ctx: Any, grad_x: Any, grad_w: Any) -> Any:
        return grad_x, grad_w


class ForwardOnly(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x


def test_inputs_have_the_names_that_forward_gives_them_and_ctx_is_none() -> None:
    assert recorded(Old, randn(2), 1, 2, is_backward=False).names == ["x", "rest[0]", "rest[1]"]
    assert recorded(New, randn(2), 1, is_backward=False).names == ["x", "weight"]
    assert (has_setup_context(Old), has_setup_context(New)) == (False, True)


def test_a_backward_may_be_called_vjp_or_be_missing() -> None:
    assert backward_of(New) is New.vjp
    assert backward_of(Old) is Old.backward
    assert backward_of(ForwardOnly) is None


def test_upstream_gradients_have_the_names_that_backward_gives_them() -> None:
    assert upstream_name(New, 1) == "grad_w"
    assert upstream_name(Old, 1) == "grads[1]"
    assert upstream_name(ForwardOnly) == "grad_output"


def test_one_output_has_no_number() -> None:
    assert (output_name(0, 1), output_name(1, 2)) == ("output", "output[1]")
