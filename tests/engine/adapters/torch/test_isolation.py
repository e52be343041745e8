"""A `watch` block leaves nothing behind: not in tensors, gradients, random numbers, globals, nor in torch."""

from __future__ import annotations

import cProfile
import random
import sys
import threading
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch.autograd import Function
from torch.autograd.function import FunctionMeta, _SingleLevelFunction

from handgrad.adapters.torch import compare, watch
from handgrad.adapters.torch.isolation import Apart, widen
from tests.patience import PATIENCE

from . import entrywise as e
from . import functions as f
from .cases import checkpoint, randn

state = 0
seen: list[int] = []
buffer = torch.zeros(3)


class Noisy(Function):
    """It writes to whatever it can reach."""

    calls = 0

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        globals()["state"] = state + 1
        seen.append(state)
        Noisy.calls += 1
        buffer.add_(x.detach())
        print("forward")
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (x,) = ctx.saved_tensors
        return grad_output * x


@pytest.mark.rest(of=3)
def test_a_function_that_writes_to_globals_is_run_once_as_far_as_anybody_sees(capsys: Any) -> None:
    version = buffer._version
    x = randn(3)
    with watch() as found:
        Noisy.apply(x).sum().backward()
    assert not found.ok
    assert (state, seen, Noisy.calls) == (1, [1], 1)
    assert torch.equal(buffer, x.detach())
    assert buffer._version == version + 1
    assert capsys.readouterr().out == "forward\n"


def test_what_a_function_has_closed_over_is_put_back() -> None:
    total, names = 0, {"a": 1}

    class Counting(e.Exp):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            nonlocal total
            total += 1
            names[str(total)] = total
            return e.Exp.forward(ctx, x)

    with watch() as found:
        Counting.apply(randn(3)).sum().backward()
    assert found.ok
    assert total == 1
    assert names == {"a": 1, "1": 1}


@pytest.mark.rest(of=3)
@pytest.mark.parametrize("function", [e.Dropout, e.DropoutUnscaled])
def test_random_numbers_go_on_as_they_would_have(function: type[Function]) -> None:
    def drawn(run: Any) -> tuple[Any, ...]:
        torch.manual_seed(0)
        random.seed(0)
        np.random.seed(0)
        result = run()
        return result, torch.rand(1).item(), random.random(), np.random.rand()

    def plain() -> Any:
        x = randn(20)
        function.apply(x, 0.5).sum().backward()
        return x.grad.tolist()

    def watched() -> Any:
        with watch():
            return plain()

    assert drawn(plain) == drawn(watched)


@pytest.mark.rest(of=3)
def test_inputs_gradients_and_versions_stay_as_they_are() -> None:
    x, weight, bias = randn(3, 4), randn(4, 4, seed=1), randn(4, seed=2)
    copies = [one.detach().clone() for one in (x, weight, bias)]
    with watch() as found:
        y = f.LinearTransposed.apply(x, weight, bias)
    assert not found.ok
    assert all(one.grad is None and one._version == 0 for one in (x, weight, bias))
    assert all(torch.equal(one, copy) for one, copy in zip((x, weight, bias), copies))
    y.sum().backward()
    assert torch.equal(bias.grad, torch.full((4,), 3.0))


def test_the_graph_is_usable_after_the_block_for_a_second_backward_and_for_second_derivatives() -> None:
    x = randn(4)
    with watch() as found:
        y = e.Swish.apply(x).sum()
        (first,) = torch.autograd.grad(y, x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x, retain_graph=True)
    y.backward()
    with torch.enable_grad():
        z = x.detach().requires_grad_()
        (expected,) = torch.autograd.grad((z * z.sigmoid()).sum(), z, create_graph=True)
        (expected_second,) = torch.autograd.grad(expected.sum(), z)
    assert found.ok
    assert torch.allclose(x.grad, expected.detach())
    assert torch.allclose(second, expected_second)


class BackwardInside(Function):
    """Its backward calls autograd for parameters, as reversible and checkpointed layers do."""

    @staticmethod
    def forward(ctx: Any, module: Any, x: Any) -> Any:
        ctx.module = module
        ctx.save_for_backward(x)
        with torch.no_grad():
            return module(x)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (x,) = ctx.saved_tensors
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            ctx.module(x).backward(grad_output)
        return None, x.grad


@pytest.mark.rest(of=3)
def test_parameters_that_a_backward_fills_in_get_their_gradient_once() -> None:
    def gradients(*, is_watched: bool) -> list[Any]:
        torch.manual_seed(0)
        module = torch.nn.Linear(3, 3)
        x = randn(2, 3)
        if is_watched:
            with watch() as found:
                BackwardInside.apply(module, x).sum().backward()
            assert found.ok
            assert found.results[0].status.value == "correct"
        else:
            BackwardInside.apply(module, x).sum().backward()
        return [one.grad.tolist() for one in (*module.parameters(), x)]

    assert gradients(is_watched=True) == gradients(is_watched=False)


def test_torch_is_as_it_was_after_a_block_and_after_one_that_raises() -> None:
    def parts() -> list[object]:
        kinds = (Function, _SingleLevelFunction, FunctionMeta)
        return [*(dict(vars(kind)) for kind in kinds), torch.autograd.backward]

    before = parts()
    with watch():
        e.Exp.apply(randn(3)).sum().backward()
    with pytest.raises(ValueError, match="stop"), watch():
        raise ValueError("stop")
    assert parts() == before
    assert torch.overrides._len_torch_function_stack() == 0


