"""`watch`: a wrong Function is found by its class and its line, and a right one is let be."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from torch import nn
from torch.autograd import Function, gradcheck

from handgrad import Comparison, Status
from handgrad.adapters.torch import watch
from handgrad.repair.deadline import Deadline

from . import entrywise as e
from . import functions as f
from .cases import CASES, Case, checkpoint, ran, randn

by_name = {"argvalues": CASES, "ids": [case.wrong.__name__ for case in CASES]}


@pytest.mark.drawn(2, rest=5)
@pytest.mark.parametrize("case", **by_name)
def test_a_wrong_backward_is_named_by_its_class_its_line_and_its_mistake(case: Case) -> None:
    found = ran(case.wrong, case.arguments())
    (cause,) = found.causes
    assert not found.ok
    assert cause.name == case.wrong.__name__
    file, line, text = cause.source
    assert file == inspect.getsourcefile(case.wrong)
    assert line in case.lines
    assert text.endswith("# wrong")
    assert not case.kinds or cause.slip.kind in case.kinds
    assert case.says in cause.note


@pytest.mark.parametrize("case", **by_name)
def test_the_same_function_without_the_mistake_is_let_be(case: Case) -> None:
    found = ran(case.right, case.arguments())
    assert found.ok
    assert [result.status.value for result in found] == ["correct"]
    assert not found.remark


RIGHT_IN_TORCH = [case for case in CASES if case.right not in (e.NumpyGelu, e.Scale, e.Dropout, f.BatchNorm)]


@pytest.mark.parametrize("case", RIGHT_IN_TORCH, ids=[case.right.__name__ for case in RIGHT_IN_TORCH])
def test_gradcheck_agrees_on_which_functions_are_right(case: Case) -> None:
    wide = {torch.float32: torch.float64, torch.complex64: torch.complex128}
    arguments = [
        one.detach().to(wide[one.dtype]).requires_grad_(one.requires_grad)
        if hasattr(one, "grad") and one.dtype in wide
        else one
        for one in case.arguments()
    ]
    assert gradcheck(case.right.apply, arguments, raise_exception=False)
    assert not gradcheck(case.wrong.apply, arguments, raise_exception=False)


def test_the_results_are_the_calls_with_the_last_first() -> None:
    with watch() as found:
        y = e.Tanh.apply(f.Linear.apply(randn(3, 4), randn(5, 4), randn(5)))
        e.Exp.apply(y).sum().backward()
    assert isinstance(found, Comparison)
    assert [result.name for result in found.results] == ["Exp", "Tanh", "Linear"]


def test_a_block_without_a_function_is_empty_and_right() -> None:
    with watch() as found:
        randn(3).sum().backward()
    assert found.ok
    assert found.results == ()
    assert not found.causes


def test_what_is_found_is_empty_while_the_block_runs() -> None:
    with watch() as found:
        e.ExpTwice.apply(randn(3)).sum().backward()
        assert found.ok
        assert not found.results
    assert not found.ok


@pytest.mark.rest(of=3)
def test_a_wrong_function_between_right_ones_is_the_only_cause() -> None:
    model = nn.Linear(4, 4)
    with watch() as found:
        y = e.TanhOfInput.apply(f.Linear.apply(randn(3, 4), model.weight, model.bias))
        f.Softmax.apply(y, 1).pow(2).sum().backward()
    assert [cause.name for cause in found.causes] == ["TanhOfInput"]


@pytest.mark.parametrize("quick", [False, True])
def test_a_mistake_that_many_calls_make_is_one_cause_with_their_count(quick: bool) -> None:
    with watch(quick=quick) as found:
        x = e.Tanh.apply(randn(3))
        for _ in range(20):
            x = e.ExpTwice.apply(x) / 10
        x.sum().backward()
    (cause,) = found.causes
    assert cause.name == "ExpTwice"
    assert cause.note.endswith(" 20 calls of ExpTwice are wrong by it.")
    assert [one.status.value for one in found].count("carried") == 19
    assert found.counts[Status.CORRECT] == 1


class BothWays(Function):
    """Gives two numbers, and takes back the gradient of the first alone."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        ctx.save_for_backward(x, y)
        return x * y, x + y

    @staticmethod
    def backward(ctx: Any, product: torch.Tensor, total: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x, y = ctx.saved_tensors
        return product * y, product * x


def test_what_is_wrong_of_several_inputs_alike_is_said_once_with_all_their_names() -> None:
    x, y = (torch.tensor(numbers, requires_grad=True) for numbers in ([0.5, -1.2], [2.0, 0.7]))
    with watch(quick=True) as found:
        sum(one.sum() for one in BothWays.apply(x, y)).backward()
    note = found.causes[0].note
    assert "x and y: you left out what comes from output[1]" in note
    assert note.count("you left out") == 1


def test_an_input_that_needs_no_gradient_is_not_asked_about() -> None:
    with watch() as found:
        f.LinearWithoutBias.apply(randn(3, 4), randn(4, 4), torch.ones(4)).sum().backward()
    assert found.ok


def test_what_runs_without_a_gradient_is_not_a_result() -> None:
    with watch() as found:
        with torch.no_grad():
            e.ExpTwice.apply(randn(3))
        e.ExpTwice.apply(torch.ones(3))
    assert not found.results


def test_a_bound_apply_from_before_the_block_is_seen() -> None:
    exp = e.ExpTwice.apply
    with watch() as found:
        exp(randn(3)).sum().backward()
    assert [cause.name for cause in found.causes] == ["ExpTwice"]


class Round(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x.round()

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return grad_output


def test_a_straight_through_estimator_is_a_cause_that_says_how_to_say_it_is_meant() -> None:
    found = ran(Round, (randn(4),))
    assert "watch(intended=[Round])" in found.causes[0].note


@pytest.mark.parametrize("intended", [[Round], ["Round"], Round, "Round"])
def test_what_is_intended_is_not_asked_about(intended: Any) -> None:
    with watch(intended=intended) as found:
        Round.apply(randn(4)).sum().backward()
    assert found.ok
    assert [result.status.value for result in found] == ["skipped"]


def test_intended_takes_functions_and_names_alone() -> None:
    with (
        pytest.raises(TypeError, match=r"watch\(intended=\[\.\.\.\]\): 3 is no torch\.autograd\.Function"),
        watch(intended=[3]),
    ):
        pass


def test_a_checkpointed_function_is_seen_through_the_checkpoint() -> None:
    with watch() as found:
        checkpoint(e.ExpTwice.apply, randn(3), use_reentrant=True).sum().backward()
    assert [cause.name for cause in found.causes] == ["ExpTwice"]
    with watch() as found:
        checkpoint(e.Exp.apply, randn(3), use_reentrant=True).sum().backward()
    assert found.ok


def test_a_training_loop_with_an_optimizer_in_the_block_is_right() -> None:
    model = nn.Linear(4, 4)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    with watch() as found:
        for _ in range(3):
            optimizer.zero_grad()
            e.Tanh.apply(f.Linear.apply(randn(5, 4), model.weight, model.bias)).sum().backward()
            optimizer.step()
    assert found.ok
    assert len(found) == 6


@pytest.mark.rest(of=3)
def test_a_wrong_layer_of_usual_size_is_placed_on_its_line() -> None:
    arguments = (randn(8, 64, 28, 28), randn(64, seed=1), randn(64, seed=2), 1e-6)
    assert ran(f.LayerNorm2d, arguments).ok
    (cause,) = ran(f.LayerNorm2dWithoutMean, arguments).causes
    assert cause.source.text.endswith("# wrong")


@pytest.mark.rest(of=3)
def test_a_table_and_a_dict_of_what_is_found_hold_the_class_and_the_sentence() -> None:
    found = ran(f.SquaredNormLastAxis, (randn(3, 3, 3),))
    assert "SquaredNormLastAxis" in str(found)
    assert "broadcast along the wrong axis" in " ".join(str(found).split())
    (node,) = found.to_dict()["nodes"]
    assert node["name"] == "SquaredNormLastAxis"
    assert node["slip"]["kind"] == "wrong-axis"


class Linear(nn.Module):
    """A module with a backward that nobody ever calls; it is wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[0.5, -1.0]]))

    def forward(self, x: Any) -> Any:
        return x @ self.weight.T

    def backward(self, grad_output: Any) -> Any:
        return grad_output @ self.weight.T


def test_a_modules_own_backward_is_said_not_to_have_been_judged() -> None:
    with watch() as found:
        Linear()(randn(3, 2)).sum().backward()
    assert found.results == ()
    assert "nothing was judged" in found.remark
    assert "The backward of Linear was not judged" in found.remark
    with watch() as found:
        e.Exp.apply(Linear()(randn(3, 2))).sum().backward()
    assert [result.name for result in found] == ["Exp"]
    assert "The backward of Linear was not judged" in found.remark
    assert "nothing was judged" not in found.remark


def test_a_plain_module_is_nothing_to_speak_of_and_no_hook_is_left() -> None:
    hooks = nn.modules.module._global_forward_hooks
    before = dict(hooks)
    with watch() as found:
        e.Exp.apply(nn.Linear(2, 1)(randn(3, 2))).sum().backward()
    assert found.remark == ""
    assert dict(hooks) == before


class Branches(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (x,) = ctx.saved_tensors
        if x.dim() == 1:
            grad = grad_output * 3 * x  # wrong
            return grad
        else:
            grad = grad_output * 2 * x
            return grad


def test_a_line_that_never_ran_is_not_blamed() -> None:
    with watch() as found:
        Branches.apply(randn(3)).sum().backward()
    assert found.causes[0].source.text.endswith("# wrong")


def test_when_the_time_is_over_each_function_is_looked_at_once_and_what_was_not_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Over(Deadline):
        def is_over(self) -> bool:
            return True

    monkeypatch.setattr("handgrad.adapters.torch.watching.Deadline", Over)
    x = torch.tensor([0.5, -1.0], dtype=torch.float64, requires_grad=True)
    with watch(quick=True) as found:
        (e.Exp.apply(x) + e.Exp.apply(2 * x)).sum().backward()
    assert "There was no time to look at every call of Exp." in found.remark
    assert [one.status for one in found.results].count(Status.SKIPPED) == 1
