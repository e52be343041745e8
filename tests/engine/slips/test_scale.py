"""Constant factors, on a whole array and of numbers."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import Value, compare, gradients, manual
from handgrad.arrays import array, label
from handgrad.slips.contributions import simple_factor

from .nets import Net, named, normal
from .small_nets import square


def test_all_of_an_array_off_by_any_one_factor_is_told_and_of_two_entries_it_may_be_chance():
    with manual():
        x = array(np.arange(1.0, 7.0).reshape(2, 3) / 4.0, "x")
        small = array(np.array([0.5, -1.5]), "small")
        loss = label((np.tanh(x) ** 2).sum() + (small**3).sum(), "loss")
    right = gradients(loss)
    x.grad, small.grad = 0.8137 * right[x], 0.8137 * right[small]
    told, silent = (compare(loss, nodes=[node]).causes[0].slip for node in (x, small))
    assert told.kind == "factor"
    assert "all of it is off by one constant factor" in told.message
    assert silent is None


def test_all_of_an_array_off_by_any_one_amount_is_told_and_of_two_entries_it_may_be_chance():
    with manual():
        x = array(np.arange(1.0, 7.0).reshape(2, 3) / 4.0, "x")
        small = array(np.array([0.5, -1.5]), "small")
        loss = label((np.tanh(x) ** 2).sum() + (small**3).sum(), "loss")
    right = gradients(loss)
    x.grad, small.grad = right[x] + 0.8137, right[small] + 0.8137
    told, silent = (compare(loss, nodes=[node]).causes[0].slip for node in (x, small))
    assert "all of it is off by the same amount everywhere, 0.81: which term" in told.message
    assert silent is None
    x.grad = right[x] + np.array([0.8137, 0.8137, 0.814])
    assert compare(loss, nodes=[x]).causes[0].slip is None


def test_a_power_without_its_2_is_not_called_a_mean_because_of_a_constant():
    def build(_, x):
        h = np.tanh(x / 4.0)
        return (h.sum(1) ** 2 * 0.05).sum() + (h**3).sum()

    def without(x, _):
        h = np.tanh(x.x / 4.0)
        return (1.0 - h**2) * (3.0 * h**2 + 0.05 * h.sum(1, keepdims=True)) / 4.0

    slip = Net(build, x=normal(8, 6)).slip("x", without)
    assert "what comes down in front?" in slip.message


def test_a_wrong_sign_is_not_called_a_factor():
    net, _X, _W, dy = square()
    slip = named(net, {"y": -3.0 * dy})
    assert slip is None or "constant factor" not in slip.message


@pytest.mark.parametrize("times", [-3.0, -0.25, -0.2137])
def test_a_wrong_sign_and_a_wrong_factor_are_both_said(times):
    net, _X, _W, dy = square()
    slip = named(net, {"y": times * dy})
    assert slip.kind == "sign"
    assert (
        "two mistakes at once would give this: the sign is flipped, and every entry is as many times too"
        in slip.message
    )


@pytest.mark.parametrize(
    ("ratio", "factor"),
    [
        (32.0, 32.0),
        (1 / 32, 1 / 32),
        (31 / 32, 31 / 32),
        (32 / 31, 32 / 31),
        (-2.0, None),
        (1.37, None),
        (32.01, None),
        (1.0, None),
    ],
)
def test_only_simple_factors_count(ratio, factor):
    assert simple_factor(ratio) == (None if factor is None else pytest.approx(factor))


Y = normal(5, 4, seed=8)


@pytest.mark.parametrize("loss", [np.mean, lambda x: x.sum() / 8], ids=["mean", "division"])
def test_a_mean_over_another_number_of_entries_is_not_called_counted_twice(loss):
    net = Net(lambda name, x: loss((name("p", x * 3.0) - Y[:2]) ** 2), x=normal(2, 4))
    slip = net.slip("p", lambda x, d: d.p * 8 / 4, blank=("x",))
    assert (slip.kind, slip.message) == (
        "factor",
        "p: what comes from the output is off by a constant factor: it is as if divided by 4, the length of axis 1 "
        "of p: over how many entries is a mean taken?",
    )


@pytest.mark.parametrize("written", ["division", "product"])
@pytest.mark.parametrize("wrong", ["a", "w"])
def test_a_mean_of_numbers_that_is_left_out_is_told_as_one(written, wrong):
    with manual():
        a, b, c, w = (Value(number, name) for number, name in ((1.2, "a"), (0.7, "b"), (-0.4, "c"), (1.9, "w")))
        total = a * w + b * w + c * w
        loss = label(total / 3.0 if written == "division" else total * (1.0 / 3.0), "loss")
    node = {"a": a, "w": w}[wrong]
    for each, gradient in gradients(loss).items():
        each.grad = gradient if each.label else None
    node.grad *= 3.0
    slip = compare(loss)[node].slip
    assert slip.kind == "factor"
    assert "in loss is left out; over how many numbers is that mean?" in slip.message
    assert "more than one" not in slip.message


def test_half_of_a_square_is_called_half_of_it():
    with manual():
        W = array(np.array([1.5, -2.0, 0.7]), "W")
        loss = label((W * W).sum(), "loss")
    W.grad = np.asarray(W.data)  # and not 2 * W
    (cause,) = compare(loss, nodes=[W]).causes
    assert "only half of what comes from W*W is there" in cause.slip.message


def test_a_constant_that_is_in_the_upstream_gradient_already_is_named_where_it_is_multiplied_in_again():
    with manual():
        x = array(np.arange(1.0, 7.0).reshape(2, 3) / 4.0, "x")
        y = label(np.tanh(x), "y")
        loss = label((y * 7.3).sum(), "loss")
    right = gradients(loss)
    loss.grad, y.grad, x.grad = 1.0, right[y], 7.3 * right[x]
    (cause,) = compare(loss, nodes=[loss, y, x]).causes
    assert cause.slip.message == (
        "x: what comes from y is off by a constant factor: is the constant of '*' in y*7.3 multiplied in once more? "
        "It is in the gradient of y already."
    )


def test_who_divides_by_a_constant_instead_of_multiplying_is_asked_which():
    with manual():
        x = array(np.arange(1.0, 7.0).reshape(2, 3), "x")
        y = label(x * 7.3, "y")
        loss = label((y**2).sum(), "loss")
    right = gradients(loss)
    loss.grad, y.grad, x.grad = 1.0, right[y], right[y] / 7.3
    (cause,) = compare(loss, nodes=[loss, y, x]).causes
    assert cause.slip.message == (
        "x: what comes from y is off by a constant factor: the constant of '*' in y is turned over: is the gradient "
        "multiplied by it, or divided?"
    )


@pytest.mark.parametrize(
    ("times", "says"),
    [
        (3.0, "you multiplied by 3, the length of axis 0 of y: what does the rule multiply there?"),
        (1.0 / 15.0, "it is as if divided by 15, the number of entries of y: over how many entries is a mean taken?"),
        (1.0 / 4.0, "it is as if divided by 4, one less than 5, the length of axis 1 of y: over how many"),
    ],
)
def test_a_factor_that_is_a_number_of_entries_is_said_as_one(times, says):
    with manual():
        y = array(np.arange(1.0, 16.0).reshape(3, 5) / 7.0, "y")
        loss = label((np.tanh(y) ** 2 * np.linspace(0.3, 1.7, 15).reshape(3, 5)).sum(), "loss")
    y.grad = times * gradients(loss)[y]
    assert says in compare(loss, nodes=[y]).causes[0].slip.message


def test_a_mean_over_another_number_of_entries_is_said_by_what_it_was_divided_by():
    with manual():
        y = array(np.arange(1.0, 16.0).reshape(3, 5) / 7.0, "y")
        loss = label((np.tanh(y) ** 2 * np.linspace(0.3, 1.7, 15).reshape(3, 5)).sum(1).mean(), "loss")
    y.grad = 3.0 / 5.0 * gradients(loss)[y]
    assert "5, the length of axis 1 of y" in compare(loss, nodes=[y]).causes[0].slip.message


def test_one_part_of_an_array_that_is_off_by_a_factor_is_said_to_be():
    net = Net(
        lambda name, x: (name("t", np.tanh(x)) * normal(3, 4, seed=6) + name("u", x**3) * 0.7).sum(), x=normal(3, 4)
    )
    slip = net.slip("x", lambda x, d: 2.62 * (1.0 - x.t**2) * d.t + 3.0 * x.x**2 * d.u)
    assert slip.kind == "factor"
    assert slip.message.startswith("x: what comes from t is off by one constant factor, 2.62: which number")


@pytest.mark.parametrize(
    ("width", "says"), [(3, "it is as if divided by 3, the length of axis 1 of x"), (5, "divide by n, or by n - 1?")]
)
def test_a_mean_over_n_minus_1_is_asked_about_n_alone(width, says):
    """Of 5 rows the sum is divided by 4; 3 is another count, though 4 - 1."""
    net = Net(lambda name, x: (name("v", (x**2).sum(0) / 4.0) ** 2).sum(), x=normal(5, 3))
    assert says in net.slip("x", lambda x, d: 2.0 * x.x * d.v / width).message


@pytest.mark.parametrize(
    ("times", "more", "says"),
    [
        (1.37, 0.0, "it is off by one constant factor, 1.37: which number"),
        (1.0, 0.4321, "it is off by the same amount everywhere, 0.43: which term"),
    ],
)
def test_numbers_that_are_all_off_by_one_factor_or_amount_say_so_together(times, more, says):
    with manual():
        inputs, weights = (
            (0.31, -1.27, 2.13, 0.77),
            [Value(number, f"w{i}") for i, number in enumerate((0.3, 1.2, -0.7, 2.1))],
        )
        terms = [weight * number for weight, number in zip(weights, inputs)]
        loss = label((terms[0] + terms[1] + terms[2] + terms[3]).tanh(), "L")
    for node, gradient in gradients(loss).items():
        node.grad = gradient * times + more if node in weights else gradient
    slips = [cause.slip for cause in compare(loss).causes]
    assert len(slips) == 4
    assert all(says in slip.message for slip in slips)
    weights[3].grad *= 1.1
    assert all(cause.slip is None for cause in compare(loss).causes)
