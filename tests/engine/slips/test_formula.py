"""A gradient that no table knows, read as a formula of what stands in the graph."""

from __future__ import annotations

import numpy as np
import pytest

from .nets import Net, named, normal

LEAVES = {"x": normal(5, 4), "c": normal(5, 4, seed=7)}


def total(numbers):
    return numbers.sum(1, keepdims=True)


def softmax(name, x, c):
    e = np.exp(x - x.max(1, keepdims=True))
    return (name("p", e / e.sum(1, keepdims=True)) * c).sum()


def norm(name, x, c):
    mean = x.mean(1, keepdims=True)
    variance = ((x - mean) ** 2).mean(1, keepdims=True)
    return (name("y", (x - mean) * (variance + 1e-5) ** -0.5) * c).sum()


@pytest.mark.parametrize(
    ("build", "formula", "rule"),
    [
        (softmax, "p*p.grad - p*sum(x*p.grad, axis 1)", lambda x, d: x.p * (d.p - total(d.p * x.x))),
        (softmax, "p*p.grad - p*p*sum(p.grad, axis 1)", lambda x, d: x.p * d.p - x.p**2 * total(d.p)),
        (
            norm,
            "y.grad - sum(y.grad, axis 1)/4 - x*sum(y*y.grad, axis 1)/4",
            lambda x, d: d.y - d.y.mean(1, keepdims=True) - x.x * (d.y * x.y).mean(1, keepdims=True),
        ),
    ],
)
def test_what_was_written_is_said_and_what_is_right_is_not(build, formula, rule):
    net = Net(build, **LEAVES)
    slip = net.slip("x", rule)
    assert slip.kind == "rule"
    assert slip.message.startswith(f"x: that is {formula}: which of its terms ")


def test_an_inverse_in_a_formula_is_said_with_the_factor_that_was_written():
    leaves = {"x": abs(normal(2, 4)) + 0.5, "c": normal(2, 4, seed=7)}
    shares = Net(lambda name, x, c: (name("y", x**2 / x.sum(1, keepdims=True)) * c).sum(), **leaves)
    slip = shares.slip("x", lambda x, d: x.y * d.y - total(d.y) / x.x)
    assert slip.message.startswith("x: that is y*y.grad - x*(1/(x**2))*sum(y.grad, axis 1): which of its terms ")


@pytest.mark.parametrize("digits", [3, 4])
def test_what_is_rounded_is_not_read(digits):
    net = Net(softmax, **LEAVES)
    slip = net.slip("x", lambda x, d: np.round(x.p * d.p - x.p**2 * total(d.p), digits))
    assert slip is None or "that is" not in slip.message


def test_a_coefficient_that_nobody_would_write_is_not_believed():
    net = Net(softmax, **LEAVES)
    assert net.slip("x", lambda x, d: x.p * d.p - 0.73421 * x.p**2 * total(d.p)) is None


def test_of_fewer_than_six_entries_anything_would_be_a_formula():
    net = Net(softmax, x=normal(1, 5), c=normal(1, 5, seed=7))
    assert net.slip("x", lambda x, d: x.p * (d.p - total(d.p * x.x))) is None


@pytest.mark.drawn(3)
@pytest.mark.parametrize("seed", range(10))
def test_numbers_of_chance_are_no_formula(seed):
    for build, shape in ((softmax, (2, 3)), (norm, (5, 4))):
        net = Net(build, x=normal(*shape), c=normal(*shape, seed=7))
        assert named(net, {"x": normal(*shape, seed=100 + seed)}) is None


def test_what_a_table_knows_is_told_by_the_table():
    net = Net(softmax, **LEAVES)
    slip = net.slip("x", lambda x, d: x.p * (d.p - (d.p * x.p).sum(0, keepdims=True)))
    assert "runs along another axis" in slip.message


def elu(name, x, c):
    return (name("y", np.where(x > 0, x, 1.3 * (np.exp(x) - 1))) * c).sum()


@pytest.mark.parametrize(
    ("formula", "question", "slope"),
    [
        ("1.3*y.grad + x*y.grad", "another one in the rule", lambda x, y: x + 1.3),
        ("y.grad + y*y.grad", "off by a factor", lambda x, y: y + 1.0),
    ],
)
def test_of_a_forward_with_branches_the_one_that_is_wrong_is_read_alone(formula, question, slope):
    net = Net(elu, **LEAVES)
    slip = net.slip("x", lambda x, d: d.y * np.where(x.x > 0, 1.0, slope(x.x, x.y)))
    assert slip.message.startswith(f"x: where it is wrong, that is {formula}: which of its terms is {question}")


@pytest.mark.drawn(2)
@pytest.mark.parametrize("seed", range(5))
def test_chance_in_one_branch_is_no_formula_and_neither_is_a_constant_of_nobodys(seed):
    net = Net(elu, **LEAVES)
    other = normal(5, 4, seed=100 + seed)
    assert net.slip("x", lambda x, d: d.y * np.where(x.x > 0, 1.0, other)) is None
    assert net.slip("x", lambda x, d: d.y * np.where(x.x > 0, 1.0, x.x + 1.2345)) is None
