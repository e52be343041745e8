"""Operations applied to each entry: those of the table, those of somebody's own, and numbers beside arrays."""

from __future__ import annotations

import math

import numpy as np
import pytest

from handgrad import Value, gradients, op
from handgrad.arrays import array
from handgrad.errors import DomainError

from .samples import gradient, x23


def test_functions_keep_their_digits_at_both_ends():
    x = array([-700.0, -40.0, 0.0, 40.0, 700.0])
    np.testing.assert_allclose(x.sigmoid().data, [Value(n).sigmoid().data for n in x.data.tolist()], rtol=1e-15)
    np.testing.assert_allclose(x.softplus().data, [Value(n).softplus().data for n in x.data.tolist()], rtol=1e-15)
    assert gradient(np.log(x.sigmoid()).sum(), x) == pytest.approx([1.0, 1.0, 0.5, 4.25e-18, 0.0], abs=1e-16)


def test_relu_and_abs_have_slope_0_at_0():
    x = array([-1.0, 0.0, 2.0])
    assert gradient(x.relu().sum(), x) == [0.0, 0.0, 1.0]
    assert gradient(abs(x).sum(), x) == gradient(np.abs(x).sum(), x) == [-1.0, 0.0, 1.0]
    assert gradient(x.leaky_relu(0.1).sum(), x) == pytest.approx([0.1, 0.1, 1.0])
    assert gradient(np.sign(x).sum(), x) == [0.0, 0.0, 0.0]


def test_maximum_and_minimum_share_a_tie():
    x, y = array([1.0, 2.0, 3.0]), array([2.0, 2.0, 2.0])
    assert gradient(np.maximum(x, y).sum(), x) == [0.0, 0.5, 1.0]
    assert gradient(x.minimum(y).sum(), y) == [0.0, 0.5, 1.0]
    assert gradient(np.maximum(x, 2.0).sum(), x) == [0.0, 0.5, 1.0]


def test_a_value_and_an_array_stand_in_one_graph_and_both_get_their_gradients():
    v, x = Value(2.0, "v"), array([1.0, 2.0, 4.0], label="x")
    loss = (v * x + x / v - (v - x) ** 2 + np.maximum(v, x)).sum()
    numbers = gradients(loss)
    assert type(numbers[v]) is float
    # d/dv of sum(v*x + x/v - (v-x)^2 + max(v, x)); the tie at 2 is shared.
    assert numbers[v] == pytest.approx(7.0 - 7.0 / 4.0 - 2.0 * (6.0 - 7.0) + 1.5)
    assert numbers[x].tolist() == pytest.approx(
        [2.0 + 0.5 + 2.0 * (2.0 - n) + s for n, s in ((1, 0), (2, 0.5), (4, 1))]
    )


def test_an_entry_goes_on_as_a_value():
    x = x23()
    v = x[1, 1]
    loss = v.tanh() * v + x[0, 0].exp()
    assert type(loss) is Value
    found = gradient(loss, x)
    assert found[1][1] == pytest.approx(math.tanh(4.0) + 4.0 * (1.0 - math.tanh(4.0) ** 2))
    assert found[0] == [pytest.approx(math.e), 0.0, 0.0]


def test_an_operation_of_ones_own_is_applied_to_each_entry():
    cube = op("cube", lambda x: x**3, lambda x: 3 * x**2)
    mixed = op("mixed", lambda a, b: a * b + b, lambda a, b, y: (b, a + 1.0))
    x, row = x23(), array([1.0, 2.0, 3.0])
    assert cube(x).op.name == "cube"
    np.testing.assert_allclose(gradient(cube(x).sum(), x), 3.0 * x.data**2)
    loss = mixed(x, row).sum()
    np.testing.assert_allclose(gradient(loss, row), (x.data + 1.0).sum(0))
    np.testing.assert_allclose(gradient(mixed(x, 2.0).sum(), x), np.full((2, 3), 2.0))
    v = Value(2.0)
    assert gradients(mixed(x, v).sum())[v] == pytest.approx((x.data + 1.0).sum())
    second = gradients(gradients(cube(x).sum(), graph=True)[x].sum())[x]
    np.testing.assert_allclose(second, 6.0 * x.data)


def test_an_operation_of_ones_own_without_a_value_at_an_entry_names_it():
    root = op("root", math.sqrt, lambda x, y: 0.5 / y, domain="It needs 0 or more.")
    with pytest.raises(DomainError, match=r"x\[0, 1\] = -2.0. It needs 0 or more"):
        root(x23())
    loss = root(array([0.0, 1.0], label="x")).sum()
    with pytest.raises(DomainError, match="'root' has no finite derivative"):
        gradients(loss)


def test_an_operation_without_a_value_names_the_entry():
    with pytest.raises(DomainError, match=r"'log' has no finite value, with x\[0, 1\] = -2\.0\. log needs"):
        np.log(x23())
    with pytest.raises(DomainError, match=r"'/' .*x\[0, 1\] = -2\.0, w\[1\] = 0\.0\. Division needs"):
        x23() / array([1.0, 0.0, 0.0], label="w")


def test_a_node_that_scales_masked_scores_gets_a_finite_gradient():
    x, temperature = array([[1.0, 9.0], [2.0, 3.0]]), Value(2.0)
    weights = (np.where(np.array([[True, False], [True, True]]), x, -np.inf) / temperature).softmax(-1)
    assert math.isfinite(gradients((weights * weights).sum())[temperature])


def test_a_masked_entry_moves_with_nothing_and_the_others_as_ever():
    x, temperature = array([1.0, 2.0, 3.0]), Value(2.0)
    scaled = np.where([True, False, True], x, -np.inf) / temperature
    by_scores, by_temperature = scaled.op.derivatives(*[node.data for node in scaled.operands], scaled.data)
    assert np.broadcast_to(by_scores.coefficient, 3)[[0, 2]].tolist() == [0.5, 0.5]
    assert by_temperature.coefficient.tolist() == [-0.25, 0.0, -0.75]
