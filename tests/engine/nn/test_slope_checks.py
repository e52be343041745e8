"""The slope along the gradient and along a random direction: who passes, who fails, and that all is put back."""

from __future__ import annotations

import math

import numpy as np
import pytest

from handgrad import Value, arrays, gradients, nn, sanity
from handgrad.errors import NotANumberError, UnfilledError
from handgrad.functional import ShapeError, cross_entropy
from handgrad.optim import NotAParameterError
from tests.bench.sanity import KINDS, SLIPS, caught

from ...optional import needs

BOTH = (sanity.along_gradient, sanity.along_random_direction)


def tanh_net(seed=0):
    """Arrays, the loss as a function of what they hold, and the right gradients by formula."""
    rng = np.random.default_rng(seed)
    x, W, b = rng.normal(size=(7, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)

    def loss():
        return float((np.tanh(x @ W + b) ** 2).mean())

    h = np.tanh(x @ W + b)
    dz = 2 * h * (1 - h * h) / h.size
    return {"W": W, "b": b}, loss, {"W": x.T @ dz, "b": dz.sum(0)}


@pytest.mark.parametrize("kind", KINDS)
def test_the_right_gradient_of_the_logits_passes_every_check(kind):
    if kind == "torch":
        needs("torch")
    assert not any(caught(kind, None))


@pytest.mark.rest
@pytest.mark.parametrize("kind", KINDS)
def test_a_random_direction_catches_all_eighteen_slips_and_the_gradients_own_sixteen(kind):
    if kind == "torch":
        needs("torch")
    found = {name: caught(kind, slip) for name, slip in SLIPS.items()}
    assert all(row[4] for row in found.values())
    assert [name for name, row in found.items() if not row[3]] == ["only at the targets", "only beside the targets"]


@pytest.mark.parametrize("check", BOTH)
@pytest.mark.parametrize("seed", range(5))
def test_right_gradients_of_arrays_pass_and_one_percent_too_much_does_not(check, seed):
    params, loss, grads = tanh_net(seed)
    assert check(loss, params, grads)
    assert check(loss, list(params.values()), list(grads.values()))
    assert not check(loss, params, {**grads, "W": 1.05 * grads["W"]})


def test_the_ratio_is_one_over_the_factor():
    params, loss, grads = tanh_net()
    assert sanity.along_gradient(loss, params, grads).ratio == pytest.approx(-1.0, abs=1e-6)
    for factor in (0.25, 3.0, -1.0):
        check = sanity.along_gradient(loss, params, {name: factor * g for name, g in grads.items()})
        assert not check
        assert check.ratio == pytest.approx(-1.0 / factor, rel=1e-6)


def test_the_parameter_whose_gradient_is_wrong_is_named():
    params, loss, grads = tanh_net()
    check = sanity.along_random_direction(loss, params, {**grads, "b": grads["b"] * 2})
    assert check.wrong == ("b",)
    assert check.message.endswith("Moved alone, it is b.")


def test_arrays_are_put_back_even_where_the_loss_raises():
    params, loss, grads = tanh_net()
    before = {name: array.copy() for name, array in params.items()}
    calls = iter(range(4))

    def breaks():
        if next(calls, None) is None:
            raise RuntimeError("enough")
        return loss()

    with pytest.raises(RuntimeError, match="enough"):
        sanity.along_gradient(breaks, params, grads)
    assert all((params[name] == before[name]).all() for name in params)


@pytest.mark.parametrize("check", BOTH)
def test_values_array_nodes_and_modules_are_read_by_their_own_grad(check):
    model = nn.MLP(2, [3, 1], seed=3)

    def of_model():
        return (model([0.3, -0.8]) - 0.5) ** 2

    of_model().backward()
    assert check(of_model, model)
    W, x = arrays.array([[0.5, -0.2], [0.1, 0.9]], label="W"), np.array([1.0, 2.0])

    def of_array():
        return ((x @ W).tanh() ** 2).sum()

    assert check(of_array, [W], gradients(of_array()))
    of_array().backward()
    kept = W.grad.copy()
    assert check(of_array, W)
    W.grad[0, 0] *= 1.5
    assert not check(of_array, W)
    assert W.grad[0, 0] == 1.5 * kept[0, 0]


@pytest.mark.parametrize("check", BOTH)
def test_numbers_typed_to_three_decimals_are_allowed_for(check):
    logits = [Value(number) for number in (2.0, 1.0, 0.0)]
    typed = [-0.335, 0.245, 0.09]
    assert check(lambda: cross_entropy(logits, 0), logits, typed)
    assert not check(lambda: cross_entropy(logits, 0), logits, [-0.335, 0.255, 0.08])


@pytest.mark.parametrize("check", BOTH)
def test_a_torch_module_is_left_as_it_was_and_backward_within_the_loss_does_no_harm(check):
    needs("torch")
    import torch

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.Tanh(), torch.nn.Linear(4, 3))
    x, y = torch.randn(8, 5), torch.randint(3, (8,))

    def loss_fn():
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        return loss

    loss_fn()
    kept = [(p.detach().clone(), p.grad.clone()) for p in model.parameters()]
    assert check(loss_fn, model)
    for p, (data, grad) in zip(model.parameters(), kept):
        assert torch.equal(p, data)
        assert torch.equal(p.grad, grad)
    model[2].bias.grad *= 3
    answer = check(loss_fn, model)
    assert answer.wrong == ("2.bias",)


