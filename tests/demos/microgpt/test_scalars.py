"""The network on single numbers: the same as on arrays, step by step."""

import numpy as np
import pytest

from handgrad import Value
from handgrad.demos.microgpt import model, scalars
from handgrad.demos.microgpt.vocabulary import tokens

TEXT = tokens("bo")
PARAMETERS = {name: 3.0 * numbers for name, numbers in model.parameters(27, width=4).items()}


def values(rows):
    return [[Value(number) for number in row] for row in rows]


def numbers(rows):
    return np.array([[node.data for node in row] for row in rows])


def test_a_linear_layer_and_a_norm_are_those_of_arrays():
    rng = np.random.default_rng(0)
    x, W = rng.normal(size=5), rng.normal(size=(5, 3))
    (row,) = values([x])
    assert numbers([scalars.linear(row, values(W))])[0] == pytest.approx(x @ W)
    normed = numbers([scalars.rmsnorm(row)])[0]
    assert normed == pytest.approx(x / np.sqrt((x**2).mean() + model.EPSILON))


def test_a_position_looks_at_those_before_it_and_not_at_those_after():
    p = scalars.make_leaves(PARAMETERS)
    longer = [scalars.loss_of(p, text[:-1], text[1:], 2) for text in ([0, 1, 2], [0, 1, 2, 3])]
    first = model.forward(PARAMETERS, [0, 1, 2], [1, 2, 3], 2)
    logs = -np.log(first.probs[range(3), [1, 2, 3]])
    assert [loss.data for loss in longer] == pytest.approx([logs[:2].mean(), logs.mean()])


def test_the_sum_begins_with_no_0_of_pythons():
    a, b = Value(1.0), Value(2.0)
    made = scalars.total([a, b])
    assert made.operands == (a, b)
    assert scalars.total([a]) is a


def test_the_loss_and_its_gradients_are_those_of_the_arrays(monkeypatch):
    monkeypatch.setattr(scalars, "HEADS", 2)
    p = scalars.make_leaves(PARAMETERS)
    loss = scalars.loss_of(p, TEXT[:-1], TEXT[1:], 2)
    loss.backward()
    x = model.build_nodes(PARAMETERS, TEXT[:-1], TEXT[1:], 2)
    x.loss.backward()
    assert loss.data == pytest.approx(x.loss.data, rel=1e-12)
    for name in model.PARAMETERS:
        found = np.array([[node.grad for node in row] for row in p[name]])
        assert found == pytest.approx(getattr(x, name).grad, rel=1e-9, abs=1e-14), name


def test_every_number_is_a_leaf_with_its_place():
    p = scalars.make_leaves({"W": np.array([[1.0, 2.0]])})
    assert [(node.label, node.data, node.is_leaf) for node in p["W"][0]] == [
        ("W[0][0]", 1.0, True),
        ("W[0][1]", 2.0, True),
    ]