def test_an_exception_in_the_block_goes_on_and_the_calls_before_it_are_judged() -> None:
    def stopped() -> None:
        with watch() as inside:
            blocks.append(inside)
            e.ExpTwice.apply(randn(3)).sum().backward()
            raise ValueError("stop")

    blocks: list[Any] = []
    with pytest.raises(ValueError, match="stop"):
        stopped()
    (found,) = blocks
    assert [cause.name for cause in found.causes] == ["ExpTwice"]


@pytest.mark.rest(of=3)
def test_a_tracer_and_a_profiler_are_as_they_were() -> None:
    def tracer(*_: Any) -> Any:
        return None

    before = sys.gettrace(), sys.getprofile()
    sys.setprofile(tracer)
    try:
        with watch() as found:
            e.ExpTwice.apply(randn(3)).sum().backward()
        assert sys.getprofile() is tracer
    finally:
        sys.setprofile(before[1])
    assert sys.gettrace() is before[0]
    assert not found.ok


def test_a_profiler_of_python_s_own_stays_on() -> None:
    profiler = cProfile.Profile()
    with watch(quick=True) as found, profiler:
        e.ExpTwice.apply(randn(3)).sum().backward()
    profiler.enable()
    with watch(quick=True) as found:
        e.ExpTwice.apply(randn(3)).sum().backward()
    profiler.disable()
    assert not found.ok


def test_a_block_in_a_block_sees_its_own_calls_and_the_outer_one_sees_both() -> None:
    with watch() as outer:
        e.Exp.apply(randn(3))
        with watch() as inner:
            e.Tanh.apply(randn(3))
    assert [result.name for result in outer] == ["Tanh", "Exp"]
    assert [result.name for result in inner] == ["Tanh"]


def test_the_blocks_of_two_threads_do_not_see_each_other() -> None:
    inside, done = threading.Event(), threading.Event()
    found: dict[str, Any] = {}

    def other() -> None:
        with watch() as here:
            e.ExpTwice.apply(randn(3)).sum().backward()
            inside.set()
            done.wait(PATIENCE)
        found["other"] = here

    thread = threading.Thread(target=other)
    with watch() as here:
        thread.start()
        inside.wait(PATIENCE)
        e.Tanh.apply(randn(3)).sum().backward()
    e.TanhOfInput.apply(randn(3)).sum().backward()
    done.set()
    thread.join()
    assert [result.name for result in here] == ["Tanh"]
    assert [result.name for result in found["other"]] == ["ExpTwice"]


def test_warnings_of_a_function_are_raised_once() -> None:
    class Warning_(e.Exp):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            warnings.warn("mind", UserWarning, stacklevel=2)
            return e.Exp.forward(ctx, x)

    with pytest.warns(UserWarning, match="mind") as warned, watch():
        Warning_.apply(randn(3)).sum().backward()
    assert len(warned) == 1


def test_compare_leaves_gradients_hooks_and_graph_alone() -> None:
    x = randn(3)
    ran: list[int] = []
    y = x.tanh()
    y.register_hook(lambda g: ran.append(1))
    loss = (y * y).sum()
    result = compare(loss, {"y": (y, 2 * y.detach()), "x": (x, torch.zeros(3))})
    assert [cause.name for cause in result.causes] == ["x"]
    assert not ran
    assert x.grad is None
    loss.backward()
    assert ran == [1]


@pytest.mark.rest(of=3)
@pytest.mark.parametrize("use_reentrant", [True, False])
def test_a_checkpointed_function_gives_the_gradient_that_it_gives_without_a_block(use_reentrant: bool) -> None:
    def gradient() -> list[float]:
        x = randn(4)
        checkpoint(lambda t: e.Swish.apply(e.Exp.apply(t)), x, use_reentrant=use_reentrant).sum().backward()
        gradient_of_x: list[float] = x.grad.tolist()
        return gradient_of_x

    plain = gradient()
    with watch() as found:
        watched = gradient()
    assert watched == plain
    assert found.ok
    assert {result.name for result in found} == {"Swish", "Exp"}


def test_what_is_closed_over_is_wide_inside_and_untouched_outside() -> None:
    weight = torch.ones(3)
    version = weight._version
    with Apart():
        out = weight * torch.full((3,), 1 / 3).float()
        weight.add_(1.0)
        again = weight * 1.0
    assert out.dtype == torch.float64
    assert again.tolist() == [2.0, 2.0, 2.0]
    assert weight.tolist() == [1.0, 1.0, 1.0]
    assert (weight.dtype, weight._version) == (torch.float32, version)


def test_views_of_one_memory_stay_views_of_one_copy() -> None:
    whole = torch.zeros(2, 3)
    row = whole[1]
    with Apart():
        row.fill_(5.0)
        seen = whole.sum().item()
    assert seen == 15.0
    assert whole.sum() == 0.0


def test_what_is_made_inside_is_written_to_itself() -> None:
    before = torch.zeros(2)
    with Apart():
        mine = before.clone()
        mine.fill_(3.0)
    assert mine.tolist() == [3.0, 3.0]
    assert before.tolist() == [0.0, 0.0]


def test_by_request_the_precision_stays_as_it_was() -> None:
    weight = torch.ones(3)
    with Apart(is_wide=False):
        assert (weight * 2).dtype == torch.float32


def test_only_floats_are_widened() -> None:
    assert widen(torch.ones(1, dtype=torch.bfloat16)).dtype == torch.float64
    assert widen(torch.ones(1, dtype=torch.complex64)).dtype == torch.complex128
    assert widen(torch.ones(1, dtype=torch.int32)).dtype == torch.int32
    assert widen(torch.ones(1), is_wide=False).dtype == torch.float32