def test_a_frozen_parameter_of_a_module_is_not_asked_for():
    needs("torch")
    import torch

    model = torch.nn.Linear(3, 2)
    model.bias.requires_grad_(False)
    x = torch.ones(4, 3)
    (model(x) ** 2).mean().backward()
    assert sanity.along_gradient(lambda: (model(x) ** 2).mean(), model)


@pytest.mark.parametrize("check", BOTH)
def test_a_loss_that_draws_anew_is_told_and_not_judged(check):
    w = np.ones(2)
    draws = iter(np.linspace(0.0, 1.0, 100))
    answer = check(lambda: float((w * w).sum()) + next(draws), w, 2 * w)
    assert not answer
    assert "draws something anew" in answer.message


def test_zeros_have_no_direction_of_their_own_and_a_random_one_sees_them():
    w = Value(3.0, "w")
    assert "every gradient is 0" in sanity.along_gradient(lambda: w * w, [w], [0.0]).message
    assert not sanity.along_random_direction(lambda: w * w, [w], [0.0])
    assert math.isnan(sanity.along_random_direction(lambda: w * w, [w], [0.0]).ratio)


@pytest.mark.parametrize(
    ("params", "grads", "error"),
    [
        (np.ones(3), None, UnfilledError),
        (np.ones(3), np.ones(2), ShapeError),
        (np.ones(3, dtype=int), np.ones(3), NotAParameterError),
        ([np.ones(3), np.ones(2)], [np.ones(3)], ShapeError),
        ({"W": np.ones(3)}, [np.ones(3)], ShapeError),
        ({"W": np.ones(3)}, {"b": np.ones(3)}, UnfilledError),
        (np.ones(1), ["1"], NotANumberError),
        ("w", [1.0], NotAParameterError),
    ],
)
@pytest.mark.parametrize("check", BOTH)
def test_what_cannot_be_paired_or_moved_is_refused(check, params, grads, error):
    with pytest.raises(error):
        check(lambda: 1.0, params, grads)


def test_a_step_takes_arrays_and_tensors_and_finds_its_own_size():
    params, loss, grads = tanh_net()
    step = sanity.step_lowers_loss(loss, params, grads)
    assert step
    assert step.after == pytest.approx(0.99 * step.before, rel=1e-3)
    assert not sanity.step_lowers_loss(loss, params, {name: -g for name, g in grads.items()})


def test_gradients_of_a_tensor_sum_to_zero():
    needs("torch")
    import torch

    z = torch.randn(16, 10, requires_grad=True)
    torch.nn.functional.cross_entropy(z, torch.zeros(16, dtype=torch.long)).backward()
    assert sanity.sums_to_zero(z.grad)
    assert not sanity.sums_to_zero(torch.softmax(z, 1))
