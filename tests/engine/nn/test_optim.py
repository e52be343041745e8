"""Optimizers, step by step against torch.optim."""

from __future__ import annotations

import math

import pytest

from handgrad import HandgradError, Value, manual
from handgrad.errors import NotANumberError, NotFiniteError, UnfilledError
from handgrad.functional import ShapeError
from handgrad.optim import SGD, Adam, AdamW, NotAParameterError, Optimizer, SettingError

START = [1.5, -2.0, 0.3]

SETTINGS = [
    ("SGD", {"lr": 0.05}),
    ("SGD", {"lr": 0.05, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.05, "momentum": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("Adam", {}),
    ("Adam", {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-3}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.2}),
    ("Adam", {"lr": 0.1, "betas": (0.0, 0.0)}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.2}),
]


def loss_of(a, b, c):
    """Curved and coupled, its minimum in reach of twenty steps; the same expression for Values and tensors."""
    return (a - 1.0) ** 2 + (b + c) ** 2 * 0.5 + (a * c).tanh() + (b * 0.7).sin()


def parameters(*numbers):
    return [Value(number, name) for number, name in zip(numbers, "abc")]


def filled(*grads):
    nodes = parameters(*START[: len(grads)])
    for node, grad in zip(nodes, grads):
        node.grad = grad
    return nodes


@pytest.mark.drawn(2)
@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_twenty_steps_follow_pytorchs_trajectory(name, settings, torch):
    mine = parameters(*START)
    theirs = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in START]
    optimizer = {"SGD": SGD, "Adam": Adam, "AdamW": AdamW}[name](mine, **settings)
    reference = getattr(torch.optim, name)(theirs, **settings)
    for step in range(20):
        for run, nodes in ((optimizer, mine), (reference, theirs)):
            run.zero_grad()
            loss_of(*nodes).backward()
            run.step()
        assert [p.data for p in mine] == pytest.approx([p.item() for p in theirs], rel=1e-12), step
    assert [p.data for p in mine] != START


def test_the_learning_rate_may_change_between_steps():
    (w,) = filled(1.0)
    optimizer = SGD([w], lr=0.5)
    optimizer.step()
    optimizer.lr = 0.25
    optimizer.step()
    assert w.data == 1.5 - 0.5 - 0.25
    with pytest.raises(SettingError):
        optimizer.lr = -0.1
    assert optimizer.lr == 0.25


def test_adam_leaves_a_parameter_whose_gradient_is_always_zero_even_without_eps():
    nodes = filled(0.0, 1.0)
    Adam(nodes, lr=0.1, eps=0.0).step()
    assert nodes[0].data == START[0]
    assert nodes[1].data == pytest.approx(START[1] - 0.1)


def test_gradients_filled_in_by_hand_are_followed_in_manual_mode():
    with manual():
        w = Value(2.0, "w")
    w.grad = 3
    SGD([w], lr=0.5).step()
    assert w.data == 0.5


def test_zero_grad_makes_grads_zero_and_in_manual_mode_unfilled():
    with manual():
        by_hand = Value(1.0)
    (automatic,) = filled(5.0)
    by_hand.grad = 5.0
    SGD([by_hand, automatic], lr=0.1).zero_grad()
    assert (by_hand.grad, automatic.grad) == (None, 0.0)


def test_parameters_may_come_from_a_generator_and_one_given_twice_moves_once():
    (w,) = filled(1.0)
    optimizer = SGD((p for p in (w, w)), lr=0.5)
    optimizer.step()
    assert optimizer.parameters == [w]
    assert w.data == 1.0


@pytest.mark.parametrize("make", [lambda p: SGD(p, 0.1, momentum=0.9), Adam, AdamW])
@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        (None, UnfilledError, r"step\(\): node c has no gradient yet"),
        (math.nan, NotFiniteError, r"step\(\): grad of c: nan is not finite"),
        (-math.inf, NotFiniteError, r"step\(\): grad of c"),
        ("1.0", NotANumberError, r"step\(\): grad of c: '1\.0' is a str"),
        (True, NotANumberError, r"step\(\): grad of c"),
        (Value(1.0), NotANumberError, r"step\(\): grad of c"),
    ],
)
def test_a_bad_gradient_stops_the_step_before_anything_moves(make, bad, error, message):
    nodes = filled(1.0, 1.0, 1.0)
    optimizer = make(nodes)
    optimizer.step()
    twin = filled(1.0, 1.0, 1.0)
    reference = make(twin)
    reference.step()
    before = [p.data for p in nodes]
    nodes[2].grad = bad
    with pytest.raises(error, match=message):
        optimizer.step()
    assert [p.data for p in nodes] == before
    nodes[2].grad = 1.0
    optimizer.step()
    reference.step()
    assert [p.data for p in nodes] == [p.data for p in twin]


