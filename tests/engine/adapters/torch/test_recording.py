"""The calls of Functions, noted as they happen."""

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

from handgrad.adapters.torch.recording import Recorder, step_of, unseen

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


def test_a_call_in_another_thread_or_within_unseen_is_not_noted() -> None:
    recorder = Recorder()
    with recorder.recording():
        thread = threading.Thread(target=lambda: e.Exp.apply(randn(3)))
        thread.start()
        thread.join()
        with unseen():
            e.Exp.apply(randn(3))
    assert recorder.calls == []


def test_functions_are_torch_s_own_again_after_the_last_block() -> None:
    before = dict(vars(FunctionMeta))
    outer, inner = Recorder(), Recorder()
    with outer.recording():
        with inner.recording():
            e.Exp.apply(randn(3))
        e.Exp.apply(randn(3))
    assert (len(outer.calls), len(inner.calls)) == (2, 1)
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
    recorder = Recorder()
    x = randn(3)
    with recorder.recording():
        run(x)
    return [(call.function.__name__, len(call.inputs)) for call in recorder.calls]


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
    recorder = Recorder()
    x = randn(3)
    with recorder.recording():
        y = Cube.apply(x)
        x.data.zero_()
        y.sum().backward()
    (call,) = recorder.calls
    assert [change.name for change in call.changes] == ["x"]


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

    recorder = Recorder()
    with recorder.recording():
        Both.apply(randn(3))
    assert [call.differentiable for call in recorder.calls] == [[1]]


def test_an_error_in_a_forward_is_theirs() -> None:
    class Broken(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            raise KeyError("mine")

    recorder = Recorder()
    with pytest.raises(KeyError, match="mine"), recorder.recording():
        Broken.apply(randn(3))
    assert recorder.calls == []


def test_the_step_of_a_call_is_found_behind_a_view() -> None:
    out = e.Exp.apply(randn(3))
    assert step_of(e.Exp, [3, out]) is out.grad_fn
    assert step_of(e.Tanh, [out]) is None


def test_after_the_block_nothing_is_held_of_a_forward_that_somebody_called() -> None:
    x = randn(3)
    held = weakref.ref(x)
    with Recorder().recording():
        Cube.forward(x)
    del x
    assert held() is None
