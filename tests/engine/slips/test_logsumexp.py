"""The usual mistakes at the input of a logsumexp, of arrays and of numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from handgrad import Value, compare, label, manual
from handgrad.arrays import array

Z = np.round(np.random.default_rng(3).uniform(-1.5, 1.5, size=(3, 4)), 2)
C = np.array([0.7, -1.3, 1.9])[:, None]
E = np.exp(Z - Z.max(1, keepdims=True))
SHARES = "exps that nothing is divided by"

WRONG = {
    "exps": ("forgot-local", SHARES, np.exp(Z)),
    "shifted exps": ("forgot-local", SHARES, E),
    "the largest": ("rule", "as of a maximum", 1.0 * (Z.max(1, keepdims=True) == Z)),
    "evenly": ("rule", "shared out evenly", np.full(Z.shape, 0.25)),
}


def slip_of_an_array(numbers):
    with manual():
        x = array(Z, "x")
        loss = label((np.log(np.exp(x).sum(1, keepdims=True)) * C).sum(), "loss")
    loss.grad, x.grad = 1.0, numbers
    (cause,) = compare(loss, nodes=[loss, x]).causes
    return cause.slip


@pytest.mark.parametrize("digits", [None, 4, 3])
@pytest.mark.parametrize("name", WRONG)
def test_of_an_array_each_is_named(name, digits):
    kind, words, factor = WRONG[name]
    slip = slip_of_an_array(C * factor if digits is None else np.round(C * factor, digits))
    assert slip.kind == kind
    assert words in slip.message


@pytest.mark.parametrize("shares", [np.exp(Z) / np.exp(Z).sum(0), np.exp(Z) / np.exp(Z).sum()])
def test_the_softmax_along_another_axis_is_one_along_another_axis(shares):
    slip = slip_of_an_array(C * shares)
    assert slip.kind == "wrong-axis"
    assert "along another axis than the logsumexp" in slip.message


def test_a_sum_of_exps_over_all_of_a_matrix_of_any_shape_is_judged():
    with manual():
        x = array(Z, "x")
        loss = label(np.exp(x).sum() ** 2, "loss")
    x.grad = np.random.default_rng(4).uniform(size=Z.shape)
    (cause,) = compare(loss, nodes=[x]).causes
    assert cause.note.startswith("x: ")


@pytest.mark.parametrize("name", WRONG)
def test_of_numbers_each_is_named(name):
    _, words, factor = WRONG[name]
    with manual():
        z = [Value(number, f"z{i}") for i, number in enumerate(Z[0].tolist())]
        exps = [each.exp() for each in z]
        loss = label((exps[0] + exps[1] + exps[2] + exps[3]).log() * 0.7, "loss")
    loss.grad = 1.0
    for each, times in zip(z, factor[0].tolist()):
        each.grad = 0.7 * times
    causes = compare(loss, nodes=[loss, *z]).causes
    assert causes
    for cause in causes:
        assert words in cause.slip.message or (cause.node.grad == 0.0 and "you wrote 0" in cause.slip.message)
        assert math.isfinite(cause.node.grad)
