"""What a call of a Function is judged by: its values, its own precision, and what its backward returns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.autograd import Function

from handgrad import Status, viz
from handgrad.adapters.torch import watch
from handgrad.adapters.torch.diagnosis import describe_change
from handgrad.adapters.torch.recording import Write
from handgrad.adapters.torch.watching import (
    DAMAGED,
    WHOLE,
    Judge,
    not_finite,
    read,
    skipped_call,
    wrong_count,
    wrong_shape,
)
from handgrad.repair.deadline import Deadline
from handgrad.repair.source import Source
from handgrad.verdict.comparison import Comparison

from . import entrywise as e
from . import functions as f
from .calls import recorded
from .cases import ran, randn


class Relu(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (x,) = ctx.saved_tensors
        return torch.where(x < 0, torch.zeros_like(grad_output), grad_output)


def test_at_a_kink_either_slope_is_right() -> None:
    assert ran(Relu, (torch.tensor([0.0, 0.0, 1.0, -1.0]).requires_grad_(),)).ok


weights = torch.linspace(-1.0, 1.0, 16).reshape(4, 4)


class ClosedOver(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x @ weights

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return grad_output @ weights


def test_what_is_closed_over_stays_in_single_precision_and_is_named() -> None:
    found = ran(ClosedOver, (randn(3, 4),))
    assert found.causes[0].slip.kind == "transposed"
    assert "`return grad_output @ weights`" in found.causes[0].note


class OnlyFloat32(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        if x.dtype != torch.float32:
            raise TypeError("float32 only")
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 2 * grad_output * x


class OnlyFloat32Half(OnlyFloat32):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (x,) = ctx.saved_tensors
        return grad_output * x


@pytest.mark.rest(of=3)
def test_a_function_that_refuses_double_precision_is_asked_in_its_own() -> None:
    assert ran(OnlyFloat32, (randn(4),)).results[0].status.value == "correct"
    assert [cause.name for cause in ran(OnlyFloat32Half, (randn(4),)).causes] == ["OnlyFloat32Half"]


class ThroughNumpyFloat32(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.a = x.detach().numpy().astype("float32")
        return torch.tensor(ctx.a**3)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return grad_output * torch.tensor(3 * ctx.a**2)


class ThroughNumpyFloat32Turned(ThroughNumpyFloat32):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return -grad_output * torch.tensor(3 * ctx.a**2)


@pytest.mark.rest(of=3)
def test_a_detour_through_float32_is_no_false_alarm_and_hides_no_mistake() -> None:
    assert ran(ThroughNumpyFloat32, (randn(5, 3),)).ok
    assert not ran(ThroughNumpyFloat32Turned, (randn(5, 3),)).ok


class Aside(Function):
    """A second output that nobody is meant to differentiate."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return 2 * x, x.exp()

    @staticmethod
    def backward(ctx: Any, grad_output: Any, _: Any) -> Any:
        return 2 * grad_output


@pytest.mark.rest(of=3)
def test_an_output_that_backward_does_not_come_from_is_not_asked_about() -> None:
    with watch() as found:
        Aside.apply(randn(3))[0].sum().backward()
    assert found.ok
    with watch() as found:
        sum(Aside.apply(randn(3))).sum().backward()
    assert not found.ok


class OneForTwo(f.Adder):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        return f.Adder.backward(ctx, grad_output)[0]


def test_too_few_gradients_are_counted_where_torch_raises() -> None:
    with pytest.raises(RuntimeError, match="incorrect number of gradients"), watch() as found:
        OneForTwo.apply(randn(3, 2), randn(2, 4)).sum().backward()
    assert "backward returns 1 gradient, and forward has 2 inputs" in found.causes[0].note


class Turned(f.Linear):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        x, weight, _ = ctx.saved_tensors
        return grad_output.mm(weight), x.t().mm(grad_output), grad_output.sum(0)


def test_a_gradient_of_another_shape_is_told_by_the_shapes() -> None:
    with pytest.raises(RuntimeError, match="invalid gradient"), watch() as found:
        Turned.apply(randn(3, 4), randn(5, 4), randn(5)).sum().backward()
    says = "weight has shape (5, 4), and what backward returns for it has shape (4, 5). That is the transpose: "
    assert found.causes[0].note.startswith(says)
    with watch() as found:
        Turned.apply(randn(3, 4), randn(5, 4), randn(5))
    assert found.causes[0].note.startswith(says)


class BiasNotSummed(f.Linear):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        x, weight, _ = ctx.saved_tensors
        return grad_output.mm(weight), grad_output.t().mm(x), grad_output


def test_what_autograd_sums_itself_is_right() -> None:
    assert ran(BiasNotSummed, (randn(3, 4), randn(5, 4), randn(5))).ok


class NotANumber(e.Exp):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (result,) = ctx.saved_tensors
        return grad_output * result * (result - result) / (result - result)


@pytest.mark.rest(of=3)
def test_a_gradient_that_is_no_number_is_a_cause() -> None:
    found = ran(NotANumber, (randn(3),))
    assert found.causes[0].slip.kind == "not-finite"


