"""`watch(reference={Function: readable})`: a fused backward is held against a forward that can be read."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch.autograd import Function

from handgrad import Comparison
from handgrad.adapters.errors import NotAFunctionError, NotAReferenceError, OtherOutputError
from handgrad.adapters.torch import watch


def randn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).requires_grad_()


class FusedLoss(Function):
    """Softmax and cross-entropy in one, worked out where autograd cannot look."""

    @staticmethod
    def forward(ctx: Any, logits: Any, targets: Any) -> Any:
        with torch.no_grad():
            probs = logits - logits.max(1, keepdim=True).values
            probs.exp_()
            probs /= probs.sum(1, keepdim=True)
            losses = -probs[torch.arange(len(targets)), targets].log()
        ctx.save_for_backward(probs, targets)
        return losses

    @staticmethod
    def backward(ctx: Any, grad_losses: Any) -> Any:
        probs, targets = ctx.saved_tensors
        grad_logits = probs.clone()
        grad_logits[torch.arange(len(targets)), targets] -= 1
        grad_logits *= grad_losses[:, None]
        return grad_logits, None


class FusedLossForgetsUpstream(FusedLoss):
    @staticmethod
    def backward(ctx: Any, grad_losses: Any) -> Any:
        probs, targets = ctx.saved_tensors
        return probs - F.one_hot(targets, probs.shape[1]), None  # wrong


class FusedLossForgetsOne(FusedLoss):
    @staticmethod
    def backward(ctx: Any, grad_losses: Any) -> Any:
        probs, _ = ctx.saved_tensors
        return probs * grad_losses[:, None], None  # wrong


def readable_loss(logits: Any, targets: Any) -> Any:
    return F.cross_entropy(logits, targets, reduction="none")


class TiledAttention(Function):
    """Attention by tiles of keys, with its running sums updated in place."""

    @staticmethod
    def forward(ctx: Any, q: Any, k: Any, v: Any, tile: int) -> Any:
        scale = q.shape[1] ** -0.5
        output, total = torch.zeros_like(q), torch.zeros(len(q), 1)
        largest = torch.full((len(q), 1), -torch.inf)
        for start in range(0, len(k), tile):
            scores = q @ k[start : start + tile].T * scale
            above = torch.maximum(largest, scores.max(1, keepdim=True).values)
            weights, shrunk = (scores - above).exp(), (largest - above).exp()
            total.mul_(shrunk).add_(weights.sum(1, keepdim=True))
            output.mul_(shrunk).add_(weights @ v[start : start + tile])
            largest.copy_(above)
        output.div_(total)
        ctx.save_for_backward(q, k, v, output, largest + total.log())
        ctx.tile = tile
        return output

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        q, k, v, output, lse = ctx.saved_tensors
        scale = q.shape[1] ** -0.5
        grad_q, grad_k, grad_v = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v)
        delta = (grad_output * output).sum(1, keepdim=True)
        for start in range(0, len(k), ctx.tile):
            part = slice(start, start + ctx.tile)
            weights = (q @ k[part].T * scale - lse).exp()
            grad_v[part] = weights.T @ grad_output
            grad_scores = weights * (grad_output @ v[part].T - delta)
            grad_q += grad_scores @ k[part] * scale
            grad_k[part] = grad_scores.T @ q * scale
        return grad_q, grad_k, grad_v, None


class TiledAttentionForgetsScale(TiledAttention):
    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        q, k, v, output, lse = ctx.saved_tensors
        scale = q.shape[1] ** -0.5
        grad_q, grad_k, grad_v = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v)
        delta = (grad_output * output).sum(1, keepdim=True)
        for start in range(0, len(k), ctx.tile):
            part = slice(start, start + ctx.tile)
            weights = (q @ k[part].T * scale - lse).exp()
            grad_v[part] = weights.T @ grad_output
            grad_scores = weights * (grad_output @ v[part].T - delta)
            grad_q += grad_scores @ k[part] * scale
            grad_k[part] = grad_scores.T @ q  # wrong
        return grad_q, grad_k, grad_v, None


def readable_attention(q: Any, k: Any, v: Any, tile: int) -> Any:
    return torch.softmax(q @ k.T * q.shape[1] ** -0.5, 1) @ v


def loss_of(function: type[Function]) -> Callable[[], Any]:
    return lambda: function.apply(randn(4, 5), torch.tensor([0, 3, 1, 4]))


def attention_of(function: type[Function]) -> Callable[[], Any]:
    return lambda: function.apply(randn(3, 4), randn(6, 4, seed=1), randn(6, 4, seed=2), 2)


def found_by(run: Callable[[], Any], reference: Any) -> Comparison:
    with watch(reference=reference) as found:
        run().pow(2).sum().backward()
    return found


def line_of(function: type[Function]) -> int:
    lines, first = inspect.getsourcelines(function.backward)
    return first + next(n for n, text in enumerate(lines) if text.rstrip().endswith("# wrong"))


@pytest.mark.parametrize(
    ("run", "reference"),
    [
        (loss_of(FusedLoss), {FusedLoss: readable_loss}),
        (attention_of(TiledAttention), {TiledAttention: readable_attention}),
    ],
    ids=["loss", "attention"],
)
def test_a_right_fused_backward_is_let_be(run: Callable[[], Any], reference: Any) -> None:
    found = found_by(run, reference)
    assert found.ok
    assert [result.status.value for result in found] == ["correct"]
    assert not found.remark


@pytest.mark.rest(of=3)
@pytest.mark.drawn(0, rest=1)
@pytest.mark.parametrize(
    ("function", "make", "readable", "kind", "name"),
    [
        (FusedLossForgetsUpstream, loss_of, readable_loss, "forgot-upstream", "logits"),
        (FusedLossForgetsOne, loss_of, readable_loss, None, "logits"),
        (TiledAttentionForgetsScale, attention_of, readable_attention, None, "k"),
    ],
)
def test_a_wrong_fused_backward_is_named_by_its_line_and_its_mistake(
    function: Any, make: Any, readable: Any, kind: str | None, name: str
) -> None:
    found = found_by(make(function), {function: readable})
    (cause,) = found.causes
    assert cause.name == function.__name__
    assert cause.source.line == line_of(function)
    assert kind is None or cause.slip.kind == kind
    assert cause.slip.message.startswith(f"{name}:")


@pytest.mark.rest(of=3)
def test_what_is_expected_is_autograd_through_the_readable_forward() -> None:
    function, make = FusedLossForgetsOne, loss_of(FusedLossForgetsOne)
    cause = found_by(make, {function: readable_loss}).causes[0]
    logits, targets = randn(4, 5).detach().double().requires_grad_(), torch.tensor([0, 3, 1, 4])
    readable_loss(logits, targets).sum().backward()
    probs = torch.softmax(logits.detach(), 1)
    upstream = torch.tensor(cause.actual) / probs
    assert torch.allclose(torch.tensor(cause.expected), upstream * logits.grad)


@pytest.mark.rest(of=3)
def test_a_reference_is_right_by_its_authors_word_where_it_is_not_the_slope() -> None:
    class Round(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x.round()

        @staticmethod
        def backward(ctx: Any, grad_output: Any) -> Any:
            return grad_output

    class Doubled(Round):
        @staticmethod
        def backward(ctx: Any, grad_output: Any) -> Any:
            return 2 * grad_output

    def straight_through(x: Any) -> Any:
        return x + (x.round() - x).detach()

    assert found_by(lambda: Round.apply(randn(5) * 3), {Round: straight_through}).ok
    found = found_by(lambda: Doubled.apply(randn(5) * 3), {Doubled: straight_through})
    assert found.causes[0].slip.kind in ("double", "factor")


@pytest.mark.rest(of=3)
def test_functions_without_a_reference_are_judged_as_ever() -> None:
    class Square(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, grad_output: Any) -> Any:
            return ctx.saved_tensors[0] * grad_output

    found = found_by(lambda: Square.apply(loss_of(FusedLoss)()), {FusedLoss: readable_loss})
    assert [(result.name, result.status.value) for result in found] == [("Square", "wrong"), ("FusedLoss", "correct")]


def test_a_reference_of_another_output_is_refused_with_both_numbers() -> None:
    def halved(logits: Any, targets: Any) -> Any:
        return readable_loss(logits, targets) / 2

    with pytest.raises(OtherOutputError) as refused:
        found_by(loss_of(FusedLoss), {FusedLoss: halved})
    assert refused.value.theirs == pytest.approx(2 * refused.value.other)
    for part in ("FusedLoss", "halved", f"{refused.value.theirs:.6g}", f"{refused.value.other:.6g}"):
        assert part in str(refused.value)


@pytest.mark.parametrize(
    ("readable", "why"),
    [
        (
            lambda logits: logits,
            "<lambda>}): it raised TypeError: <lambda>() takes 1 positional argument but 2 were given. Give a function",
        ),
        (
            lambda logits, targets: logits.nothing,
            "it raised AttributeError: 'Tensor' object has no attribute 'nothing'.",
        ),
        (lambda logits, targets: logits, "its output is shape (4, 5), and that of FusedLoss has shape (4,)."),
        (lambda logits, targets: (logits, logits), "it gives 2 outputs, and FusedLoss gives 1."),
        (lambda logits, targets: 1.0, "its output is a float, and that of FusedLoss has shape (4,)."),
    ],
    ids=["arguments", "raises", "shape", "count", "no tensor"],
)
def test_a_reference_that_cannot_stand_for_the_forward_is_refused_with_the_reason(readable: Any, why: str) -> None:
    with pytest.raises(NotAReferenceError) as refused:
        found_by(loss_of(FusedLoss), {FusedLoss: readable})
    assert why in str(refused.value)
    assert str(refused.value).startswith("watch(reference={FusedLoss: ")


def test_what_is_no_function_or_no_reference_is_refused_before_the_block_runs() -> None:
    with pytest.raises(NotAFunctionError, match=r"watch\(reference=\{\.\.\.\}\): 'FusedLoss' is no"):
        watch(reference={"FusedLoss": readable_loss}).__enter__()  # type: ignore[dict-item]
    with pytest.raises(NotAReferenceError, match=r"None\}\): it is no function"):
        watch(reference={FusedLoss: None}).__enter__()  # type: ignore[dict-item]


def test_an_error_of_the_block_is_not_hidden_by_a_reference_that_does_not_fit() -> None:
    def block() -> None:
        with watch(reference={FusedLoss: lambda logits, targets: 0}):
            loss_of(FusedLoss)().sum().backward()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        block()


def test_a_reference_may_leave_out_outputs_that_have_no_gradient() -> None:
    class WithSizes(FusedLoss):
        @staticmethod
        def forward(ctx: Any, logits: Any, targets: Any) -> Any:
            losses, sizes = FusedLoss.forward(ctx, logits, targets), logits.detach().abs().sum(1)
            ctx.mark_non_differentiable(sizes)
            return sizes, losses

        @staticmethod
        def backward(ctx: Any, _: Any, grad_losses: Any) -> Any:
            return FusedLoss.backward(ctx, grad_losses)

    assert found_by(lambda: loss_of(WithSizes)()[1], {WithSizes: readable_loss}).ok


def test_a_reference_whose_function_never_ran_is_told() -> None:
    found = found_by(attention_of(TiledAttention), {TiledAttention: readable_attention, FusedLoss: readable_loss})
    assert found.remark == "FusedLoss, for which a reference is given, was not called with a gradient to pass on."


def test_a_reference_leaves_gradients_and_random_numbers_as_they_were() -> None:
    def noisy(logits: Any, targets: Any) -> Any:
        return readable_loss(logits + 0 * torch.rand(4, 5), targets)

    logits = randn(4, 5)
    torch.manual_seed(1)
    with watch(reference={FusedLoss: noisy}) as found:
        FusedLoss.apply(logits, torch.tensor([0, 3, 1, 4])).sum().backward()
        before = logits.grad.clone()
    after = torch.rand(3)
    torch.manual_seed(1)
    assert found.ok
    assert torch.equal(logits.grad, before)
    assert torch.equal(after, torch.rand(3))