def test_a_step_that_would_overflow_moves_nothing():
    nodes = filled(1.0, 1e308)
    with pytest.raises(NotFiniteError, match="new data of b"):
        SGD(nodes, lr=10.0).step()
    assert [p.data for p in nodes] == START[:2]


def test_an_unlabelled_parameter_is_named_by_its_place():
    with manual():
        w = Value(0.5)
    with pytest.raises(UnfilledError, match="node 0 of the parameters has no gradient yet"):
        SGD([w], lr=0.1).step()


@pytest.mark.parametrize("make", [lambda p: SGD(p, 0.1), Adam, AdamW])
def test_no_parameters_are_refused(make):
    for nothing in ([], (), iter([])):
        with pytest.raises(ShapeError, match="expected one parameter or more, got none"):
            make(nothing)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ([Value(1.0), 2.0], "item 1 is a float, not a Value"),
        (Value(1.0), "a Value is no collection of parameters"),
        ([Value(1.0) * 2], r"is computed by '\*'"),
    ],
)
def test_what_is_no_leaf_value_is_refused_as_a_parameter(wrong, message):
    with pytest.raises(NotAParameterError, match=message):
        SGD(wrong, lr=0.1)


@pytest.mark.parametrize(
    "make",
    [
        lambda p: SGD(p, lr=-0.1),
        lambda p: SGD(p, lr=0.1, momentum=-0.1),
        lambda p: SGD(p, lr=0.1, weight_decay=-0.1),
        lambda p: SGD(p, lr=0.1, nesterov=True),
        lambda p: SGD(p, lr=0.1, momentum=0.9, dampening=0.1, nesterov=True),
        lambda p: Adam(p, lr=-1.0),
        lambda p: Adam(p, betas=(1.0, 0.9)),
        lambda p: Adam(p, betas=(0.9, 1.0)),
        lambda p: Adam(p, betas=(-0.1, 0.9)),
        lambda p: Adam(p, betas=(0.9,)),
        lambda p: Adam(p, betas=0.9),
        lambda p: Adam(p, eps=-1e-8),
        lambda p: AdamW(p, weight_decay=-0.01),
    ],
)
def test_a_setting_out_of_its_range_is_refused(make):
    with pytest.raises(SettingError, match="must be") as error:
        make(parameters(1.0))
    assert isinstance(error.value, HandgradError)
    assert isinstance(error.value, ValueError)


def test_a_setting_error_says_what_was_given_and_what_is_allowed():
    with pytest.raises(SettingError) as error:
        Adam(parameters(1.0), betas=(0.9, 1.0))
    assert str(error.value) == "Adam: betas=(0.9, 1.0) must be two numbers from 0 to just below 1."
    assert (error.value.where, error.value.name, error.value.value) == ("Adam", "betas", (0.9, 1.0))


@pytest.mark.parametrize("lr", ["0.1", None, True, Value(0.1)])
def test_a_learning_rate_that_is_no_number_is_refused(lr):
    with pytest.raises(NotANumberError, match=r"SGD\(lr\)"):
        SGD(parameters(1.0), lr)


def test_a_learning_rate_that_is_not_finite_is_refused():
    with pytest.raises(NotFiniteError):
        SGD(parameters(1.0), math.nan)


def test_the_repr_tells_how_many_parameters_and_how_fast():
    assert repr(AdamW(parameters(*START), lr=0.01)) == "AdamW(3 parameters, lr=0.01)"


def test_an_optimizer_without_a_rule_of_its_own_says_so():
    with pytest.raises(NotImplementedError):
        Optimizer(filled(1.0), 0.1, 0.0).step()