@pytest.mark.rest(of=3)
def test_each_wrong_input_of_a_call_is_told() -> None:
    class Both(f.Linear):
        @staticmethod
        def backward(ctx: Any, grad_output: Any) -> Any:
            x, weight, _ = ctx.saved_tensors
            return -grad_output.mm(weight), -grad_output.t().mm(x), grad_output.sum(0)

    (cause,) = ran(Both, (randn(3, 4), randn(5, 4), randn(5))).causes
    assert "x: right magnitude, wrong sign" in cause.note
    assert "weight: right magnitude, wrong sign" in cause.note


class Outer(Function):
    """It calls another Function, whose backward is wrong, and does not rely on it."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return 2 * e.SwishWithoutBrackets.apply(x)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return 2 * grad_output * (s * (1 + x * (1 - s)))


def test_a_function_is_judged_by_its_values_and_not_by_the_backward_of_another() -> None:
    assert ran(Outer, (randn(4),)).ok


class Moody(e.Exp):
    """It cannot be run a second time."""

    runs = 0

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        if torch.is_grad_enabled() or x.dtype == torch.float64 or Moody.runs:
            raise RuntimeError("only once")
        Moody.runs += 1
        return e.Exp.forward(ctx, x)


def test_what_cannot_be_asked_again_is_said_and_is_no_cause() -> None:
    Moody.runs = 0
    with watch() as found:
        Moody.apply(randn(3)).sum().backward()
    assert found.ok
    assert found.remark == "Moody could not be asked again: RuntimeError: only once."


def test_an_error_of_ours_is_not_said_to_be_one_of_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handgrad.adapters.torch.watching.source_of", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ran(e.Exp, (randn(3),))


@pytest.fixture
def found() -> Comparison:
    calls = [recorded(e.Exp, randn(3)), recorded(e.ExpTwice, randn(3)), recorded(e.Tanh, randn(2))]
    judge = Judge({}, Deadline(), is_quick=True)
    first = judge.verdict(calls[0])
    second = judge.verdict(calls[1], [first.node])
    return Comparison(read([first, second, skipped_call(calls[2], [second.node])]))


def test_results_are_the_calls_by_the_name_of_their_class_the_last_first(found: Comparison) -> None:
    assert [result.name for result in found] == ["Tanh", "ExpTwice", "Exp"]
    assert [result.status for result in found.results] == [Status.SKIPPED, Status.WRONG, Status.CORRECT]
    assert found.counts == {Status.CORRECT: 1, Status.WRONG: 1, Status.SKIPPED: 1}
    assert len(found) == 3
    assert [one.name for one in found.arrays] == ["ExpTwice", "Exp"]
    assert not found.ok


def test_a_wrong_one_has_both_gradients_and_its_line(found: Comparison) -> None:
    (cause,) = found.causes
    assert not np.allclose(cause.actual, cause.expected)
    assert cause.source.text.endswith("# wrong")
    assert found[cause.node] is found[cause.node]
    assert found.terms(cause.node) == ()


def test_the_picture_is_of_the_calls_in_their_order(found: Comparison) -> None:
    assert found.root.label == WHOLE
    exp_twice = found.results[1].node
    assert [node.label for node in exp_twice.operands] == ["Exp"]
    assert "ExpTwice" in viz.draw(found).source


def test_before_anything_was_found_it_is_right_and_empty() -> None:
    found = Comparison(read())
    assert found.ok
    assert found.results == ()
    assert len(found) == 0


def test_a_change_is_told_with_as_much_as_is_known_of_it() -> None:
    line = Source("a/mine.py", 7, "y += 1")
    assert (
        "y, which Exp keeps for its backward, was changed in place by 'add_' in the forward of Shift (mine.py:7)"
        in (describe_change("Exp", "y", Write("add_", "the forward of Shift", line)))
    )
    assert "in place by 'add_' before" in describe_change("Exp", "y", Write("add_", "the forward of Exp"))
    assert "unseen by autograd" in describe_change("Exp", "y", Write())


def test_a_transpose_is_asked_after_and_another_shape_is_not() -> None:
    assert "transpose" in wrong_shape("x", (3, 2), (2, 3))
    assert "transpose" not in wrong_shape("x", (6,), (2, 3))
    assert "transpose" not in wrong_shape("x", (1,), (3,))


def test_the_first_number_that_is_none_is_told_with_its_place() -> None:
    assert "x[1, 0] is inf" in not_finite("x", np.array([[0.0, 1.0], [np.inf, np.nan]]))
    assert "for x is nan" in not_finite("x", np.array(np.nan))


def test_one_gradient_is_one() -> None:
    assert wrong_count(1, 2).startswith("backward returns 1 gradient, ")
    assert wrong_count(3, 2).startswith("backward returns 3 gradients, ")


def test_a_backward_that_writes_into_what_it_was_given_is_told_what_to_do() -> None:
    assert "writes into g" in DAMAGED.format("g")
    assert DAMAGED.format("g").endswith("Work on a copy, g.clone().")
